"""One page a case: what does not go on and why, whose move it is, the next best act, and everything said and done."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import unmasking
from api.console import reopening, said
from api.console.acting import WHOLE, spot
from api.console.procedure import procedure
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.sight import reference, seen, standing
from api.web import history
from api.web.pages import language, render
from api.web.route import PageRoute
from api.web.telling import person, results, sections
from api.web.words import Words, words
from contracts.acts import Target
from contracts.agencies import Agency, Step
from contracts.base import DOSSIER_CODE
from contracts.causes import Act, Cause
from contracts.dossier import DossierState, LegKind, TaskState
from contracts.offers import NoSuchPlace, offered, place_of
from contracts.steps import LEG_OF_STEP
from records.queries import Header
from records.support.stuck import StuckRow

ENGINE_PATIENCE_S = 1.5
ACT_ID, ACT_PAGE = re.compile(r"[0-9a-f]{32}"), re.compile(r"act/[a-z_]+/[A-Za-z0-9._-]+")
FILE = re.compile(r"(documents|papers)/[A-Za-z0-9._-]+")
SEE_OTHER = 303

router = APIRouter(prefix="/support/dossiers", route_class=PageRoute)
Code = Annotated[str, Path(pattern=DOSSIER_CODE)]
Reason = Annotated[str, Form(min_length=1, max_length=500)]


@dataclass(frozen=True)
class Stuck:
    """What does not go on at one place; `acts`: what can be done there, the next best first."""

    row: StuckRow
    acts: tuple[Act, ...]
    spot: str


@router.get("/{code}")
@needs("support:read")
async def show(request: Request, code: Code, caller: CallerDep, front: FrontDep) -> Response:
    """The case."""
    header = await seen(front, caller, code)
    shown = await _shown(request, front, caller, header)
    if shown["state"] is None:
        return render(request, "console/claimed.html", **shown)
    filing = await front.claims.filing(code) if shown["until"] else None
    w = words(language(request))
    told = sections(filing, w) if filing else []
    papers = filing.papers if filing else ()
    return render(request, "console/dossier.html", sections=told, papers=papers, name=person(filing), **shown)


@router.get("/{code}/live")
@needs("support:read")
async def live(
    request: Request, code: Code, caller: CallerDep, front: FrontDep, seen_: Annotated[str, Query(alias="seen")] = ""
) -> Response:
    """What changes on a page that is open; nothing where nothing has."""
    shown = await _shown(request, front, caller, await seen(front, caller, code))
    if shown["mark"] == seen_ or shown["state"] is None:
        return Response(status_code=204)
    return render(request, "console/case.html", **shown)


@router.post("/{code}/unmasking")
@needs("support:read")
async def unmask(request: Request, code: Code, caller: CallerDep, front: FrontDep, reason: Reason) -> Response:
    """See what is covered, for a reason that is kept; back to the page that the form stood on."""
    await seen(front, caller, code)
    told = " ".join(reason.split())
    if not told:
        raise Problem(422, "invalid", "a reason is needed")
    await unmasking.noted(front, caller, code, told)
    form = {name: str(value) for name, value in (await request.form()).items()}
    return RedirectResponse(_back(code, form), SEE_OTHER)


def _back(code: str, form: dict[str, str]) -> str:
    """To the page that the form stood on, or the file in whose place it did."""
    if ACT_ID.fullmatch(form.get("of_act", "")):
        return f"/support/acts/{form['of_act']}"
    if FILE.fullmatch(file := form.get("file", "")):
        return f"/desk/{file.replace('/', f'/{code}/')}"
    beside = form.get("beside", "")
    return f"/support/dossiers/{code}{f'/{beside}' if ACT_PAGE.fullmatch(beside) else ''}"


async def _shown(request: Request, front: Front, caller: Caller, header: Header) -> dict[str, Any]:
    code, w = header.code, words(language(request))
    state = await front.queries.view(code, front.now())
    rows = await front.stuck.of(code)
    until = await unmasking.until(front, caller, code)
    shown: dict[str, Any] = {"code": code, "header": header, "state": state, "until": until}
    if state is None:
        stuck = [Stuck(row, (), WHOLE) for row in rows]
    else:
        state = await standing(front, code)
        stuck = [_stuck(state, row) for row in rows]
        shown |= await _of_state(front, header, state, w, covered=until is None)
    shown |= {"stuck": stuck, "may_act": caller.may("support:act")}
    shown["questions"] = await front.questions.of(code, front.now())
    shown["advice"] = await front.catalogue.about({row.cause for row in rows}) if rows else []
    mark = repr({name: value for name, value in shown.items() if name not in {"papers", "sections"}})
    return {**shown, "mark": hashlib.sha256(mark.encode()).hexdigest()[:16]}


async def _of_state(front: Front, header: Header, state: DossierState, w: Words, *, covered: bool) -> dict[str, Any]:
    entries = await front.queries.journal(header.code)
    return {
        "state": state,
        "office": await front.offices.get(state.office, entries[-1]["at"]),
        "steps": procedure(state),
        "others": _others(state),
        "acts": await front.acts.of(header.code),
        "reopening": await reopening.of(front, state),
        "clock": history.clock(state, entries),
        "journal": await history.journal(front, history.codes_alone(entries, w) if covered else entries, w),
        "tracks": history.tracks(state, entries, front.now()),
        "answered": {leg.kind: [] if covered else results(leg.result, w) for leg in state.legs},
        "documents": await history.documents(front, state),
        "said": await said.said(front, header.code, covered=covered),
        "trying": await _trying(front, header),
        "covered": covered,
        "open_tasks": [task for task in state.tasks if task.state in {TaskState.OPEN, TaskState.BLOCKED}],
    }


async def _trying(front: Front, header: Header) -> tuple[Any, ...]:
    """What the engine tries again; a page does not wait for an engine that is away."""
    try:
        async with asyncio.timeout(ENGINE_PATIENCE_S):
            return await front.orchestrator.step_progress(reference(header))
    except TimeoutError:
        return ()


def _stuck(state: DossierState, row: StuckRow) -> Stuck:
    """A case with what can be done there as the dossier stands."""
    try:
        target = _target(row)
        acts = offered(place_of(state, target), Cause(row.cause))
    except NoSuchPlace:  # gone since it was noticed
        return Stuck(row, (), WHOLE)
    return Stuck(row, acts, spot(target))


def _target(row: StuckRow) -> Target:
    if row.incident:
        return Target(incident=row.incident)
    if row.leg:
        return Target(leg=LegKind(row.leg))
    if row.step in LEG_OF_STEP:
        return Target(leg=LEG_OF_STEP[Step(row.step)])
    return Target(agency=Agency(row.agency) if row.agency else None)


def _others(state: DossierState) -> list[tuple[LegKind | None, str, tuple[Act, ...]]]:
    """What else can be done: with the dossier as a whole, and at each leg that is not parked."""
    whole = Target()
    found: list[tuple[LegKind | None, str, tuple[Act, ...]]] = [(None, WHOLE, offered(place_of(state, whole)))]
    parked = {LEG_OF_STEP.get(Step(each.step)) for each in state.incidents}
    for leg in state.legs:
        target = Target(leg=leg.kind)
        acts = tuple(act for act in offered(place_of(state, target)) if act not in {Act.HOLD, Act.RELEASE})
        if acts and leg.kind not in parked:
            found.append((leg.kind, spot(target), acts))
    return found
