"""Comparisons with agencies, and where the records differ: found, found again, settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, func, or_, select, update

from contracts.agencies import Agency
from contracts.reconciliations import DiscrepancyKind, ReconciliationProblem, RunEnd
from contracts.standings import Standing
from records.database import Database
from records.paging import Order, Page
from records.statements import insert_or_replace, inserted
from records.tables import support
from records.tables.base import core

_RUNS, _FOUND = core(support.Reconciliation), core(support.Discrepancy)
_BY_TIME = Order("reconciliations", _RUNS.c.began_at, _RUNS.c.id, newest_first=True)
_BY_FOUND = Order("discrepancies", _FOUND.c.found_at, _FOUND.c.key, newest_first=True)
SUMS = ("ours", "theirs", "agreeing", "missing", "extra", "different", "settled")
_UNDER_WAY = select(_RUNS).where(_RUNS.c.ended_at.is_(None)).order_by(_RUNS.c.began_at)
_OPEN = _FOUND.c.settled_at.is_(None)
_TO_LOOK_AT = (
    select(_FOUND.c.dossier, _FOUND.c.key)
    .where(_FOUND.c.agency == bindparam("agency_"), _OPEN, _FOUND.c.reconciliation != bindparam("run"))
    .where(_FOUND.c.key > bindparam("after"))
    .order_by(_FOUND.c.key)
    .limit(bindparam("limit_"))
)
_SETTLE = (
    update(_FOUND)
    .where(_FOUND.c.agency == bindparam("agency_"), _FOUND.c.key == bindparam("key_"), _OPEN)
    .values(settled_at=bindparam("at_"), settled_by=bindparam("run"))
)
_KNOWN = select(_FOUND.c.key, _FOUND.c.found_at).where(
    _FOUND.c.agency == bindparam("agency_"), _FOUND.c.key.in_(bindparam("keys", expanding=True)), _OPEN
)
_OF_AGENCY = _FOUND.c.agency == bindparam("agency_")
_SEEN = (
    select(_FOUND.c.kind, func.count().label("seen"))
    .where(_OF_AGENCY, _OPEN, _FOUND.c.reconciliation == bindparam("run"))
    .group_by(_FOUND.c.kind)
)
_SETTLED = select(func.count()).where(_OF_AGENCY, _FOUND.c.settled_by == bindparam("run"))


@dataclass(frozen=True)
class ReconciliationRow:
    """One comparison; the sums are there once it has ended, and tell what it saw then."""

    id: str
    agency: Agency
    day: date
    began_at: datetime
    ended_at: datetime | None
    ours: int
    theirs: int
    agreeing: int
    problem: ReconciliationProblem | None
    missing: int
    extra: int
    different: int
    settled: int


@dataclass(frozen=True)
class DiscrepancyRow:
    """One difference; `reconciliation`: the run that saw it last, `settled_by`: the one that found both agreeing."""

    agency: Agency
    dossier: str
    key: str
    kind: DiscrepancyKind
    ours: Standing
    theirs: Standing
    found_at: datetime
    settled_at: datetime | None
    reconciliation: str
    settled_by: str | None


@dataclass(frozen=True)
class Differing:
    """A difference as a run found it."""

    dossier: str
    key: str
    kind: DiscrepancyKind
    ours: Standing
    theirs: Standing


class Reconciliations:
    """A difference is one row by agency and key; one that comes back is open again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- runs

    async def begin(self, run: str, agency: Agency, day: date, now: datetime) -> None:
        """Show a run, or one that is asked for; the same id again changes nothing."""
        empty = {"ended_at": None, "problem": None, **dict.fromkeys(SUMS, 0)}
        row = {"id": run, "agency": agency.value, "day": day, "began_at": now, **empty}
        await self._database.write(lambda c: inserted(c, _RUNS, row))

    async def end(self, end: RunEnd, now: datetime) -> None:
        """Keep the sums, and how many differences it saw and settled: later runs may see and settle them too."""
        wanted = {"agency_": end.run.agency.value, "run": end.run.id}
        values: dict[str, Any] = {name: getattr(end, name) for name in ("ours", "theirs", "agreeing", "problem")}

        def work(connection: Connection) -> None:
            seen = {row.kind: row.seen for row in connection.execute(_SEEN, wanted)}
            counts = {kind.value: seen.get(kind, 0) for kind in DiscrepancyKind}
            counts["settled"] = connection.execute(_SETTLED, wanted).scalar_one()
            statement = update(_RUNS).where(_RUNS.c.id == end.run.id, _RUNS.c.ended_at.is_(None))
            connection.execute(statement.values(ended_at=now, **values, **counts))

        await self._database.write(work)

    async def get(self, run: str) -> ReconciliationRow | None:
        """One run."""
        row = await self._database.read(lambda c: c.execute(select(_RUNS).where(_RUNS.c.id == run)).first())
        return _run(row) if row else None

    async def under_way(self) -> list[ReconciliationRow]:
        """Asked for, or running."""
        return [_run(row) for row in await self._database.read(lambda c: c.execute(_UNDER_WAY).all())]

    async def listing(self, agency: Agency | None, *, cursor: str | None, limit: int) -> Page[ReconciliationRow]:
        """Runs, the newest first. Raises `BadCursor`."""
        wanted = [_RUNS.c.agency == agency.value] if agency else []
        rows = await self._listed(_RUNS, _BY_TIME, wanted, cursor, limit)
        return _BY_TIME.page(rows, limit, _run)

    # ---- differences

    async def keep(
        self, run: str, agency: Agency, differing: Sequence[Differing], agreeing: Sequence[str], now: datetime
    ) -> None:
        """Open what differs, settle what agrees."""

        def work(connection: Connection) -> None:
            keys = [each.key for each in differing]
            seen = connection.execute(_KNOWN, {"agency_": agency.value, "keys": keys})
            known = {row.key: row.found_at for row in seen}
            rows = [_row(run, agency, each, known.get(each.key, now)) for each in differing]
            if rows:
                connection.execute(insert_or_replace(connection.dialect.name, _FOUND), rows)
            if agreeing:
                settled = [{"agency_": agency.value, "key_": key, "at_": now, "run": run} for key in agreeing]
                connection.execute(_SETTLE, settled)

        await self._database.write(work)

    async def to_look_at(self, run: str, agency: Agency, after: str, limit: int) -> list[tuple[str, str]]:
        """Dossier and key of open differences that this run did not see itself."""
        wanted = {"agency_": agency.value, "run": run, "after": after, "limit_": limit}
        rows = await self._database.read(lambda c: c.execute(_TO_LOOK_AT, wanted).all())
        return [(row.dossier, row.key) for row in rows]

    async def open(  # what a list is filtered by
        self,
        agency: Agency | None = None,
        kind: DiscrepancyKind | None = None,
        *,
        is_open: bool | None = True,
        run: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[DiscrepancyRow]:
        """Differences, the newest first; `is_open` none: settled ones too; `run`: that it saw last, or settled.

        Raises `BadCursor`.
        """
        wanted = [_FOUND.c.agency == agency.value] if agency else []
        wanted += [_FOUND.c.kind == kind.value] if kind else []
        wanted += [or_(_FOUND.c.reconciliation == run, _FOUND.c.settled_by == run)] if run else []
        if is_open is not None:
            wanted.append(_OPEN if is_open else _FOUND.c.settled_at.is_not(None))
        rows = await self._listed(_FOUND, _BY_FOUND, wanted, cursor, limit)
        return _BY_FOUND.page(rows, limit, _discrepancy)

    async def _listed(
        self, table: Table, order: Order, wanted: Sequence[Any], cursor: str | None, limit: int
    ) -> Sequence[Row[Any]]:
        labels = [order.instant.label("sort_at"), order.id.label("sort_id")]
        statement = select(table, *labels).where(*wanted, *order.after(cursor)).order_by(*order.by).limit(limit + 1)
        return await self._database.read(lambda c: c.execute(statement).all())


def _row(run: str, agency: Agency, each: Differing, found_at: datetime) -> dict[str, Any]:
    return {
        "agency": agency.value,
        "key": each.key,
        "dossier": each.dossier,
        "kind": each.kind.value,
        "ours": each.ours.value,
        "theirs": each.theirs.value,
        "found_at": found_at,
        "reconciliation": run,
        "settled_at": None,
        "settled_by": None,
    }


def _run(row: Row[Any]) -> ReconciliationRow:
    told = {name: getattr(row, name) for name in ReconciliationRow.__dataclass_fields__}
    problem = ReconciliationProblem(row.problem) if row.problem else None
    return ReconciliationRow(**told | {"agency": Agency(row.agency), "problem": problem})


def _discrepancy(row: Row[Any]) -> DiscrepancyRow:
    told = {name: getattr(row, name) for name in DiscrepancyRow.__dataclass_fields__}
    standings = {"ours": Standing(row.ours), "theirs": Standing(row.theirs)}
    return DiscrepancyRow(**told | standings | {"agency": Agency(row.agency), "kind": DiscrepancyKind(row.kind)})
