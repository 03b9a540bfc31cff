"""What we hold under the keys that agencies were asked with, for comparing it with what they hold.

A leg's keys and state tell what became of its requests. What belongs to no leg is told by the outbox (statuses and
notices) or by the dossier's stage (results handed over); the log of exchanges tells which keys were ever sent, and on
which day: it is indexed by agency and time, the states of dossiers are sealed and are opened by key alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, literal, select, tuple_

from contracts.agencies import Agency
from contracts.base import Day
from contracts.dossier import DossierState
from contracts.offers import latest
from contracts.outbox import is_refused, key_in
from contracts.reconciliations import Holding, OurAnswer, OurPlace, handed_over, held_by_leg, is_hand_over
from contracts.standings import Standing
from records.database import Database
from records.keys import KeyUnknown, StoredKeys
from records.sealing import unseal
from records.support.once_more import OnceMore
from records.tables import journal
from records.tables.base import core
from records.tables.exchanges import Exchange
from records.tables.outbox import OutboxRow
from records.zone import bounds

Named = tuple[str, str]
"""A dossier's code and a key."""
PAGE = 1000
_DOSSIERS, _EXCHANGES, _OUTBOX = core(journal.Dossier), core(Exchange), core(OutboxRow)
_CODES: BindParameter[str] = bindparam("codes", expanding=True)
_STATES = select(_DOSSIERS.c.code, _DOSSIERS.c.sealed_state).where(_DOSSIERS.c.code.in_(_CODES))
_SENT = (
    select(_EXCHANGES.c.dossier, _EXCHANGES.c.key)
    .where(_EXCHANGES.c.dossier.in_(_CODES), _EXCHANGES.c.agency == bindparam("agency_"), _EXCHANGES.c.key.is_not(None))
    .distinct()
)
_TOLD = select(
    *(_OUTBOX.c[name] for name in ("dossier", "key", "attempt_group", "attempts", "problem", "settled_at"))
).where(_OUTBOX.c.dossier.in_(_CODES), _OUTBOX.c.partner == bindparam("agency_"))


class Holdings:
    """Reads alone."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys
        self._once_more = OnceMore(database, keys)

    async def of(self, agency: Agency, named: Collection[Named]) -> dict[Named, Standing | None]:
        """What we hold under each key; none: not to be compared, in people's hands, erased, or done once more."""
        wanted = {"codes": sorted({code for code, _ in named}), "agency_": agency.value}
        if not named:
            return {}
        sealed = dict(
            await self._database.read(lambda c: [(r.code, r.sealed_state) for r in c.execute(_STATES, wanted)])
        )
        await self._keys.fetch(sealed.keys())
        keys_of = defaultdict[str, list[str]](list)
        for code, key in named:
            keys_of[code].append(key)
        found: dict[Named, Standing | None] = {}
        legless: list[tuple[Named, DossierState | None]] = []
        for code, asked in keys_of.items():
            try:
                state = await self._state(code, sealed.get(code))
            except KeyUnknown:
                found |= dict.fromkeys(((code, key) for key in asked), None)
                continue
            for key in asked:
                try:
                    found[code, key] = held_by_leg(state, key) if state else Standing.UNKNOWN
                except KeyError:
                    legless.append(((code, key), state))
        found |= await self._legless(agency, legless)
        ended = [name for name, ours in found.items() if ours in {Standing.GRANTED, Standing.REFUSED}]
        return found | dict.fromkeys(await self._once_more.of(ended))

    async def mended(self, named: Collection[Named]) -> list[Holding]:
        """What was done once more and granted, under the keys that count now."""
        found: dict[str, Holding] = {}
        for (_, key), each in (await self._once_more.of(named)).items():
            if each.ours is Standing.GRANTED:
                known = found.get(each.key, each)
                found[each.key] = known.model_copy(update={"instead_of": (*known.instead_of, key)})
        return list(found.values())

    async def _state(self, code: str, sealed: bytes | None) -> DossierState | None:
        if sealed is None:
            return None
        return DossierState.model_validate_json(unseal(await self._keys.key_for(code), sealed, f"state/{code}"))

    async def _legless(
        self, agency: Agency, named: Sequence[tuple[Named, DossierState | None]]
    ) -> dict[Named, Standing | None]:
        """Statuses, notices, hand-overs; and what was sent but is no request that a dossier keeps."""
        if not named:
            return {}
        wanted = {"codes": sorted({code for (code, _), _ in named}), "agency_": agency.value}
        told = await self._database.read(lambda c: c.execute(_TOLD, wanted).all())
        sent = await self._database.read(lambda c: c.execute(_SENT, wanted).all())
        heard = {(row.dossier, key): standing for row in told for key, standing in _of_message(row)}
        keys_sent = defaultdict[str, list[str]](list)
        for row in sent:
            keys_sent[row.dossier].append(row.key)
        found: dict[Named, Standing | None] = {}
        for (code, key), state in named:
            if (code, key) in heard:
                found[code, key] = heard[code, key]
            elif state and is_hand_over(key):
                found[code, key] = None if _replaced(key, keys_sent[code]) else handed_over(state)
            else:
                found[code, key] = None if key in keys_sent[code] else Standing.UNKNOWN
        return found

    async def granted(self, agency: Agency, day: Day, after: OurPlace) -> OurAnswer:
        """Of what was said with the agency on a day: what we hold as granted."""
        rows = await self._database.read(lambda c: c.execute(_page(agency, day, after)).all())
        named = {(row.dossier, key_in(row.key, row.attempt_group)) for row in rows}
        held = await self.of(agency, named)
        granted = tuple(
            Holding(dossier=code, key=key, ours=Standing.GRANTED)
            for (code, key), ours in sorted(held.items())
            if ours is Standing.GRANTED
        )
        if len(rows) == PAGE:
            return OurAnswer(granted=granted, after=OurPlace(told=after.told, at=rows[-1].at, id=rows[-1].id))
        return OurAnswer(granted=granted, after=None if after.told else OurPlace(told=True))


def _page(agency: Agency, day: Day, after: OurPlace) -> Select[Any]:
    begins, ends = bounds(day)
    group: ColumnElement[int] = literal(1)
    if after.told:
        table, at, of, group = _OUTBOX, _OUTBOX.c.settled_at, _OUTBOX.c.partner, _OUTBOX.c.attempt_group
    else:
        table, at, of = _EXCHANGES, _EXCHANGES.c.at, _EXCHANGES.c.agency
    first: datetime = after.at or begins
    there = tuple_(literal(first, at.type), literal(after.id))
    return (
        select(table.c.dossier, table.c.key, group.label("attempt_group"), at.label("at"), table.c.id)
        .where(of == agency.value, at >= first, at < ends, tuple_(at, table.c.id) > there)
        .where(table.c.key.is_not(None), table.c.dossier.is_not(None))
        .order_by(at, table.c.id)
        .limit(PAGE)
    )


def _of_message(row: Row[Any]) -> Iterator[tuple[str, Standing]]:
    """Each key under which a message went out; a new one follows a refusal for good."""
    for group in range(1, row.attempt_group):
        yield key_in(row.key, group), Standing.REFUSED
    waits = Standing.REFUSED if is_refused(row.attempts, row.problem) else Standing.PENDING
    yield key_in(row.key, row.attempt_group), Standing.GRANTED if row.settled_at else waits


def _replaced(key: str, sent: Sequence[str]) -> bool:
    """Was the same handed over again later, under another key?"""
    return key in sent and key not in latest(tuple(sent))
