"""The agencies' switches: what we send to one of them for now, who said so, until when and why."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from contracts.agencies import Agency
from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import inserted
from records.tables.base import core
from records.tables.support import AgencySwitch

_TABLE = core(AgencySwitch)
_LAST = or_(_TABLE.c.until.is_(None), _TABLE.c.until > bindparam("now"))
_STANDING = select(_TABLE).where(_LAST, _TABLE.c.rate.is_not(None)).order_by(_TABLE.c.since)
_OF = (
    select(_TABLE)
    .where(_TABLE.c.agency == bindparam("agency_"))
    .order_by(_TABLE.c.since.desc())
    .limit(bindparam("limit_"))
)
_OTHERS = (_TABLE.c.agency == bindparam("agency_")) & (_TABLE.c.id != bindparam("id_"))
_REPLACE = update(_TABLE).where(_OTHERS, _LAST).values(until=bindparam("now"))


@dataclass(frozen=True)
class Setting:
    """So many calls a second at most; `until`: when it ends by itself, or when another one took its place."""

    rate: float | None
    until: datetime | None

    def stands(self, now: datetime) -> bool:
        """Is it not over yet?"""
        return self.until is None or now < self.until


@dataclass(frozen=True)
class Switch(Setting):
    """A setting as it was asked for; rate none opens. `planned`: the end that was named then."""

    agency: str
    by: str
    since: datetime
    planned: datetime | None
    reason: str


class Switches:
    """Every turn of a switch is kept; the newest that is not over is in force."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def turn(
        self,
        call: str,
        agency: Agency,
        rate: float | None,
        *,
        by: str,
        reason: str,
        now: datetime,
        until: datetime | None,
    ) -> None:
        """Let this be in force from now on; the same `call` again turns nothing."""
        told = {"reason": reason, "until": until and until.isoformat()}
        row = {
            "id": call,
            "agency": agency.value,
            "rate": rate,
            "by": by,
            "since": now,
            "until": until,
            "sealed": seal(self._keys.shared_key(), json.dumps(told, ensure_ascii=False).encode(), _place(call)),
        }

        def turn(connection: Connection) -> None:
            if inserted(connection, _TABLE, row):
                connection.execute(_REPLACE, {"agency_": agency.value, "id_": call, "now": now})

        await self._database.write(turn)

    async def turned(self, call: str) -> bool:
        """Was this call taken before?"""
        known = select(_TABLE.c.id).where(_TABLE.c.id == call)
        return await self._database.read(lambda c: c.execute(known).first()) is not None

    async def settings(self, now: datetime) -> dict[Agency, Setting]:
        """What is in force, for those who obey it."""
        return {Agency(row.agency): Setting(row.rate, row.until) for row in await self._rows(now)}

    async def standing(self, now: datetime) -> dict[Agency, Switch]:
        """What is in force, with who and why."""
        return {Agency(each.agency): each for each in self._opened(await self._rows(now))}

    async def history(self, agency: Agency, limit: int = 50) -> list[Switch]:
        """How an agency was switched, the last one first."""
        wanted = {"agency_": agency.value, "limit_": limit}
        return self._opened(await self._database.read(lambda c: c.execute(_OF, wanted).all()))

    async def _rows(self, now: datetime) -> Iterable[Row[Any]]:
        return await self._database.read(lambda c: c.execute(_STANDING, {"now": now}).all())

    def _opened(self, rows: Iterable[Row[Any]]) -> list[Switch]:
        key, found = self._keys.shared_key(), []
        for row in rows:
            told = json.loads(unseal(key, row.sealed, _place(row.id)))
            found.append(
                Switch(
                    rate=row.rate,
                    until=row.until,
                    agency=row.agency,
                    by=row.by,
                    since=row.since,
                    planned=told["until"] and datetime.fromisoformat(told["until"]),
                    reason=told["reason"],
                )
            )
        return found


def _place(call: str) -> str:
    return f"switch/{call}"
