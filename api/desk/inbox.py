"""The inbox: my offices' open tasks, who will be late first on top; and the search."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import support
from api.bodies import SearchBody
from api.deps import Front, FrontDep
from api.desk.telling import person
from api.gate import Caller, CallerDep, needs
from api.sight import offices_of
from api.web.pages import language, render
from api.web.route import PageRoute
from api.web.words import LEGAL_ZONE, words
from contracts.base import DOSSIER_CODE
from contracts.birth import BirthFiling
from contracts.dossier import Group, TaskKind, TaskState
from records.queries import TaskRow, Workload

ROWS = 25
SOON = timedelta(hours=4)
PERSONAL_ID = re.compile(r"[0-9]{12}")

router = APIRouter(prefix="/desk", route_class=PageRoute)
Office = Annotated[str | None, Query(pattern=r"^([0-9]{5})?$")]
Cursor = Annotated[str | None, Query(max_length=400)]


@dataclass(frozen=True)
class Row:
    """A task in the list. `press`: late, soon, today or later."""

    task: TaskRow
    group: Group
    name: str
    press: str


@dataclass(frozen=True)
class Listed:
    """What the list shows; `mark` changes with it."""

    rows: tuple[Row, ...]
    next: str | None
    work: Workload
    mark: str


@router.get("")
@needs("tasks:read")
async def inbox(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    kind: str = "",
    office: Office = None,
    cursor: Cursor = None,
    done: Annotated[str, Query(pattern=r"^[a-z]*$", max_length=20)] = "",
) -> Response:
    """My offices' open tasks."""
    shown = await _shown(front, caller, kind, office, cursor)
    return render(request, "desk/inbox.html", done=done, searched=None, **shown)


@router.get("/rows")
@needs("tasks:read")
async def rows(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    seen: Annotated[str, Query(max_length=64)] = "",
    kind: str = "",
    office: Office = None,
    cursor: Cursor = None,
) -> Response:
    """The list alone, for a page that is open; nothing where nothing has changed."""
    shown = await _shown(front, caller, kind, office, cursor)
    if shown["listed"].mark == seen:
        return Response(status_code=204)
    return render(request, "desk/rows.html", **shown)


@router.get("/search")
@needs("tasks:read", "support:read")
async def no_search() -> Response:
    """Nothing was asked for."""
    return RedirectResponse("/desk", 303)


@router.post("/search")
@needs("tasks:read", "support:read")
async def search(request: Request, caller: CallerDep, front: FrontDep, text: Annotated[str, Form()] = "") -> Response:
    """Dossiers by code, name or personal number; what is searched for stands in no address."""
    body = _asked(" ".join(text.split()))
    found = (await support.search(body, caller, front))["items"] if body else []
    hits = [await _hit(request, front, each) for each in found]
    return render(request, "desk/found.html", text=text, hits=hits, understood=body is not None)


async def _hit(request: Request, front: Front, found: dict[str, Any]) -> dict[str, Any]:
    filed = datetime.fromisoformat(found["filed_at"])
    name = person(await front.claims.filing(found["code"]))
    return {**found, "name": name, "filed": words(language(request)).instant(filed)}


def _asked(text: str) -> SearchBody | None:
    digits = text.replace(" ", "").replace(".", "")
    try:
        if PERSONAL_ID.fullmatch(digits):
            return SearchBody(personal_id=digits)
        if re.fullmatch(DOSSIER_CODE, text.upper()):
            return SearchBody(code=text.upper())
        return SearchBody(name=text)
    except ValidationError:
        return None


async def _shown(front: Front, caller: Caller, kind: str, office: str | None, cursor: str | None) -> dict[str, Any]:
    wanted = TaskKind(kind) if kind in set(TaskKind) else None
    listed = await _listed(front, caller, wanted, office or None, cursor)
    offices = sorted(caller.offices or ())
    return {"listed": listed, "kind": kind, "office": office or "", "cursor": cursor or "", "offices": offices}


async def _listed(
    front: Front, caller: Caller, kind: TaskKind | None, office: str | None, cursor: str | None
) -> Listed:
    offices, now = offices_of(caller, office), front.now()
    page = await front.queries.tasks(
        offices=offices, office=office, kind=kind, state=TaskState.OPEN, cursor=cursor, limit=ROWS
    )
    work = await front.queries.workload(offices, now, tonight(now))
    shown = tuple([await _row(front, row, now) for row in page.items])
    told = repr([(row.task.id, row.press) for row in shown]) + repr(work)
    return Listed(shown, page.next, work, hashlib.sha256(told.encode()).hexdigest()[:16])


async def _row(front: Front, task: TaskRow, now: datetime) -> Row:
    filing = await front.claims.filing(task.dossier)
    group = Group.BIRTH if isinstance(filing, BirthFiling) else Group.DEATH
    return Row(task, group, person(filing), press(task, now))


def press(row: TaskRow, now: datetime) -> str:
    """How pressing a task is."""
    if row.due_at < now:
        return "late"
    if row.due_at < now + SOON:
        return "soon"
    return "today" if row.due_at < tonight(now) else "later"


def tonight(now: datetime) -> datetime:
    """When today ends in Viet Nam."""
    local = now.astimezone(LEGAL_ZONE)
    return datetime.combine(local.date() + timedelta(days=1), time(), LEGAL_ZONE)
