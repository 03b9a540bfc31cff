"""Operations asked for under an idempotency key: the same key never stands for two bodies."""

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select

from records.database import Database
from records.keys import StoredKeys
from records.statements import inserted
from records.tables.base import core
from records.tables.edge import Operation

_TABLE = core(Operation)
_KNOWN = select(_TABLE.c.body_hash).where(
    _TABLE.c.client == bindparam("client"),
    _TABLE.c.operation == bindparam("operation"),
    _TABLE.c.key_hash == bindparam("key_hash"),
)


class Operations:
    """Who asked for what under which key."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def claim(self, *, client: str, operation: str, key: str, body_hash: str) -> bool:
        """Take the key for this body; False when it was taken for another one.

        The body's hash is hashed again under a key: a body may hold a PIN, which a plain hash would give away.
        """
        row = {
            "client": client,
            "operation": operation,
            "key_hash": self._keys.search_token("idempotency", key),
            "body_hash": self._keys.search_token("body", body_hash),
            "asked_at": datetime.now(UTC),
        }

        def claim(connection: Connection) -> bool:
            if inserted(connection, _TABLE, row):
                return True
            return bool(connection.execute(_KNOWN, row).scalar_one() == row["body_hash"])

        return await self._database.write(claim)
