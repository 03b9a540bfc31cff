"""Agencies' late answers: signature checked, stored, acknowledged, then handed to the dossier."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Path, Request, status
from pydantic import TypeAdapter, ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api import openapi
from api.answers import Taken
from api.bodies import CallbackBody
from api.deps import Front, FrontDep
from api.problems import Problem, items
from api.sight import reference
from contracts.agencies import Agency, Step
from contracts.base import DOSSIER_CODE
from contracts.dossier import ProblemItem
from contracts.steps import ANSWERED_BY
from contracts.tasks import CallbackAnswer, answer_from
from orchestrator import OutcomeUnknown, TooBusy
from records.edge import InboxState
from runtime.settings import InsecureSetting

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])
BODY_MOST = 100_000
BODY = TypeAdapter(CallbackBody)
DESCRIBED = {"requestBody": {"required": True, "content": {"application/json": {"schema": BODY.json_schema()}}}}
"""For the API's description: the body is read raw, for its signature is over its bytes."""


@router.post(
    "/{agency}",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(Taken, 202) | openapi.problems([401, 404, 413, 422, 503]),
    openapi_extra=DESCRIBED,
)
async def callback(
    agency: Annotated[str, Path(max_length=40)], request: Request, front: FrontDep, later: BackgroundTasks
) -> dict[str, str]:
    """A late answer; repeating it is harmless."""
    who = _agency(agency)
    raw = await _body(request)
    _verify(front, who, raw, request)
    answer = _answer(who, raw, request.headers.get("webhook-id", ""))
    item = await front.inbox.store(
        agency=who,
        message_id=answer.message_id,
        dossier=answer.dossier,
        step=answer.step,
        reference=answer.reference,
        body=answer.model_dump_json().encode(),
    )
    if item.state is InboxState.RECEIVED:
        later.add_task(deliver, front, who, answer)
    return {"message_id": answer.message_id, "state": item.state}


async def deliver(front: Front, who: Agency, answer: CallbackAnswer) -> None:
    """Bring a stored answer to its dossier; what the engine cannot take now, the relay brings later."""
    header = await front.queries.header(answer.dossier)
    if header is None:
        await front.inbox.settle(who, answer.message_id, InboxState.UNMATCHED)
        return
    try:
        landing = await front.orchestrator.receive(reference(header), answer)
    except (OutcomeUnknown, TooBusy):
        return
    await front.inbox.settle(who, answer.message_id, InboxState(landing))


def _agency(name: str) -> Agency:
    try:
        return Agency(name)
    except ValueError:
        raise Problem(404, "agency-unknown", "there is no such agency") from None


async def _body(request: Request) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():  # nobody has shown a signature yet: no more is taken in than a callback has
        raw += chunk
        if len(raw) > BODY_MOST:
            raise Problem(413, "too-large", "a callback has 100 kB at most")
    return bytes(raw)


def _verify(front: Front, who: Agency, raw: bytes, request: Request) -> None:
    try:
        secret = front.settings.callback_secret(who)
        Webhook(secret).verify(raw.decode(), dict(request.headers), json_parse=False)
    except (InsecureSetting, WebhookVerificationError, UnicodeDecodeError, ValueError):
        raise Problem(401, "signature-invalid", "the callback's signature is missing, old or wrong") from None


def _answer(who: Agency, raw: bytes, webhook_id: str) -> CallbackAnswer:
    try:
        body = BODY.validate_json(raw)
    except ValidationError as err:
        raise Problem(422, "invalid", "the callback is not valid", items(err.errors(include_input=False))) from None
    if body.message_id != webhook_id:
        raise _wrong("/message_id", "differs", "message_id must be the webhook-id that was signed")
    if not re.fullmatch(DOSSIER_CODE, body.dossier):
        raise _wrong("/dossier", "unknown", "this is no dossier code")
    if body.step not in set(Step) or who not in ANSWERED_BY.get(Step(body.step), ()):
        raise _wrong("/step", "unknown", "this agency answers no such step")
    return _fitting(who, body)


def _fitting(who: Agency, body: CallbackBody) -> CallbackAnswer:
    outcome = body.answer.get("outcome")
    granted = outcome == "granted"
    refusal = {name: value for name, value in body.answer.items() if name != "outcome"}
    told: Any = _read(body.answer.get("result") if granted else refusal)
    where = ("answer", "result") if granted else ("answer",)
    try:
        answer = CallbackAnswer(
            agency=who,
            message_id=body.message_id,
            dossier=body.dossier,
            step=Step(body.step),
            reference=body.reference,
            outcome=outcome,
            body=told,
        )
        answer_from(answer)
    except ValidationError as err:
        found = [{**each, "loc": _told_at(each["loc"], where)} for each in err.errors(include_input=False)]
        raise Problem(422, "invalid", "the answer does not fit its step", items(found)) from None
    return answer


def _read(told: Any) -> Any:  # noqa: ANN401  # JSON
    """No step's answer nests: lists and objects are fields that we do not read."""
    if not isinstance(told, dict):
        return told
    return {name: value for name, value in told.items() if not isinstance(value, dict | list)}


def _told_at(loc: tuple[str | int, ...], where: tuple[str, ...]) -> tuple[str | int, ...]:
    """Where the agency wrote what our message holds at `loc`."""
    match loc:
        case ("outcome", *_):
            return ("answer", *loc)
        case ("body", *path):
            return (*where, *path)
        case _:
            return (*where, *loc)


def _wrong(pointer: str, code: str, message: str) -> Problem:
    return Problem(422, "invalid", message, [ProblemItem(pointer=pointer, code=code, message=message)])
