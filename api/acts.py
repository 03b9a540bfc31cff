"""Acts of support on one case: previewed, asked for, approved by a second person, followed to the proof."""

import asyncio
import base64
import binascii
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, status
from pydantic import ValidationError

from api import foresight, openapi, reopenings, unmasking
from api.act_bodies import ActBody, ActPreviewBody, ApprovalBody, EvidenceBody
from api.answers import Page
from api.bodies import IdempotencyKey
from api.deps import Front, FrontDep
from api.filing import MAGIC, PAPER_MOST
from api.foresight import Plan
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import Problem, items
from api.sight import seen
from contracts.acts import ActAsked, ActPreview, ActState, ActView, Evidence, Target
from contracts.base import DossierCode
from contracts.causes import Act, second_person
from contracts.dossier import ProblemItem
from contracts.reopenings import asked_again
from contracts.steps import RESULTS
from records.edge import UploadUnknown
from records.queries import Header
from records.support.acts import ActNotWaiting, ActRow, ActUnknown

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["acts"])
ActId = Annotated[str, Path(max_length=64)]
UNDER_WAY = frozenset({ActState.APPROVED, ActState.DOING})
DONE_WITHIN_S, LOOK_EVERY_S = 5.0, 0.1
"""The workers carry acts out; whoever asked sees it done, or, where the engine is slow, under way."""
FILE: openapi.Responses = {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


@router.post(
    "/dossiers/{code}/acts/preview",
    responses=openapi.answers(ActPreview, described="what would happen") | openapi.problems(openapi.WITH_KEY),
)
@needs("support:act", "support:read")
async def preview(code: DossierCode, body: ActPreviewBody, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """What would happen, before anything does; asking changes nothing, at agencies neither."""
    header = await seen(front, caller, code)
    known = await foresight.plan(front, header, body.act, body.target)
    return (await foresight.preview(front, known, body.input or ())).model_dump(mode="json")


@router.post(
    "/dossiers/{code}/acts",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(ActView, 202, described="asked for, and carried out where no second person is needed"),
)
@needs("support:act")
async def ask(
    code: DossierCode, body: ActBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Act on a case; what needs a second person waits for one."""
    header = await seen(front, caller, code)
    act_id = await request_id(front, caller, f"acts/{code}", key, body.model_dump(mode="json"))
    return await kept(front, caller, header, body, act_id)


async def kept(front: Front, caller: Caller, header: Header, body: ActBody, act_id: str) -> dict[str, Any]:
    """The act as it stands; asked for now, or before under the same id."""
    if known := await _known(front, act_id):
        return await _shown(front, caller, await _done(front, known))
    paper = _paper(body.evidence) if body.evidence else None
    planned = await foresight.plan(front, header, body.act, body.target)
    _check(planned, body)
    asked = ActAsked(
        dossier=header.code,
        act=body.act,
        target=planned.target,
        reason=body.reason,
        input=body.input,
        result=body.result,
        evidence=await _stored(front, header.code, body.evidence.name, paper) if body.evidence and paper else None,
    )
    now = front.now()
    alone = not second_person(asked.act, asked.input or ())
    waits = None if alone else now + timedelta(seconds=front.settings.approval_within)
    wish = await front.acts.ask(
        asked,
        act_id=act_id,
        by=caller.subject,
        now=now,
        cause=planned.cause,
        expires_at=waits,
        before=planned.present,
        calls=planned.calls,
    )
    return await _shown(front, caller, await _done(front, wish))


async def _stored(front: Front, code: str, name: str, paper: bytes) -> Evidence:
    upload = await front.uploads.put(code, name, paper)
    return Evidence(upload=upload, name=name, sha256=sha256(paper).hexdigest())


@router.post("/acts/{act_id}/approval", responses=openapi.answers(ActView))
@needs("support:approve")
async def approve(
    act_id: ActId, body: ApprovalBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """A second person decides on what was asked for, as they saw it."""
    known = await _act(front, act_id)
    await request_id(front, caller, f"approval/{act_id}", key, body.model_dump(mode="json"))
    if caller.subject == known.by:
        raise Problem(403, "same-person", "whoever asked for it does not approve it")
    decided = body.decision == "approve" and known.approved_at is not None and known.approved_by == caller.subject
    if decided and known.state is not ActState.DECLINED:
        return await _shown(front, caller, await _done(front, known))  # the same call once more
    await _still_to_decide(front, known, body)
    now = front.now()
    try:
        if body.decision == "decline":
            declined = await front.acts.decline(act_id, caller.subject, body.reason, now)
            return await _shown(front, caller, declined)
        ends = now + timedelta(seconds=front.settings.approval_within)
        agreed = await front.acts.approve(act_id, caller.subject, body.reason, now, ends)
    except ActNotWaiting as err:
        raise Problem(409, "act-not-waiting", str(err)) from None
    return await _shown(front, caller, await _done(front, agreed))


async def _still_to_decide(front: Front, known: ActView, body: ApprovalBody) -> None:
    late = known.expires_at is not None and known.expires_at <= front.now()
    if known.state is ActState.EXPIRED or (known.state is ActState.WAITING and late):
        raise Problem(409, "approval-expired", "nobody decided in time; it is to be asked for anew")
    if known.state is not ActState.WAITING:
        raise Problem(409, "act-not-waiting", "it waits for no second person")
    if body.asked_hash != known.asked_hash:
        raise Problem(409, "selection-changed", "what was looked at is not what was asked for")
    if body.decision == "approve":
        await _still_so(front, known)


async def _still_so(front: Front, known: ActView) -> None:
    """Raises 409 where the place is not what it was when it was asked for."""
    header = await front.queries.header(known.dossier)
    assert header is not None, "an act is on a dossier"  # noqa: S101
    target = Target(leg=known.leg, step=known.step if known.leg is None else None, incident=known.incident)
    changed = "the case is not what it was when this was asked for"
    try:
        if again := asked_again(known):
            await reopenings.possible(front, known.dossier, again)
            return
        planned = await foresight.plan(front, header, known.act, target)
    except Problem:
        raise Problem(409, "selection-changed", changed) from None
    same = planned.target.incident == known.incident and planned.calls == known.told.calls
    if planned.why_not or not same:
        raise Problem(409, "selection-changed", changed)


@router.get("/acts/{act_id}", responses=openapi.answers(ActView))
@needs("support:read")
async def act(act_id: ActId, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One act, with what was written and how far it is; what was entered is covered until a reason is given."""
    return await _shown(front, caller, await _act(front, act_id))


@router.get("/acts/{act_id}/evidence", response_class=Response, responses=FILE)
@needs("support:read")
async def evidence(act_id: ActId, caller: CallerDep, front: FrontDep) -> Response:
    """The paper on which a result was recorded, for whoever gave their reason to see it."""
    known = await _act(front, act_id)
    if await unmasking.until(front, caller, known.dossier) is None:
        raise unmasking.reason_needed()
    try:
        content = await front.uploads.get(known.dossier, known.told.evidence.upload if known.told.evidence else "")
    except UploadUnknown:
        raise Problem(404, "evidence-unknown", "no evidence came with it") from None
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": "attachment"})


@router.get("/dossiers/{code}/acts", responses=openapi.answers(Page[ActView]))
@needs("support:read")
async def of_dossier(code: DossierCode, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Everything that support did on a dossier, or wished to, in order."""
    await seen(front, caller, code)
    covered = await unmasking.until(front, caller, code) is None
    return {"items": [unmasking.shown(each, covered=covered) for each in await front.acts.of(code)], "next": None}


@router.get("/acts", responses=openapi.answers(Page[ActRow]))
@needs("support:read")
async def listing(
    caller: CallerDep,
    front: FrontDep,
    state: ActState | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Acts, oldest first; `state=waiting`: what a second person has to decide."""
    del caller
    page = await front.acts.listing(state, cursor=cursor, limit=limit)
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


async def _act(front: Front, act_id: str) -> ActView:
    found = await _known(front, act_id)
    if found is None:
        raise Problem(404, "act-unknown", "there is no such act")
    return found


async def _known(front: Front, act_id: str) -> ActView | None:
    try:
        return await front.acts.get(act_id)
    except ActUnknown:
        return None


async def _done(front: Front, known: ActView) -> ActView:
    """The act once it was carried out, or as far as it is when patience ends."""
    try:
        async with asyncio.timeout(DONE_WITHIN_S):
            while known.state in UNDER_WAY:
                await asyncio.sleep(LOOK_EVERY_S)
                known = await front.acts.get(known.id)
    except TimeoutError:
        pass
    return known


async def _shown(front: Front, caller: Caller, known: ActView) -> dict[str, Any]:
    return unmasking.shown(known, covered=await unmasking.until(front, caller, known.dossier) is None)


def _check(planned: Plan, body: ActBody) -> None:
    if planned.why_not == "dossier-closed":
        raise Problem(409, "dossier-closed", "the dossier has ended; it is done once more by reopening it")
    if planned.why_not:
        raise Problem(409, planned.why_not, "this cannot be done there now", offered=list(planned.offered))
    wrong = [*_corrections(planned, body), *_results(planned, body)]
    if body.act is Act.RECORD_RESULT and body.evidence is None:
        wrong.append(_wrong("/evidence", "missing", "a result needs the paper on which it stands"))
    if wrong:
        raise Problem(422, "invalid", "the act is not valid", wrong)


def _corrections(planned: Plan, body: ActBody) -> list[ProblemItem]:
    if body.act is not Act.RETRY_WITH:
        return [_wrong("/input", "not-applicable", "only retry_with corrects fields")] if body.input else []
    if not body.input:
        return [_wrong("/input", "missing", "corrections are missing")]
    message = "this cause does not permit to correct this field"
    return [_wrong(f"/input/{name}", "not-correctable", message) for name in body.input if name not in planned.fields]


def _results(planned: Plan, body: ActBody) -> list[ProblemItem]:
    """What does not fit the step's result."""
    if body.act is not Act.RECORD_RESULT:
        return [_wrong("/result", "not-applicable", "only record_result has one")] if body.result else []
    if body.result is None:
        return [_wrong("/result", "missing", "the result is missing")]
    step = planned.target.step or (planned.calls[0].step if planned.calls else None)
    try:
        if step in RESULTS:
            RESULTS[step].model_validate(body.result)
    except ValidationError as err:
        return items([{**each, "loc": ("result", *each["loc"])} for each in err.errors(include_input=False)])
    return []


def _paper(given: EvidenceBody) -> bytes:
    try:
        content = base64.b64decode(given.content_base64, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if len(content) > PAPER_MOST or not content.startswith(MAGIC):
        message = "evidence is a PDF, JPEG or PNG in base64, 5 MB at most"
        found = [_wrong("/evidence/content_base64", "kind-not-accepted", message)]
        raise Problem(422, "invalid", message, found)
    return content


def _wrong(pointer: str, code: str, message: str) -> ProblemItem:
    return ProblemItem(pointer=pointer, code=code, message=message)
