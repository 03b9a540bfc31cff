"""What came, what went, what has another cause by now: everything is safe to do twice, and by several processes."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, exists, func, or_, select, update

from contracts import places
from contracts.causes import CAUSES, Cause
from records.database import Database
from records.statements import insert_unless_there
from records.support.sources import DUE_AFTER, SOURCES, Moments, Source
from records.tables import journal
from records.tables.base import core
from records.tables.support import AgencySwitch, StuckCase

_CASES, _SWITCHES, _DOSSIERS = core(StuckCase), core(AgencySwitch), core(journal.Dossier)
_OPEN = _CASES.c.gone_at.is_(None)
_AT_ONCE = 10_000
_BATCH = 500
_SPELLS = (
    select(
        _CASES.c.id,
        func.max(_CASES.c.spell).label("spell"),
        func.count().label("all"),
        func.count(_CASES.c.gone_at).label("gone"),
    )
    .where(_CASES.c.id.in_(bindparam("ids", expanding=True)))
    .group_by(_CASES.c.id)
)
_LEAVE = update(_CASES).where(_CASES.c.id == bindparam("id_"), _OPEN).values(gone_at=bindparam("at_"))
_CHANGE = (
    update(_CASES)
    .where(_CASES.c.id == bindparam("id_"), _OPEN)
    .values(
        **{name: bindparam(f"{name}_") for name in ("cause", "owner", "agency", "step", "attempts", "changed_at")},
        next_attempt_at=bindparam("next_"),
    )
)
_PAUSED = select(_SWITCHES.c.agency).where(
    _SWITCHES.c.rate == 0, or_(_SWITCHES.c.until.is_(None), _SWITCHES.c.until > bindparam("now"))
)
_GROUPS = select(_DOSSIERS.c.code, _DOSSIERS.c.group, _DOSSIERS.c.office).where(
    _DOSSIERS.c.code.in_(bindparam("codes", expanding=True))
)


@dataclass(frozen=True)
class Place:
    """Something that does not go on, as its source shows it."""

    id: str
    source: Source
    due_at: datetime
    dossier: str | None = None
    group: str | None = None
    office: str | None = None
    agency: str | None = None
    leg: str | None = None
    step: str | None = None
    incident: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Noticed:
    """A place, and why it is stuck."""

    place: Place
    cause: Cause

    def told(self) -> tuple[Any, ...]:
        """What may change while it is stuck."""
        place = self.place
        return self.cause, place.agency, place.step, place.attempts, place.next_attempt_at


class Noticing:
    """The watchdog's side of the stuck cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def compared(self, source: Source, at: Moments) -> tuple[list[Place], list[str]]:
        """What a source shows and is not known yet, and the ids of what is known and not shown any more."""
        shown = SOURCES[source](at).subquery()
        known = exists().where(_CASES.c.id == shown.c.id, _OPEN)
        fresh = select(shown).where(~known).limit(_AT_ONCE)
        left = select(_CASES.c.id).where(_CASES.c.source == source.value, _OPEN, _CASES.c.id.not_in(select(shown.c.id)))
        rows, gone = await self._database.read(
            lambda c: (c.execute(fresh).all(), c.execute(left.limit(_AT_ONCE)).scalars().all())
        )
        return [_place(source, row, at) for row in rows], list(gone)

    async def shown(self, source: Source, at: Moments, dossiers: Collection[str]) -> list[Place]:
        """What a source shows of these dossiers, known or not."""
        rows = SOURCES[source](at)
        wanted = rows.where(rows.selected_columns["dossier"].in_(sorted(dossiers)))
        return [_place(source, row, at) for row in await self._database.read(lambda c: c.execute(wanted).all())]

    async def notice(self, noticed: Sequence[Noticed], now: datetime) -> int:
        """Enter what is new, as the next spell of its place; how many there were."""
        entered = 0
        for start in range(0, len(noticed), _BATCH):
            rows = [_row(each, now) for each in noticed[start : start + _BATCH]]
            entered += await self._database.write(partial(_enter, rows))
        return entered

    async def leave(self, ids: Sequence[str], now: datetime) -> None:
        """These places are stuck no more."""
        for start in range(0, len(ids), _BATCH):
            rows = [{"id_": each, "at_": now} for each in ids[start : start + _BATCH]]
            await self._database.write(partial(_run, _LEAVE, rows))

    async def change(self, noticed: Sequence[Noticed], now: datetime) -> None:
        """These are stuck for another reason by now, or were tried again."""
        if not noticed:
            return
        rows = [
            {
                "id_": each.place.id,
                "cause_": each.cause.value,
                "owner_": CAUSES[each.cause].owner.value,
                "agency_": each.place.agency,
                "step_": each.place.step,
                "attempts_": each.place.attempts,
                "next_": each.place.next_attempt_at,
                "changed_at_": now,
            }
            for each in noticed
        ]
        await self._database.write(partial(_run, _CHANGE, rows))

    async def known(
        self, source: Source, *, dossiers: Collection[str] | None = None, oldest: int = _AT_ONCE
    ) -> list[Noticed]:
        """Open cases of a source, of these dossiers alone where any are named; those looked at longest ago first."""
        of = [_CASES.c.dossier.in_(sorted(dossiers))] if dossiers is not None else []
        wanted = select(_CASES).where(_CASES.c.source == source.value, _OPEN, *of)
        rows = await self._database.read(lambda c: c.execute(wanted.order_by(_CASES.c.changed_at).limit(oldest)).all())
        return [_noticed(row) for row in rows]

    async def paused(self, now: datetime) -> frozenset[str]:
        """Agencies that we send nothing to."""
        return frozenset(await self._database.read(lambda c: c.execute(_PAUSED, {"now": now}).scalars().all()))

    async def misjudged(self, paused: frozenset[str], causes: Collection[Cause], limit: int) -> set[str]:
        """Dossiers whose case says that an agency is paused which is not, or one of these causes where it is."""
        names = sorted(paused)
        wrong = (_CASES.c.cause == Cause.AGENCY_PAUSED.value) & _CASES.c.agency.not_in(names)
        other = _CASES.c.cause.in_([each.value for each in causes]) & _CASES.c.agency.in_(names)
        wanted = select(_CASES.c.dossier).where(_OPEN, or_(wrong, other)).limit(limit)
        return set(await self._database.read(lambda c: c.execute(wanted).scalars().all()))

    async def placed(self, found: Sequence[Place]) -> list[Place]:
        """Places that name a dossier alone, with its group and office."""
        wanted = {"codes": sorted({each.dossier for each in found if each.dossier})}
        rows = await self._database.read(lambda c: c.execute(_GROUPS, wanted).all())
        of = {row.code: row for row in rows}
        return [
            replace(each, group=row.group, office=row.office) if (row := of.get(each.dossier)) else each
            for each in found
        ]


def province_of(office: str | None) -> str | None:
    """An office's province; none where no ward in force has its code."""
    found = places.ward(office)
    return found.province if found else None


def _run(statement: Update, rows: list[dict[str, Any]], connection: Connection) -> None:
    connection.execute(statement, rows)


def _enter(rows: list[dict[str, Any]], connection: Connection) -> int:
    spells = {row.id: row for row in connection.execute(_SPELLS, {"ids": [row["id"] for row in rows]})}
    fresh = []
    for row in rows:
        known = spells.get(row["id"])
        if known is None:
            fresh.append({**row, "spell": 1})
        elif known.all == known.gone:
            fresh.append({**row, "spell": known.spell + 1})
    if fresh:
        connection.execute(insert_unless_there(connection.dialect.name, _CASES), fresh)
    return len(fresh)


def _row(noticed: Noticed, now: datetime) -> dict[str, Any]:
    row = asdict(noticed.place)
    del row["hint"]
    more = {"cause": noticed.cause.value, "owner": CAUSES[noticed.cause].owner.value, "gone_at": None}
    return {**row, **more, "province": province_of(row["office"]), "noticed_at": now, "changed_at": now}


def _place(source: Source, row: Row[Any], at: Moments) -> Place:
    told = row._asdict()
    unheard = source is Source.OUTBOX and told["hint"] is None
    due_at = told.pop("since") + (at.expected if unheard else DUE_AFTER.get(source, timedelta()))
    return Place(**told, source=source, due_at=due_at)


def _noticed(row: Row[Any]) -> Noticed:
    names = Place.__dataclass_fields__.keys() - {"source", "hint"}
    told = {name: getattr(row, name) for name in names}
    return Noticed(Place(**told, source=Source(row.source)), Cause(row.cause))
