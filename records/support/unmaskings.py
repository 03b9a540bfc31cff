"""Who looked at personal data in what was said with agencies, and why: kept for good, open for a session alone."""

import json
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select

from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.tables.base import core
from records.tables.support import Unmasking as Table

_TABLE = core(Table)
_INSERT = insert(_TABLE)
_OF = (
    select(_TABLE.c.at, _TABLE.c.sealed)
    .where(_TABLE.c.dossier == bindparam("dossier_"), _TABLE.c.by == bindparam("by_"), _TABLE.c.at > bindparam("after"))
    .order_by(_TABLE.c.at.desc())
)
LASTS = timedelta(minutes=15)


class Unmaskings:
    """`session`: which login it was asked for in; it opens nothing in another."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def note(self, dossier: str, by: str, session: str, reason: str, now: datetime) -> None:
        """Somebody gives their reason, and may look from now on."""
        content = json.dumps([session, reason], ensure_ascii=False).encode()
        sealed = seal(await self._keys.key_for(dossier), content, _place(dossier, by))
        row = {"dossier": dossier, "by": by, "at": now, "sealed": sealed}
        await self._database.write(lambda connection: connection.execute(_INSERT, row) and None)

    async def until(self, dossier: str, by: str, session: str, now: datetime) -> datetime | None:
        """Until when this session may look; none: it may not."""
        wanted = {"dossier_": dossier, "by_": by, "after": now - LASTS}
        rows = await self._database.read(lambda connection: connection.execute(_OF, wanted).all())
        if not rows:
            return None
        key = await self._keys.key_for(dossier)
        mine = (row.at for row in rows if json.loads(unseal(key, row.sealed, _place(dossier, by)))[0] == session)
        last = next(mine, None)
        return last + LASTS if last else None


def _place(dossier: str, by: str) -> str:
    return f"unmasking/{dossier}/{by}"
