"""Our records beside the agencies': which days were compared, where they differ, and how each difference is mended."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import reconciliations
from api.console.acting import spot
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.reconciliations import ReconciliationBody
from api.web.pages import render
from api.web.route import PageRoute
from api.web.trouble import TROUBLE, UNKNOWN, problem_of
from contracts import queues
from contracts.acts import Target
from contracts.agencies import Agency
from contracts.reconciliations import DiscrepancyKind
from contracts.repairs import Repair, Way, repair
from records.keys import KeyUnknown
from records.support.reconciliations import DiscrepancyRow, ReconciliationRow
from records.zone import legal_day

ROWS = 25
SEE_OTHER = 303

OF_RUNS = "reconciliation/"

router = APIRouter(prefix="/support/reconciliations", route_class=PageRoute)
Cursor = Annotated[str, Query(max_length=400)]
Seen = Annotated[str, Query(max_length=64)]
Named = Annotated[str, Query(max_length=40)]
Name = Annotated[str, Path(max_length=200)]
"""A run's id without the word that all of them begin with."""


@dataclass(frozen=True)
class Found:
    """One difference, with what can be done about it."""

    row: DiscrepancyRow
    repair: Repair
    spot: str


@router.get("")
@needs("support:read")
async def show(
    request: Request, caller: CallerDep, front: FrontDep, agency: Named = "", cursor: Cursor = ""
) -> Response:
    """Runs, the newest first, and what is compared now."""
    return await _page(request, front, caller, agency, cursor)


@router.get("/rows")
@needs("support:read")
async def rows(
    request: Request, caller: CallerDep, front: FrontDep, agency: Named = "", cursor: Cursor = "", seen: Seen = ""
) -> Response:
    """The list alone, for a page that is open; nothing where nothing has changed."""
    del caller  # support reads every agency
    shown = await _listed(front, agency, cursor)
    if shown["mark"] == seen:
        return Response(status_code=204)
    return render(request, "console/reconciliation_rows.html", **shown)


@router.post("/compare")
@needs("support:act")
async def compare(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    key: Annotated[str, Form(min_length=1, max_length=64)],
    agency: Annotated[str, Form(max_length=40)] = "",
    day: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Compare a day with an agency now; its page tells how far it is."""
    try:
        run = await reconciliations.reconcile(_body(agency, day), key, caller, front)
    except TROUBLE as err:
        problem = problem_of(err)
        kept = key if problem.name == UNKNOWN else uuid4().hex
        return await _page(request, front, caller, agency, "", problem, {"day": day, "key": kept})
    return RedirectResponse(f"/support/reconciliations/{run['id'].removeprefix(OF_RUNS)}", SEE_OTHER)


@router.get("/{name:path}/live")
@needs("support:read")
async def live(
    request: Request, name: Name, caller: CallerDep, front: FrontDep, cursor: Cursor = "", seen: Seen = ""
) -> Response:
    """How far it is, and what it found so far, for a page that is open."""
    shown = await _found(front, caller, name, cursor)
    if shown["mark"] == seen:
        return Response(status_code=204)
    return render(request, "console/reconciliation_found.html", **shown)


@router.get("/{name:path}")
@needs("support:read")
async def one(request: Request, name: Name, caller: CallerDep, front: FrontDep, cursor: Cursor = "") -> Response:
    """One comparison: what it saw last or settled, and what can be done about each."""
    return render(request, "console/reconciliation.html", **await _found(front, caller, name, cursor))


def _body(agency: str, day: str) -> ReconciliationBody:
    try:
        return ReconciliationBody.model_validate({"agency": agency, "day": day or None})
    except ValidationError:
        raise Problem(422, "invalid", "the form is not complete") from None


async def _page(  # a list and the form beside it
    request: Request,
    front: Front,
    caller: Caller,
    agency: str,
    cursor: str,
    problem: Problem | None = None,
    entered: dict[str, str] | None = None,
) -> Response:
    today = legal_day(front.now())
    form = {"day": (today - timedelta(days=1)).isoformat(), "key": uuid4().hex} | (entered or {})
    hour = front.settings.reconciliation_hour
    told = {"entered": form, "today": today, "hour": hour, "problem": problem, "may_act": caller.may("support:act")}
    status, shown = problem.status if problem else 200, await _listed(front, agency, cursor)
    return render(request, "console/reconciliations.html", status, agencies=queues.AGENCIES, **told, **shown)


async def _listed(front: Front, agency: str, cursor: str) -> dict[str, Any]:
    one = Agency(agency) if agency in queues.AGENCIES else None
    page = await front.reconciliations.listing(one, cursor=cursor or None, limit=ROWS)
    return {"runs": page.items, "next": page.next, "agency": one or "", "cursor": cursor, "mark": _mark(page)}


async def _found(front: Front, caller: Caller, name: str, cursor: str) -> dict[str, Any]:
    known = await front.reconciliations.get(f"{OF_RUNS}{name}")
    if known is None:
        raise Problem(404, "not-found", "there is no such comparison")
    wanted: dict[str, Any] = {"is_open": None, "run": known.id, "cursor": cursor or None, "limit": ROWS}
    page = await front.reconciliations.open(known.agency, **wanted)
    found = [await _mended(front, row) for row in page.items]
    return {
        "run": known,
        "name": name,
        "found": found,
        "elsewhere": 0 if cursor or page.next else _seen_again(known, page.items),
        "next": page.next,
        "cursor": cursor,
        "may_act": caller.may("support:act"),
        "mark": _mark((known, found, page.next)),
    }


def _seen_again(run: ReconciliationRow, rows: tuple[DiscrepancyRow, ...]) -> int:
    """How many of those that it saw a later run has seen since."""
    saw = sum(getattr(run, kind) for kind in DiscrepancyKind) if run.ended_at else 0
    return max(0, saw - sum(row.reconciliation == run.id for row in rows))


async def _mended(front: Front, row: DiscrepancyRow) -> Found:
    try:
        mended = await _repair(front, row)
    except KeyUnknown:
        mended = Repair(Way.AGENCY)
    return Found(row, mended, spot(Target(leg=mended.leg)))


async def _repair(front: Front, row: DiscrepancyRow) -> Repair:
    state = await front.queries.view(row.dossier, front.now())
    if state is None:
        return Repair(Way.AGENCY)
    first = await front.queries.view(state.follows, front.now()) if state.follows else state
    codes = first.followed_by if first else ()
    followers = [await front.queries.view(code, front.now()) for code in codes]
    return repair(row.key, row.theirs, state, [each for each in (first, *followers) if each])


def _mark(told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
