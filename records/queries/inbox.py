"""What stands above a clerk's list of tasks: how many there are of each kind, and how pressing they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, case, func, select

from contracts.dossier import Stage, TaskKind, TaskState
from records.database import Database
from records.tables import journal
from records.tables.base import core

_TASKS, _DOSSIERS = core(journal.Task), core(journal.Dossier)


@dataclass(frozen=True)
class TaskCount:
    """Open tasks of a kind; `today`: those due later today, `late`: those due before now."""

    kind: TaskKind
    open: int
    today: int
    late: int


@dataclass(frozen=True)
class Workload:
    """Open tasks by kind, and how many dossiers wait for their citizen."""

    tasks: tuple[TaskCount, ...]
    waiting: int

    @property
    def open(self) -> int:
        """All open tasks."""
        return sum(each.open for each in self.tasks)

    @property
    def today(self) -> int:
        """Those due later today."""
        return sum(each.today for each in self.tasks)

    @property
    def late(self) -> int:
        """Those that should have been done."""
        return sum(each.late for each in self.tasks)


class Workloads:
    """Counts over an office's work."""

    _database: Database

    async def workload(self, offices: frozenset[str] | None, now: datetime, tonight: datetime) -> Workload:
        """Of these offices, all where none are named; `tonight`: when today ends."""
        due = _TASKS.c.due_at
        late, today = due < now, (due >= now) & (due < tonight)
        counts = (
            select(_TASKS.c.kind, func.count().label("open"), _sum(today).label("today"), _sum(late).label("late"))
            .where(_TASKS.c.state == TaskState.OPEN.value, *_of(_TASKS, offices))
            .group_by(_TASKS.c.kind)
        )
        waiting = select(func.count()).where(
            _DOSSIERS.c.stage == Stage.NEEDS_SUPPLEMENT.value,
            _DOSSIERS.c.group.in_(("birth", "death")),
            *_of(_DOSSIERS, offices),
        )
        rows, citizens = await self._database.read(
            lambda connection: (connection.execute(counts).all(), connection.execute(waiting).scalar_one())
        )
        tasks = tuple(TaskCount(TaskKind(row.kind), row.open, int(row.today), int(row.late)) for row in rows)
        return Workload(tasks, citizens)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _of(table: Table, offices: frozenset[str] | None) -> list[ColumnElement[bool]]:
    return [] if offices is None else [table.c.office.in_(sorted(offices))]
