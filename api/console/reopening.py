"""A closed dossier is opened again: which legs are done once more, and why; a second person agrees to the act."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import reopenings
from api.act_bodies import ReopeningBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.sight import seen, standing
from api.web.pages import render
from api.web.route import PageRoute
from api.web.trouble import TROUBLE, UNKNOWN, problem_of
from contracts.acts import ActView
from contracts.base import DOSSIER_CODE
from contracts.dossier import DossierState, LegKind
from contracts.reopenings import asked_again

SEE_OTHER = 303

router = APIRouter(prefix="/support/dossiers", route_class=PageRoute)
Code = Annotated[str, Path(pattern=DOSSIER_CODE)]


@dataclass(frozen=True)
class Reopening:
    """How a closed dossier stands: what can be done once more now, and what was asked for so far, the newest first."""

    legs: tuple[LegKind, ...]
    asked: tuple[tuple[ActView, tuple[LegKind, ...]], ...]


@dataclass(frozen=True)
class Tried:
    """The form as it was sent, where it did not go through."""

    problem: Problem | None = None
    key: str = field(default_factory=lambda: uuid4().hex)
    legs: tuple[str, ...] = ()
    reason: str = ""


async def of(front: Front, state: DossierState) -> Reopening | None:
    """How it stands with opening the dossier again; none while it has not ended."""
    if not state.stage.closed:
        return None
    acts = reversed(await front.acts.of(state.code))
    asked = tuple((act, legs) for act in acts if (legs := asked_again(act)))
    return Reopening(await reopenings.legs_of(front, state), asked)


@router.get("/{code}/reopening")
@needs("support:read")
async def show(request: Request, code: Code, caller: CallerDep, front: FrontDep) -> Response:
    """What would be done once more, before anything is."""
    return await _page(request, front, caller, code, Tried())


@router.post("/{code}/reopening/ask")
@needs("support:act")
async def ask(
    request: Request,
    code: Code,
    caller: CallerDep,
    front: FrontDep,
    key: Annotated[str, Form(min_length=1, max_length=64)],
    legs: Annotated[tuple[str, ...], Form(max_length=20)] = (),
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Ask a second person for it."""
    try:
        act = await reopenings.reopen(code, _body(legs, reason), key, caller, front)
    except TROUBLE as err:
        problem = problem_of(err)
        kept = key if problem.name == UNKNOWN else uuid4().hex
        return await _page(request, front, caller, code, Tried(problem, kept, legs, reason))
    return RedirectResponse(f"/support/acts/{act['id']}", SEE_OTHER)


def _body(legs: tuple[str, ...], reason: str) -> ReopeningBody:
    try:
        return ReopeningBody.model_validate({"legs": legs, "reason": reason})
    except ValidationError:
        raise Problem(422, "invalid", "the form is not complete") from None


async def _page(request: Request, front: Front, caller: Caller, code: str, tried: Tried) -> Response:
    await seen(front, caller, code)
    state = await standing(front, code)
    told: dict[str, Any] = {"reopening": await of(front, state), "state": state, "code": code}
    status = tried.problem.status if tried.problem else 200
    return render(request, "console/reopening.html", status, **told, tried=tried, may_act=caller.may("support:act"))
