"""The stuck cases as support sees them: a list, one of them, and how many there are of which kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select

from contracts.causes import CAUSES, Act, Cause
from records.database import Database
from records.exchanges import Exchange
from records.keys import StoredKeys
from records.paging import Order, Page, Plan
from records.support.heard import Hearing
from records.support.noticing import Noticing
from records.support.sources import Source
from records.tables.base import core
from records.tables.support import StuckCase as Table

_CASES = core(Table)
_OPEN = _CASES.c.gone_at.is_(None)
_BY_DUE = Order("stuck-due", _CASES.c.due_at, _CASES.c.id)
_ONE = select(_CASES).order_by(_CASES.c.spell.desc()).limit(1)
_ANSWERS = 10
AGES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
"""Bands of age by their end; what is older is `older`."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class StuckRow:
    """One stuck case; `acts`: what may be done, the next best first."""

    id: str
    spell: int
    source: str
    cause: str
    owner: str
    acts: tuple[str, ...]
    dossier: str | None
    group: str | None
    office: str | None
    province: str | None
    agency: str | None
    leg: str | None
    step: str | None
    incident: str | None
    due_at: datetime
    noticed_at: datetime
    changed_at: datetime
    gone_at: datetime | None
    attempts: int
    next_attempt_at: datetime | None


@dataclass(frozen=True)
class StuckFilter:
    """What to list; what is none does not narrow. `before`: due before this moment, `after`: at it or later."""

    cause: str | None = None
    agency: str | None = None
    owner: str | None = None
    office: str | None = None
    province: str | None = None
    group: str | None = None
    dossier: str | None = None
    before: datetime | None = None
    after: datetime | None = None


@dataclass(frozen=True)
class Slope:
    """How the number of a cause moves: open now, and what came and went lately."""

    cause: str
    open: int
    new_hour: int
    gone_hour: int
    new_day: int
    gone_day: int


@dataclass(frozen=True)
class StuckSummary:
    """Open cases, counted; none stands for those that belong to no agency or province."""

    open: int
    by_cause: tuple[Slope, ...]
    by_agency: dict[str | None, int]
    by_province: dict[str | None, int]
    by_age: dict[str, int]


class StuckCases(Noticing):
    """Everything that does not go on, and what has gone on since."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        super().__init__(database)
        self._hearing = Hearing(database, keys)

    async def listing(self, wanted: StuckFilter, *, cursor: str | None = None, limit: int = 50) -> Page[StuckRow]:
        """Open cases, the longest overdue first. Raises `BadCursor`."""
        conditions = [_OPEN, *_narrowed(wanted), *_BY_DUE.after(cursor)]
        plan = Plan(_CASES, _CASES.c.id, list(_CASES.c), _CASES, _BY_DUE, conditions)
        statement = plan.statement(limit).where(_OPEN)  # an earlier spell of the same place is gone
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return _BY_DUE.page(rows, limit, _case)

    async def one(self, place: str) -> StuckRow | None:
        """The last spell of a place; none for one that never was stuck."""
        wanted = _ONE.where(_CASES.c.id == place)
        row = await self._database.read(lambda c: c.execute(wanted).first())
        return _case(row) if row is not None else None

    async def of(self, dossier: str) -> list[StuckRow]:
        """A dossier's open cases, the longest overdue first."""
        return list((await self.listing(StuckFilter(dossier=dossier), limit=200)).items)

    async def answers(self, row: StuckRow) -> list[Exchange]:
        """What was said last about a case, the newest first."""
        if row.dossier is None:
            return []
        return await self._hearing.exchanges(row.dossier, row.step, row.agency, _ANSWERS)

    async def summary(self, now: datetime) -> StuckSummary:
        """How many there are, by cause, agency, province and age, and how each cause moves."""
        ages = [(_CASES.c.due_at >= now - span, name) for name, span in AGES.items()]
        age = case(*ages, else_="older").label("age")
        by = [_CASES.c.cause, _CASES.c.agency, _CASES.c.province, age]
        new = [_sum(_CASES.c.noticed_at >= now - span) for span in (HOUR, DAY)]
        counts = select(*by, func.count().label("open"), *new).where(_OPEN).group_by(*by)
        went = (
            select(
                _CASES.c.cause,
                _sum(_CASES.c.gone_at >= now - HOUR),
                func.count(),
                *(_sum(_CASES.c.noticed_at >= now - span) for span in (HOUR, DAY)),
            )
            .where(_CASES.c.gone_at >= now - DAY)
            .group_by(_CASES.c.cause)
        )
        rows, gone = await self._database.read(lambda c: (c.execute(counts).all(), c.execute(went).all()))
        return _summed(rows, gone)


def _narrowed(wanted: StuckFilter) -> list[ColumnElement[bool]]:
    names = ("cause", "agency", "owner", "office", "province", "group", "dossier")
    found = [_CASES.c[name] == value for name in names if (value := getattr(wanted, name)) is not None]
    if wanted.before is not None:
        found.append(_CASES.c.due_at < wanted.before)
    if wanted.after is not None:
        found.append(_CASES.c.due_at >= wanted.after)
    return found


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _summed(rows: Iterable[Any], gone: Iterable[Any]) -> StuckSummary:
    slopes: dict[str, list[int]] = {}
    agencies: dict[str | None, int] = {}
    provinces: dict[str | None, int] = {}
    ages = dict.fromkeys([*AGES, "older"], 0)
    for cause, agency, province, age, count, new_hour, new_day in rows:
        slope = slopes.setdefault(cause, [0] * 5)
        slopes[cause] = [a + b for a, b in zip(slope, (count, new_hour, 0, new_day, 0), strict=True)]
        agencies[agency] = agencies.get(agency, 0) + count
        provinces[province] = provinces.get(province, 0) + count
        ages[age] += count
    for cause, gone_hour, gone_day, new_hour, new_day in gone:
        slope = slopes.setdefault(cause, [0] * 5)
        slopes[cause] = [a + b for a, b in zip(slope, (0, new_hour, gone_hour, new_day, gone_day), strict=True)]
    by_cause = tuple(Slope(cause, *counts) for cause, counts in sorted(slopes.items(), key=lambda each: -each[1][0]))
    return StuckSummary(sum(ages.values()), by_cause, agencies, provinces, ages)


def _case(row: Row[Any]) -> StuckRow:
    told = {name: getattr(row, name) for name in StuckRow.__dataclass_fields__ if name != "acts"}
    return StuckRow(**told, acts=_acts(row))


def _acts(row: Row[Any]) -> tuple[str, ...]:
    """The cause's acts, as far as the place has them: a message is brought, of a step without a key nobody asks."""
    if row.source == Source.OUTBOX:
        return (Act.REDELIVER.value,)
    keyless = row.source == Source.QUIET and row.leg is None
    return tuple(each.value for each in CAUSES[Cause(row.cause)].acts if not (keyless and each is Act.ASK))
