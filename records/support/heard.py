"""What agencies said last: by whom, to which step, with which status; the words themselves only where they matter."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, select

from records.database import Database
from records.exchanges import Exchange, opened
from records.keys import KeyUnknown, StoredKeys
from records.tables import exchanges
from records.tables.base import core
from records.tables.support import StuckCase

_TABLE, _CASES = core(exchanges.Exchange), core(StuckCase)
_CLEAR = [column for column in _TABLE.c if column.name not in {"sealed", "duration_ms"}]
_LAST = (
    select(func.max(_TABLE.c.id))
    .where(_TABLE.c.dossier.in_(bindparam("dossiers", expanding=True)), _TABLE.c.step.is_not(None))
    .group_by(_TABLE.c.dossier, _TABLE.c.step, _TABLE.c.key)
)
_HEARD = select(*_CLEAR).where(_TABLE.c.id.in_(_LAST)).order_by(_TABLE.c.id)
_SAID = select(_TABLE).where(_TABLE.c.id.in_(bindparam("ids", expanding=True)))
_LAST_OF_STEP = select(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_")).order_by(_TABLE.c.id.desc())
_NEWEST = select(func.coalesce(func.max(_TABLE.c.id), 0))
_TOUCHED = (
    select(_TABLE.c.dossier)
    .where(_TABLE.c.id > bindparam("after"), _TABLE.c.id <= bindparam("until"))
    .where(exists().where(_CASES.c.dossier == _TABLE.c.dossier, _CASES.c.gone_at.is_(None)))
    .distinct()
)
_BATCH = 500


@dataclass(frozen=True)
class Heard:
    """The last exchange under one key; no status: no answer came."""

    id: int
    agency: str
    dossier: str
    step: str
    key: str | None
    attempt: int
    status: int | None
    at: datetime


class Hearing:
    """Questions to the log of exchanges."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def last(self, dossiers: Collection[str]) -> dict[str, list[Heard]]:
        """By dossier: what was said last under each key, in order."""
        found: defaultdict[str, list[Heard]] = defaultdict(list)
        codes = sorted(dossiers)
        for start in range(0, len(codes), _BATCH):
            for row in await self._last(codes[start : start + _BATCH]):
                found[row.dossier].append(Heard(**row._asdict()))
        return found

    async def words(self, heard: Iterable[Heard]) -> dict[int, str]:
        """What was answered, by exchange; nothing where nothing was, or the dossier is erased."""
        wanted = {"ids": [each.id for each in heard]}
        if not wanted["ids"]:
            return {}
        rows = await self._database.read(lambda c: c.execute(_SAID, wanted).all())
        await self._keys.fetch({row.dossier for row in rows})
        found = [(row.id, await self._opened(row)) for row in rows]
        return {number: each.answer for number, each in found if each is not None and each.answer is not None}

    async def exchanges(self, dossier: str, step: str | None, agency: str | None, limit: int) -> list[Exchange]:
        """The last exchanges of a dossier, the newest first; of one step or agency where it is named."""
        wanted = _LAST_OF_STEP.limit(limit)
        wanted = wanted.where(_TABLE.c.step == step) if step else wanted
        wanted = wanted.where(_TABLE.c.agency == agency) if agency else wanted
        rows = await self._database.read(lambda c: c.execute(wanted, {"dossier_": dossier}).all())
        found = [await self._opened(row) for row in rows]
        return [each for each in found if each is not None]

    async def newest(self) -> int:
        """The number of the last exchange."""
        return int(await self._database.read(lambda c: c.execute(_NEWEST).scalar_one()))

    async def touched(self, after: int, until: int) -> set[str]:
        """Dossiers with an open case of which something was said between two numbers, the lower one excluded."""
        wanted = {"after": after, "until": until}
        return set(await self._database.read(lambda c: c.execute(_TOUCHED, wanted).scalars().all()))

    async def _last(self, dossiers: list[str]) -> Sequence[Row[Any]]:
        return await self._database.read(lambda c: c.execute(_HEARD, {"dossiers": dossiers}).all())

    async def _opened(self, row: Row[Any]) -> Exchange | None:
        try:
            return opened(row, await self._keys.key_for(row.dossier))
        except KeyUnknown:
            return None
