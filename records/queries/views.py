"""One dossier: its view, its journal, who may see it, and how to find it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select

from contracts.dossier import DossierState, Group, LegView, Stage
from records import search
from records.chain import entry_data
from records.database import Database
from records.keys import StoredKeys
from records.projection import late_at
from records.sealing import unseal
from records.tables import edge, journal
from records.tables.base import core

_DOSSIERS, _ENTRIES, _TOKENS = core(journal.Dossier), core(journal.JournalEntry), core(journal.SearchToken)
_CLAIMS = core(edge.Claim)
_STATE = select(_DOSSIERS.c.sealed_state).where(_DOSSIERS.c.code == bindparam("code"))
_FOLLOWERS = (
    select(_DOSSIERS.c.code)
    .where(_DOSSIERS.c.follows == bindparam("code"))
    .order_by(_DOSSIERS.c.filed_at, _DOSSIERS.c.code)
)
_OFFICE = func.coalesce(_DOSSIERS.c.office, _CLAIMS.c.office).label("office")
"""Where it is now; before its first turn, where it was filed."""
_HEADER = (
    select(_CLAIMS.c.code, _CLAIMS.c.group, _CLAIMS.c.client, _OFFICE, _DOSSIERS.c.stage)
    .select_from(_CLAIMS.outerjoin(_DOSSIERS, _DOSSIERS.c.code == _CLAIMS.c.code))
    .where(_CLAIMS.c.code == bindparam("code"))
)
_JOURNAL = select(_ENTRIES).where(_ENTRIES.c.dossier == bindparam("code")).order_by(_ENTRIES.c.position)
FOUND_AT_MOST = 200


class SearchKind(StrEnum):
    NAME = "name"
    PERSONAL_ID = "personal_id"
    CODE = "code"


@dataclass(frozen=True)
class Header:
    """What decides who may see a dossier; `office`: where it is now."""

    code: str
    group: Group
    client: str
    office: str
    stage: Stage


class Views:
    """Questions about one dossier."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def view(self, code: str, now: datetime) -> DossierState | None:
        """The dossier as it stands, legs overdue at `now` marked; none before its first turn is written."""
        place = {"code": code}
        sealed, followers = await self._database.read(
            lambda connection: (
                connection.execute(_STATE, place).scalar(),
                connection.execute(_FOLLOWERS, place).scalars().all(),
            )
        )
        if sealed is None:
            return None
        state = DossierState.model_validate_json(unseal(await self._keys.key_for(code), sealed, f"state/{code}"))
        seen: dict[str, Any] = {"followed_by": tuple(followers)} if followers else {}
        if not state.stage.closed and any(_overdue(leg, now) for leg in state.legs):
            seen["legs"] = tuple(leg.model_copy(update={"overdue": _overdue(leg, now)}) for leg in state.legs)
        return state.model_copy(update=seen) if seen else state

    async def header(self, code: str) -> Header | None:
        """Whose dossier it is; known as soon as it is claimed."""
        row = await self._database.read(lambda connection: connection.execute(_HEADER, {"code": code}).first())
        if row is None:
            return None
        stage = Stage(row.stage) if row.stage else Stage.SUBMITTED
        return Header(row.code, Group(row.group), row.client, row.office, stage)

    async def journal(self, code: str) -> list[dict[str, Any]]:
        """What happened, in order: seq, at, kind, leg, actor, data, hash (hex) of each entry."""
        rows = await self._database.read(lambda connection: connection.execute(_JOURNAL, {"code": code}).all())
        if not rows:
            return []
        key = await self._keys.key_for(code)
        return [
            {
                "seq": row.seq,
                "at": row.at,
                "kind": row.kind,
                "leg": row.leg,
                "actor": row.actor,
                "data": entry_data(key, code, row.epoch, row.seq, row.sealed),
                "hash": row.hash.hex(),
            }
            for row in rows
        ]

    async def search(
        self, kind: SearchKind, text: str, offices: frozenset[str] | None, at_most: int = FOUND_AT_MOST
    ) -> tuple[str, ...]:
        """Codes of so many dossiers at most, newest first; `offices` none: of every office.

        A name is found whole or by its syllables, with or without diacritics.
        """
        if kind == SearchKind.NAME:
            whole, syllables = search.name_tokens(self._keys, text)
            found = await self._found([whole], offices, at_most)
            return found or (await self._found(syllables, offices, at_most) if syllables else ())
        if kind == SearchKind.PERSONAL_ID:
            return await self._found([search.number_token(self._keys, text)], offices, at_most)
        statement = select(_DOSSIERS.c.code).where(_DOSSIERS.c.code == text.strip().upper())
        return await self._codes(_within(statement, offices))

    async def _found(self, tokens: list[bytes], offices: frozenset[str] | None, at_most: int) -> tuple[str, ...]:
        first, *others = tokens
        statement = (
            select(_DOSSIERS.c.code)
            .select_from(_TOKENS.join(_DOSSIERS, _DOSSIERS.c.code == _TOKENS.c.dossier))
            .where(_TOKENS.c.token == first)
            .order_by(_TOKENS.c.dossier.desc())
            .limit(at_most)
        )
        for token in others:
            other = _TOKENS.alias()
            statement = statement.where(exists().where(other.c.token == token, other.c.dossier == _TOKENS.c.dossier))
        return await self._codes(_within(statement, offices))

    async def _codes(self, statement: Select[tuple[str]]) -> tuple[str, ...]:
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return tuple(row.code for row in rows)


def _within(statement: Select[tuple[str]], offices: frozenset[str] | None) -> Select[tuple[str]]:
    return statement if offices is None else statement.where(_DOSSIERS.c.office.in_(sorted(offices)))


def _overdue(leg: LegView, now: datetime) -> bool:
    late = late_at(leg)
    return late is not None and late < now
