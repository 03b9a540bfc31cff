"""Keys: one per dossier, wrapped by the master key; destroying it makes all that was sealed with it unreadable."""

import hmac
from collections import OrderedDict
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, bindparam, insert, select, update

from records.database import Database
from records.sealing import seal, unseal
from records.tables.base import core
from records.tables.edge import DossierKey

KEY_BYTES = 32
_CACHED = 4096
_CACHED_FOR_S = 300.0
"""Other processes may go on using a destroyed key for so long."""
_KEYS = core(DossierKey)
_WRAPPED = select(_KEYS.c.wrapped).where(_KEYS.c.dossier == bindparam("dossier"))
_WRAPPED_MANY = select(_KEYS.c.dossier, _KEYS.c.wrapped).where(
    _KEYS.c.dossier.in_(bindparam("dossiers", expanding=True))
)
_INSERT = insert(_KEYS)


class KeyUnknown(Exception):
    """No key is kept for this dossier."""


class KeyDestroyed(KeyUnknown):
    """The dossier's key was destroyed; what it sealed is gone for good."""


class StoredKeys:
    """The keys of all dossiers and those that belong to none, 32 bytes each."""

    def __init__(self, database: Database, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            msg = "the master key must be 32 bytes"
            raise ValueError(msg)
        self._database = database
        self._wrapping = _derived(master_key, b"wrapping")
        self._shared = _derived(master_key, b"shared")
        self._searching = _derived(master_key, b"searching")
        self._cache: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def key_for(self, dossier: str) -> bytes:
        """The dossier's own key; raises `KeyUnknown`, or `KeyDestroyed`."""
        cached = self._cache.get(dossier)
        if cached is not None and cached[1] > monotonic():
            self._cache.move_to_end(dossier)
            return cached[0]
        row = await self._database.read(lambda c: c.execute(_WRAPPED, {"dossier": dossier}).first())
        if row is None:
            raise KeyUnknown("no key is kept for this dossier")
        if row.wrapped is None:
            raise KeyDestroyed("the dossier's key was destroyed")
        key = unseal(self._wrapping, row.wrapped, _place(dossier))
        self.remember(dossier, key)
        return key

    async def fetch(self, dossiers: Collection[str]) -> None:
        """Read many dossiers' keys at once: `key_for` then asks nobody."""
        missing = [each for each in dossiers if (kept := self._cache.get(each)) is None or kept[1] <= monotonic()]
        wanted = {"dossiers": sorted(missing)}
        rows = await self._database.read(lambda c: c.execute(_WRAPPED_MANY, wanted).all()) if missing else []
        for row in rows:
            if row.wrapped is not None:
                self.remember(row.dossier, unseal(self._wrapping, row.wrapped, _place(row.dossier)))

    def shared_key(self) -> bytes:
        """The key for what belongs to no dossier."""
        return self._shared

    def search_hash(self, kind: str, text: str) -> str:
        """A keyed hash, hex: equal texts of one kind can be found, none can be guessed without the master key."""
        return self.search_token(kind, text).hex()

    def search_token(self, kind: str, text: str) -> bytes:
        """`search_hash` as 16 bytes, for tables with many of them."""
        return hmac.digest(self._searching, f"{kind}\0{text}".encode(), sha256)[:16]

    def keep(self, connection: Connection, dossier: str, key: bytes) -> None:
        """Keep a new dossier's key within the caller's transaction; the caller made it, to seal before it began."""
        connection.execute(_INSERT, {"dossier": dossier, "wrapped": self.wrapped(dossier, key), "destroyed_at": None})

    def wrapped(self, dossier: str, key: bytes) -> bytes:
        """A dossier's key as it is kept."""
        return seal(self._wrapping, key, _place(dossier))

    def remember(self, dossier: str, key: bytes) -> None:
        """Spare the next reader a query; only for a key that is committed."""
        self._cache[dossier] = (key, monotonic() + _CACHED_FOR_S)
        self._cache.move_to_end(dossier)
        if len(self._cache) > _CACHED:
            self._cache.popitem(last=False)

    async def destroy(self, dossier: str) -> None:
        """Make everything that this dossier's key sealed unreadable, here at once, elsewhere within five minutes."""
        statement = (
            update(_KEYS)
            .where(_KEYS.c.dossier == dossier, _KEYS.c.destroyed_at.is_(None))
            .values(wrapped=None, destroyed_at=datetime.now(UTC))
        )
        await self._database.write(lambda c: c.execute(statement) and None)
        self._cache.pop(dossier, None)


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"lienthong/" + purpose).derive(master)


def _place(dossier: str) -> str:
    return f"key/{dossier}"
