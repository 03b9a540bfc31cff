"""Which stuck cases a selection means, and how they divide by cause, agency and office."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, select

from contracts.acts import Target
from contracts.agencies import Agency, Step
from contracts.causes import CAUSES, Act, Cause
from contracts.dossier import LegKind
from contracts.offers import step_of
from contracts.reconciliations import LACKING
from contracts.replays import SELECTED_MOST, ItemProblem, Selection
from contracts.steps import LEG_OF_STEP
from records.database import Database
from records.support.sources import Source
from records.tables import support
from records.tables.base import core

_CASES, _ITEMS, _FOUND = core(support.StuckCase), core(support.ReplayItem), core(support.Discrepancy)
_LATER = _CASES.alias("later")
_LAST_SPELL = ~exists().where(_LATER.c.id == _CASES.c.id, _LATER.c.spell > _CASES.c.spell)
_OF_ITEMS = _ITEMS.join(_CASES, and_(_CASES.c.id == _ITEMS.c.place, _LAST_SPELL))
_ONE = select(_CASES).where(_CASES.c.id == bindparam("id_")).order_by(_CASES.c.spell.desc()).limit(1)
_LACKING = (
    select(_FOUND.c.agency, _FOUND.c.key)
    .where(_FOUND.c.settled_at.is_(None), _FOUND.c.theirs.in_([each.value for each in LACKING]))
    .order_by(_FOUND.c.agency, _FOUND.c.key)
)
_NAMED = ("cause", "agency", "owner", "office", "province", "group")
_AT_ONCE = 500
WHOLE = frozenset({Act.HOLD, Act.RELEASE})
"""Done to a dossier, wherever it is stuck."""


@dataclass(frozen=True)
class Chosen:
    """One dossier that is meant, and where it is stuck; `problem`: why nothing will be done to it."""

    dossier: str
    place: str
    cause: str | None = None
    problem: ItemProblem | None = None


@dataclass(frozen=True)
class StuckPlace:
    """A stuck case as a run meets it."""

    dossier: str
    cause: Cause
    agency: Agency | None
    gone: bool
    target: Target


@dataclass(frozen=True)
class Breakdown:
    """How many items there are of each kind; none: of those that belong to none, or are not stuck."""

    by_cause: dict[str | None, int]
    by_agency: dict[str | None, int]
    by_office: dict[str | None, int]


class TooManySelected(Exception):
    """More cases than one replay may have."""


class Selecting:
    """Questions to the stuck cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chosen(self, selection: Selection, act: Act) -> list[Chosen]:
        """The open cases that are meant now, the longest overdue first, each place once. Raises `TooManySelected`."""
        rows = [row for part in _parts(selection) for row in await self._matching(selection, part)]
        if len(rows) > SELECTED_MOST:
            raise TooManySelected("more cases than one replay may have")
        unfit = await self._unfit(rows) if act is Act.REPLAY else frozenset[Any]()
        places = ((_place(row, act), row) for row in reversed(rows))
        found = list({place: _chosen(row, act, fits=place not in unfit) for place, row in places}.values())[::-1]
        known = {each.dossier for each in found}
        missing = [code for code in dict.fromkeys(selection.codes) if code not in known]
        return [*found, *(Chosen(code, "", problem=ItemProblem.NOT_STUCK) for code in missing)]

    async def breakdown(self, replay: str) -> Breakdown:
        """How a replay's items divide, as they are stuck now."""
        by = [_CASES.c[name] for name in ("cause", "agency", "office")]
        counted = select(*by, func.count().label("count")).select_from(
            _ITEMS.outerjoin(_CASES, and_(_CASES.c.id == _ITEMS.c.place, _LAST_SPELL))
        )
        statement = counted.where(_ITEMS.c.replay == replay).group_by(*by)
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return Breakdown(*(_summed((row[index], row[3]) for row in rows) for index in range(3)))

    async def place(self, place: str) -> StuckPlace | None:
        """A place as it is stuck, or was last."""
        row = await self._database.read(lambda c: c.execute(_ONE, {"id_": place}).first())
        if row is None or row.dossier is None:
            return None
        agency = Agency(row.agency) if row.agency else None
        return StuckPlace(row.dossier, Cause(row.cause), agency, row.gone_at is not None, _target(row))

    async def _unfit(self, rows: Sequence[Row[Any]]) -> frozenset[Any]:
        """Places where the agency has what we do not know of: done once more it may take effect twice."""
        lacking = await self._database.read(lambda c: c.execute(_LACKING).all())
        fit = {f"{Source.DIFFERENCE}.{row.agency}.{row.key}" for row in lacking}
        unfit = [row for row in rows if row.source == Source.DIFFERENCE and row.id not in fit]
        return frozenset(_place(row, Act.REPLAY) for row in unfit)

    async def _matching(self, selection: Selection, codes: Sequence[str]) -> Sequence[Row[Any]]:
        conditions = [*_conditions(selection), *([_CASES.c.dossier.in_(codes)] if codes else [])]
        statement = select(_CASES).where(*conditions).order_by(_CASES.c.due_at, _CASES.c.id)
        return await self._database.read(lambda c: c.execute(statement.limit(SELECTED_MOST + 1)).all())


def _parts(selection: Selection) -> list[Sequence[str]]:
    codes = list(dict.fromkeys(selection.codes))
    return [codes[first : first + _AT_ONCE] for first in range(0, len(codes), _AT_ONCE)] or [()]


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    # Whoever calls back about a dossier that is not ours names no group.
    found: list[ColumnElement[bool]] = [_CASES.c.gone_at.is_(None), _CASES.c.group.is_not(None)]
    found += [_CASES.c[name] == value for name in _NAMED if (value := getattr(selection, name)) is not None]
    if selection.since is not None:
        found.append(_CASES.c.due_at >= selection.since)
    if selection.until is not None:
        found.append(_CASES.c.due_at < selection.until)
    return found


def _place(row: Row[Any], act: Act) -> tuple[Any, ...]:
    """Two cases at one place are one."""
    if act in WHOLE:
        return (row.dossier,)
    if act is Act.REDELIVER:
        return row.dossier, row.agency
    target = _target(row)
    return row.dossier, target.leg, row.incident, None if target.leg else row.step


def _chosen(row: Row[Any], act: Act, *, fits: bool) -> Chosen:
    offered = act in CAUSES[Cause(row.cause)].acts and fits
    return Chosen(row.dossier, row.id, row.cause, None if offered else ItemProblem.NOT_OFFERED)


def _target(row: Row[Any]) -> Target:
    """The place as an act names it: a step alone only where no leg has it; a message by its partner."""
    leg = LegKind(row.leg) if row.leg else None
    if row.source == Source.DIFFERENCE:
        leg = LEG_OF_STEP.get(step_of(row.id))
    if row.source in {Source.OUTBOX, Source.CALLBACK}:
        return Target(agency=Agency(row.agency) if row.agency else None)
    step = Step(row.step) if row.step and (row.incident or not leg) else None
    return Target(leg=leg, step=step, incident=row.incident)


def _summed(counted: Iterable[tuple[str | None, int]]) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for name, count in counted:
        found[name] = found.get(name, 0) + count
    return found
