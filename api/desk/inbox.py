"""The inbox: my offices' open tasks, who will be late first on top; and the search."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import signatures, support
from api.deps import Front, FrontDep
from api.desk import readiness
from api.desk.holding import Hand, Trouble, hand
from api.desk.readiness import Warned
from api.gate import Caller, CallerDep, needs
from api.sight import ME, NOBODY, in_hand, offices_of, with_names
from api.web import searching
from api.web.pages import render
from api.web.route import PageRoute
from api.web.telling import person
from api.web.words import LEGAL_ZONE
from contracts.birth import BirthFiling
from contracts.dossier import Group, TaskKind, TaskState
from records.queries import TaskRow, Workload
from records.support.masking import COVER

ROWS = 25
HITS = 50
"""Of a search: nobody reads through more people of one name."""
SOON = timedelta(hours=4)

router = APIRouter(prefix="/desk", route_class=PageRoute)


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to, and from where on it is shown; empty: not at all."""

    kind: Annotated[str, Query(max_length=20)] = ""
    office: Annotated[str, Query(pattern=r"^([0-9]{5})?$")] = ""
    holder: Annotated[str, Query(pattern=rf"^({ME}|{NOBODY})?$")] = ""
    cursor: Annotated[str, Query(max_length=400)] = ""


AskedDep = Annotated[Asked, Depends()]


@dataclass(frozen=True)
class Row:
    """A task in the list. `press`: late, soon, today or later. `lacks`: why it cannot be signed now, if so."""

    task: TaskRow
    group: Group
    name: str
    press: str
    hand: Hand
    lacks: tuple[Warned, ...]


@dataclass(frozen=True)
class Listed:
    """What the list shows; `mark` changes with it."""

    rows: tuple[Row, ...]
    next: str | None
    work: Workload
    warnings: tuple[Warned, ...]
    mark: str


@router.get("")
@needs("tasks:read")
async def inbox(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    asked: AskedDep,
    done: Annotated[str, Query(pattern=r"^[a-z]*$", max_length=20)] = "",
    trouble: Trouble = "",
) -> Response:
    """My offices' open tasks."""
    shown = await _shown(front, caller, asked)
    to_sign = await _to_sign(front, caller)
    return render(request, "desk/inbox.html", done=done, trouble=trouble, to_sign=to_sign, **shown)


async def _to_sign(front: Front, caller: Caller) -> int:
    """How many documents wait for the caller's own signature."""
    offices = await signatures.signs_for(front, caller) if caller.may("tasks:act") else None
    if not offices:
        return 0
    now = front.now()
    work = await front.queries.workload(offices, now, tonight(now))
    return sum(each.open for each in work.tasks if each.kind is TaskKind.SIGNATURE)


@router.get("/rows")
@needs("tasks:read")
async def rows(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    asked: AskedDep,
    seen: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The list alone, for a page that is open; nothing where nothing has changed."""
    shown = await _shown(front, caller, asked)
    if shown["listed"].mark == seen:
        return Response(status_code=204)
    return render(request, "desk/rows.html", trouble="", **shown)


@router.get("/search")
@needs("tasks:read", "support:read")
async def no_search() -> Response:
    """Nothing was asked for."""
    return RedirectResponse("/desk", 303)


@router.post("/search")
@needs("tasks:read", "support:read")
async def search(request: Request, caller: CallerDep, front: FrontDep, text: Annotated[str, Form()] = "") -> Response:
    """Dossiers by code, name or personal number; what is searched for stands in no address."""
    body = searching.asked(text)
    found = await support.found(body, caller, front, HITS + 1) if body else []
    shown, more = found[:HITS], len(found) > HITS
    named = caller.may("tasks:read")  # support is told no names
    filings = await front.claims.filings([each.code for each in shown]) if named else {}
    hits = [(each, person(filings.get(each.code)) if named else COVER) for each in shown]
    return render(request, "desk/found.html", text=text, hits=hits, more=more, understood=body is not None)


async def _shown(front: Front, caller: Caller, asked: Asked) -> dict[str, Any]:
    return {
        "listed": await _listed(front, caller, asked),
        "asked": asked,
        "offices": await _offices(front, caller),
        "key": uuid4().hex,
        "acts": caller.may("tasks:act"),
    }


async def _offices(front: Front, caller: Caller) -> list[tuple[str, str]]:
    """What the list can be narrowed to: the caller's offices, each with what it is called, by name."""
    codes = caller.offices or frozenset()
    names = await front.offices.names(codes, front.now()) if len(codes) > 1 else {}
    return sorted(((code, names.get(code, "")) for code in codes), key=lambda each: (each[1], each[0]))


async def _listed(front: Front, caller: Caller, asked: Asked) -> Listed:
    kind = TaskKind(asked.kind) if asked.kind in set(TaskKind) else None
    office, now = asked.office or None, front.now()
    offices = offices_of(caller, office)
    page = await front.queries.tasks(
        offices=offices,
        office=office,
        kind=kind,
        state=TaskState.OPEN,
        cursor=asked.cursor or None,
        limit=ROWS,
        **in_hand(caller, asked.holder),
    )
    work = await front.queries.workload(offices, now, tonight(now))
    warned = await readiness.warnings(front, caller)
    shown = await _rows(front, caller, page.items, warned)
    told = repr([(row.task.id, row.press, row.hand.mark, len(row.lacks)) for row in shown]) + repr((work, warned))
    return Listed(shown, page.next, work, warned, hashlib.sha256(told.encode()).hexdigest()[:16])


async def _rows(front: Front, caller: Caller, tasks: Sequence[TaskRow], warned: Sequence[Warned]) -> tuple[Row, ...]:
    """The whole page at once: what is asked of the database does not grow with the number of rows."""
    filings = await front.claims.filings([task.dossier for task in tasks])
    now = front.now()
    return tuple(
        Row(
            task=task,
            group=Group.BIRTH if isinstance(filings.get(task.dossier), BirthFiling) else Group.DEATH,
            name=person(filings.get(task.dossier)),
            press=press(task, now),
            hand=hand(caller, task),
            lacks=readiness.lacks(task, warned),
        )
        for task in await with_names(front, tasks)
    )


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
