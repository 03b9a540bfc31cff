"""Acts on one case: first what would happen, then the wish with its reason, then how far it is."""

import base64
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from api import acts, foresight, unmasking
from api.act_bodies import ActBody, ActPreviewBody
from api.console import entering
from api.deps import Front, FrontDep
from api.foresight import Plan
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.sight import seen
from api.web.pages import language, render
from api.web.route import PageRoute
from api.web.trouble import TROUBLE, UNKNOWN, problem_of
from api.web.words import Words, words
from contracts.acts import Target
from contracts.agencies import Step
from contracts.base import DOSSIER_CODE
from contracts.causes import Act

SEE_OTHER = 303
WHOLE = "all"

router = APIRouter(prefix="/support/dossiers", route_class=PageRoute)
Code = Annotated[str, Path(pattern=DOSSIER_CODE)]
Name = Annotated[str, Path(max_length=40)]
Spot = Annotated[str, Path(max_length=120)]


@dataclass(frozen=True)
class Wish:
    """What is to be done, and where, as an address has it: `leg.residence`, `incident.…`, or the whole dossier."""

    act: str
    spot: str

    @property
    def address(self) -> str:
        """The act's own page, below the case's."""
        return f"act/{self.act}/{self.spot}"

    @property
    def told(self) -> dict[str, str]:
        """What is named."""
        kind, _, name = self.spot.partition(".")
        return {"act": self.act} | ({kind: name} if name else {})

    @property
    def body(self) -> ActPreviewBody:
        """The wish as the preview takes it. Raises a problem where there is no such act or place."""
        try:
            return ActPreviewBody.model_validate(self.told)
        except ValidationError:
            raise Problem(404, "not-found", "there is no such act or place") from None


def spot(target: Target) -> str:
    """A place as it stands in an address."""
    told = target.model_dump(mode="json", exclude_none=True)
    return next((f"{name}.{value}" for name, value in told.items()), WHOLE)


@dataclass(frozen=True)
class Tried:
    """A form that did not go through: its problem, and what was entered, so that nothing is typed twice."""

    problem: Problem | None = None
    key: str = field(default_factory=lambda: uuid4().hex)
    entered: dict[str, str] = field(default_factory=dict)


@router.get("/{code}/act/{act}/{place}")
@needs("support:read")
async def preview(request: Request, code: Code, act: Name, place: Spot, caller: CallerDep, front: FrontDep) -> Response:
    """What would happen, before anything does."""
    return await _page(request, front, caller, code, Wish(act, place), Tried())


@router.post("/{code}/act/{act}/{place}/do")
@needs("support:act")
async def do(request: Request, code: Code, act: Name, place: Spot, caller: CallerDep, front: FrontDep) -> Response:
    """Do it, or ask a second person for it."""
    wish = Wish(act, place)
    async with request.form() as form:
        entered = {name: value for name, value in form.items() if isinstance(value, str)}
        key = entered.get("key", "")
        try:
            told = await acts.ask(code, await _body(front, caller, code, wish, form), key, caller, front)
        except TROUBLE as err:
            problem = problem_of(err)
            kept = key if problem.name == UNKNOWN and key else uuid4().hex
            return await _page(request, front, caller, code, wish, Tried(problem, kept, entered))
    return RedirectResponse(f"/support/acts/{told['id']}", SEE_OTHER)


async def _page(  # a form and what it was filled with
    request: Request, front: Front, caller: Caller, code: str, wish: Wish, tried: Tried
) -> Response:
    header, body, w = await seen(front, caller, code), wish.body, words(language(request))
    planned = await foresight.plan(front, header, body.act, body.target)
    covered = await unmasking.until(front, caller, code) is None
    return render(
        request,
        "console/act_preview.html",
        tried.problem.status if tried.problem else 200,
        code=code,
        wish=wish,
        told=await foresight.preview(front, planned),
        entries=_entries(planned, w, covered=covered),
        covered=covered,
        tried=tried,
        may_act=caller.may("support:act"),
    )


def _entries(planned: Plan, w: Words, *, covered: bool) -> list[entering.Entry]:
    """What is to be entered: nobody corrects what they may not see."""
    if planned.act is Act.RETRY_WITH and not covered:
        return entering.corrections(planned.present or {}, planned.fields, w)
    if planned.act is Act.RECORD_RESULT and (step := _step(planned)):
        return entering.result(step, w)
    return []


def _step(planned: Plan) -> Step | None:
    return planned.target.step or (planned.calls[0].step if planned.calls else None)


async def _body(front: Front, caller: Caller, code: str, wish: Wish, form: FormData) -> ActBody:
    entered = {name[2:]: value for name, value in form.items() if name.startswith("f.") and isinstance(value, str)}
    told: dict[str, Any] = {**wish.told, "reason": form.get("reason", "")}
    planned = await foresight.plan(front, await seen(front, caller, code), wish.body.act, wish.body.target)
    if planned.act is Act.RETRY_WITH:
        told["input"] = entering.corrected(planned.present or {}, planned.fields, entered)
    if planned.act is Act.RECORD_RESULT:
        step = _step(planned)
        told["result"] = entering.recorded(step, entered) if step else {}
        told["evidence"] = await _evidence(form.get("evidence"))
    try:
        return ActBody.model_validate(told)
    except ValidationError:
        raise Problem(422, "invalid", "the form is not complete") from None


async def _evidence(given: UploadFile | str | None) -> dict[str, str] | None:
    if not isinstance(given, UploadFile) or not given.filename:
        return None
    return {"name": given.filename, "content_base64": base64.b64encode(await given.read()).decode()}
