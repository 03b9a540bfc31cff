"""Lists of dossiers, tasks and incidents, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, exists, or_, select

from contracts.dossier import TaskKind, TaskState
from records.database import Database
from records.edge.holding import InHand
from records.paging import Order, Page, Plan, combinations
from records.queries import dossiers
from records.queries.dossiers import DossierFilter, DossierRow, dossier_row, offices_of
from records.tables import journal, sessions
from records.tables.base import core

_TASKS, _INCIDENTS, _HOLDERS = core(journal.Task), core(journal.Incident), core(sessions.TaskHolder)
_IN_HAND = _HOLDERS.c.task == _TASKS.c.id
_HELD = [select(_HOLDERS.c[name]).where(_IN_HAND).scalar_subquery().label(name) for name in ("person", "since")]
_TASK = [*_TASKS.c, *_HELD]
_FREE = or_(_TASKS.c.state != TaskState.OPEN.value, ~exists().where(_IN_HAND))
_OPENED = Order("incidents", _INCIDENTS.c.opened_at, _INCIDENTS.c.id)


@dataclass(frozen=True)
class TaskRow:
    """A task in a list."""

    id: str
    dossier: str
    kind: str
    state: str
    office: str
    due_at: datetime
    opened_at: datetime
    holder: InHand | None = None


@dataclass(frozen=True)
class IncidentRow:
    """An open incident in a list."""

    id: str
    dossier: str
    office: str
    step: str
    code: str
    leg: str | None
    agency: str | None
    attempts: int
    opened_at: datetime


class Lists:
    """Paged questions."""

    _database: Database

    async def dossiers(
        self, wanted: DossierFilter, *, cursor: str | None, limit: int, now: datetime
    ) -> Page[DossierRow]:
        """Dossiers, newest first; overdue ones: longest overdue first. Raises `BadCursor`."""
        plan = dossiers.plan(wanted, cursor, now)
        rows = await self._rows(plan, limit)
        return plan.order.page(rows, limit, lambda row: dossier_row(row, now))

    async def listed(self, codes: Sequence[str], now: datetime) -> list[DossierRow]:
        """The rows of these dossiers, in the order in which they are named."""
        rows = await self._database.read(lambda connection: connection.execute(dossiers.these(codes)).all())
        found = {row.code: dossier_row(row, now) for row in rows}
        return [found[code] for code in codes if code in found]

    async def tasks(  # the filters of one list
        self,
        *,
        offices: frozenset[str] | None,
        office: str | None = None,
        kind: TaskKind | None = None,
        state: TaskState | None = None,
        holder: str | None = None,
        free: bool = False,
        blocked: frozenset[str] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[TaskRow]:
        """Tasks, the one that will be late first at the top. Raises `BadCursor`.

        `holder`: those that this person has in hand; `free`: those that nobody has. `blocked`: offices whose signature
        tasks are blocked; none: a task is listed in the state that its dossier gave it.
        """
        tasks = _held_by(holder) if holder is not None else _TASKS
        order = Order("tasks", tasks.c.due_at, tasks.c.id)
        conditions: list[ColumnElement[bool]] = [tasks.c.kind == kind.value] if kind else []
        conditions += [*([_FREE] if free else []), *order.after(cursor)]
        if blocked is not None and state is TaskState.BLOCKED:
            conditions.append(tasks.c.kind == TaskKind.SIGNATURE.value)
            offices, state = blocked if offices is None else offices & blocked, TaskState.OPEN
        elif blocked and state is TaskState.OPEN:
            conditions.append(or_(tasks.c.kind != TaskKind.SIGNATURE.value, tasks.c.office.not_in(sorted(blocked))))
        states = [tasks.c.state == each.value for each in ([state] if state else TaskState)]
        branches = combinations(offices_of(tasks, offices, office), states)
        rows = await self._rows(Plan(_TASKS, _TASKS.c.id, _TASK, tasks, order, conditions, branches), limit)
        return order.page(rows, limit, lambda row: _marked(_task(row), blocked or frozenset()))

    async def task(self, task_id: str) -> TaskRow | None:
        """One task."""
        statement = select(*_TASK).where(_TASKS.c.id == task_id)
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        return _task(row) if row is not None else None

    async def incidents(  # the filters of one list
        self,
        *,
        code: str | None = None,
        step: str | None = None,
        agency: str | None = None,
        office: str | None = None,
        dossier: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[IncidentRow]:
        """Open incidents, oldest first. Raises `BadCursor`."""
        columns = {"code": code, "step": step, "agency": agency, "office": office, "dossier": dossier}
        conditions = [_INCIDENTS.c[name] == value for name, value in columns.items() if value is not None]
        conditions += _OPENED.after(cursor)
        rows = await self._rows(
            Plan(_INCIDENTS, _INCIDENTS.c.id, list(_INCIDENTS.c), _INCIDENTS, _OPENED, conditions), limit
        )
        return _OPENED.page(rows, limit, _incident)

    async def incident(self, incident_id: str) -> IncidentRow | None:
        """One open incident."""
        statement = select(_INCIDENTS).where(_INCIDENTS.c.id == incident_id)
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        return _incident(row) if row is not None else None

    async def _rows(self, plan: Plan, limit: int) -> Sequence[Row[Any]]:
        return await self._database.read(lambda connection: connection.execute(plan.statement(limit)).all())


def _held_by(person: str) -> FromClause:
    """Few, and read first: a planner without figures would rather walk through all the tasks of an office."""
    held = select(_TASKS).join(_HOLDERS, _IN_HAND)
    return (
        held.where(_HOLDERS.c.person == person, _TASKS.c.state == TaskState.OPEN.value)
        .cte("held")
        .prefix_with("MATERIALIZED")
    )


def _marked(task: TaskRow, blocked: frozenset[str]) -> TaskRow:
    waits = task.kind == TaskKind.SIGNATURE and task.state == TaskState.OPEN
    return replace(task, state=TaskState.BLOCKED.value) if waits and task.office in blocked else task


def _task(row: Row[Any]) -> TaskRow:
    """A task that is over is in nobody's hand, whatever else is kept."""
    held = row.person is not None and row.state == TaskState.OPEN
    holder = InHand(row.person, row.since) if held else None
    return TaskRow(row.id, row.dossier, row.kind, row.state, row.office, row.due_at, row.opened_at, holder)


def _incident(row: Row[Any]) -> IncidentRow:
    return IncidentRow(
        id=row.id,
        dossier=row.dossier,
        office=row.office,
        step=row.step,
        code=row.code,
        leg=row.leg,
        agency=row.agency,
        attempts=row.attempts,
        opened_at=row.opened_at,
    )
