"""Our records beside the agencies': runs that compare a day of them, and where they differ."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, status
from pydantic import ConfigDict

from api import openapi
from api.answers import Page
from api.bodies import IdempotencyKey
from api.deps import FrontDep
from api.examples import RECONCILIATION
from api.gate import CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import Problem
from contracts import queues
from contracts.agencies import Agency
from contracts.base import Day, Message
from contracts.dossier import ProblemItem
from contracts.reconciliations import DiscrepancyKind
from records.support.reconciliations import DiscrepancyRow, ReconciliationRow
from records.zone import legal_day

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["reconciliations"])
Cursor = Annotated[str | None, Query(max_length=400)]


class ReconciliationBody(Message):
    """`day`: a legal day until today; without it the one before."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECONCILIATION]})

    agency: Agency
    day: Day | None = None


@dataclass(frozen=True)
class ReconciliationView(ReconciliationRow):
    """`ours`: keys that we know of this day; `theirs`: what the agency listed; `agreeing`: what is the same on both.

    `missing`, `extra`, `different`: differences that it saw, of whichever day; `settled`: those that it found agreeing.
    """


@dataclass(frozen=True)
class DiscrepancyView(DiscrepancyRow):
    """`ours`, `theirs`: how the case stands on either side; open until a later run finds both agreeing."""


@router.post(
    "/reconciliations",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(ReconciliationView, 202, described="it runs; the list tells when it has ended"),
)
@needs("support:act")
async def reconcile(
    body: ReconciliationBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Compare a day with an agency now, and whatever differed before."""
    today = legal_day(front.now())
    day = body.day or today - timedelta(days=1)
    if body.agency not in queues.AGENCIES or day > today:
        pointer, code = ("/day", "future") if day > today else ("/agency", "agency-unknown")
        wrong = ProblemItem(pointer=pointer, code=code, message="there is nothing to compare")
        raise Problem(422, "invalid", "there is nothing to compare", [wrong])
    asked = await request_id(front, caller, "reconciliations", key, body.model_dump(mode="json"))
    # A repeat means the day that it meant at first, also after midnight.
    run = f"reconciliation/{body.agency}/{body.day or 'before'}/{asked}"
    await front.reconciliations.begin(run, body.agency, day, front.now())
    known = await front.reconciliations.get(run)
    assert known is not None, "it was kept a moment ago"  # noqa: S101
    return vars_of(known)


@router.get("/reconciliations", responses=openapi.answers(Page[ReconciliationView]))
@needs("support:read")
async def reconciliations(
    caller: CallerDep, front: FrontDep, agency: Agency | None = None, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Runs, the newest first."""
    del caller  # support reads every agency
    page = await front.reconciliations.listing(agency, cursor=cursor, limit=limit)
    return {"items": [vars_of(each) for each in page.items], "next": page.next}


@router.get("/discrepancies", responses=openapi.answers(Page[DiscrepancyView]))
@needs("support:read")
async def discrepancies(
    caller: CallerDep,
    front: FrontDep,
    agency: Agency | None = None,
    kind: DiscrepancyKind | None = None,
    is_open: Annotated[bool | None, Query(alias="open")] = True,
    reconciliation: Annotated[str | None, Query(max_length=120)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Where the records differ, the newest first; `open=false`: what agrees again.

    `reconciliation`: what this run saw last or settled.
    """
    del caller
    found = front.reconciliations.open(agency, kind, is_open=is_open, run=reconciliation, cursor=cursor, limit=limit)
    page = await found
    return {"items": [vars_of(each) for each in page.items], "next": page.next}
