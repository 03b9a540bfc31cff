"""Sessions of people at the desks: the cookie holds a random value, all else stands here and can be taken back."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from contracts.base import Message
from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.tables.base import core
from records.tables.sessions import Session

_TABLE = core(Session)
_INSERT = insert(_TABLE)
_LIVE = select(_TABLE.c.sealed).where(
    _TABLE.c.token_hash == bindparam("token_hash"),
    _TABLE.c.expires_at > bindparam("now"),
    _TABLE.c.ended_at.is_(None),
)
_OVER = delete(_TABLE).where(_TABLE.c.expires_at <= bindparam("now"))
_END = update(_TABLE).where(_TABLE.c.token_hash == bindparam("hash_")).values(ended_at=bindparam("now"))
_END_ALL = (
    update(_TABLE)
    .where(
        _TABLE.c.subject == bindparam("subject_"), _TABLE.c.ended_at.is_(None), _TABLE.c.expires_at > bindparam("now")
    )
    .values(ended_at=bindparam("now"))
)


class Holder(Message):
    """Whoever logged in, and what the issuer says that they may; `offices` none: bound to no office."""

    client: str
    subject: str
    name: str
    scopes: tuple[str, ...]
    offices: tuple[str, ...] | None


class Sessions:
    """Logins; what is expired or ended opens nothing."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def open(self, holder: Holder, now: datetime, lifetime: timedelta) -> str:
        """Begin a session; returns the value for the cookie, which is kept nowhere."""
        token = secrets.token_urlsafe(32)
        row = {
            "token_hash": _hashed(token),
            "subject": holder.subject,
            "opened_at": now,
            "expires_at": now + lifetime,
            "ended_at": None,
            "sealed": seal(self._keys.shared_key(), holder.model_dump_json().encode(), _place(token)),
        }

        def begin(connection: Connection) -> None:
            connection.execute(_OVER, {"now": now})
            connection.execute(_INSERT, row)

        await self._database.write(begin)
        return token

    async def holder(self, token: str, now: datetime) -> Holder | None:
        """Whose session it is; none where there is none, or no more."""
        wanted = {"token_hash": _hashed(token), "now": now}
        sealed = await self._database.read(lambda connection: connection.execute(_LIVE, wanted).scalar())
        if sealed is None:
            return None
        return Holder.model_validate_json(unseal(self._keys.shared_key(), sealed, _place(token)))

    async def end(self, token: str, now: datetime) -> None:
        """Log out."""
        await self._database.write(lambda c: c.execute(_END, {"hash_": _hashed(token), "now": now}) and None)

    async def end_all(self, subject: str, now: datetime) -> int:
        """Take back every session of a person; how many there were."""
        whose = {"subject_": subject, "now": now}
        return await self._database.write(lambda connection: connection.execute(_END_ALL, whose).rowcount)


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _place(token: str) -> str:
    return f"session/{_hashed(token).hex()}"
