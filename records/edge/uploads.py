"""Bytes sent along by citizens and clerks, sealed with their dossier's key."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, select

from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import insert_unless_there
from records.tables import edge
from records.tables.base import core

_TABLE = core(edge.Upload)
_GET = select(_TABLE.c.sealed).where(_TABLE.c.dossier == bindparam("dossier"), _TABLE.c.id == bindparam("id"))
_LARGE = 65_536
"""Bytes; sealing more than this leaves the event loop."""


class UploadUnknown(Exception):
    """No such bytes are kept for this dossier."""


@dataclass(frozen=True)
class Upload:
    """One attachment of a filing: what it is, its file name, the SHA-256 (hex) of its content."""

    kind: str
    name: str
    sha256: str
    content: bytes


class Uploads:
    """Bytes by dossier and id; the id follows from the content, so storing twice changes nothing."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def put(self, dossier: str, name: str, content: bytes) -> str:
        """Keep the bytes; returns their id."""
        key = await self._keys.key_for(dossier)
        row = await sealed_row(key, dossier, name, content)
        await self._database.write(lambda connection: insert_rows(connection, [row]))
        return str(row["id"])

    async def get(self, dossier: str, upload: str) -> bytes:
        """The bytes; raises `UploadUnknown`."""
        place = {"dossier": dossier, "id": upload}
        sealed = await self._database.read(lambda connection: connection.execute(_GET, place).scalar())
        if sealed is None:
            raise UploadUnknown("no such upload is kept")
        return unseal(await self._keys.key_for(dossier), sealed, _place(dossier, upload))


def upload_id(dossier: str, digest: str) -> str:
    """The id under which a dossier keeps content with this SHA-256 (hex)."""
    return sha256(f"{dossier}/{digest}".encode()).hexdigest()[:32]


async def sealed_row(key: bytes, dossier: str, name: str, content: bytes) -> dict[str, Any]:
    """The row for one upload."""
    if len(content) > _LARGE:
        return await asyncio.to_thread(_sealed_row, key, dossier, name, content)
    return _sealed_row(key, dossier, name, content)


def insert_rows(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep what is not kept yet."""
    connection.execute(insert_unless_there(connection.dialect.name, _TABLE), rows)


def _sealed_row(key: bytes, dossier: str, name: str, content: bytes) -> dict[str, Any]:
    upload = upload_id(dossier, sha256(content).hexdigest())
    place = _place(dossier, upload)
    return {
        "dossier": dossier,
        "id": upload,
        "stored_at": datetime.now(UTC),
        "sealed_name": seal(key, name.encode(), place + "/name"),
        "sealed": seal(key, content, place),
    }


def _place(dossier: str, upload: str) -> str:
    return f"upload/{dossier}/{upload}"
