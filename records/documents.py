"""Documents handed over: every version for good, what was prepared for a signer, how a signature was judged."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, select

from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import insert_or_replace, insert_unless_there
from records.tables import documents
from records.tables.base import core

_DOCUMENTS, _PREPARATIONS, _VERDICTS = (
    core(documents.Document),
    core(documents.Preparation),
    core(documents.Verdict),
)
_DOCUMENT = select(_DOCUMENTS).where(_DOCUMENTS.c.dossier == bindparam("dossier"), _DOCUMENTS.c.id == bindparam("id"))
_DIGEST = select(_DOCUMENTS.c.sha256).where(
    _DOCUMENTS.c.dossier == bindparam("dossier"), _DOCUMENTS.c.id == bindparam("id")
)
_PLACED = select(_DOCUMENTS.c.dossier, _DOCUMENTS.c.kind, _DOCUMENTS.c.version, _DOCUMENTS.c.sha256).where(
    _DOCUMENTS.c.id == bindparam("id")
)
_PREPARATION = select(_PREPARATIONS.c.sealed).where(
    _PREPARATIONS.c.dossier == bindparam("dossier"),
    _PREPARATIONS.c.document == bindparam("document"),
    _PREPARATIONS.c.person == bindparam("person"),
)
_VERDICT = select(_VERDICTS.c.sealed).where(
    _VERDICTS.c.dossier == bindparam("dossier"), _VERDICTS.c.document == bindparam("document")
)
_LARGE = 65_536
"""Bytes; sealing more than this leaves the event loop."""


class DocumentUnknown(Exception):
    """No such document is kept for this dossier."""


class DocumentDiffers(Exception):
    """Other bytes are kept under this id: a version never changes."""


@dataclass(frozen=True)
class Placed:
    """Which version of which dossier's document an id names, and what its bytes hash to."""

    dossier: str
    kind: str
    version: int
    sha256: str


@dataclass(frozen=True)
class StoredDocument:
    """One version of a document, and what is known of it."""

    dossier: str
    id: str
    kind: str
    version: int
    sha256: str
    content: bytes


@dataclass(frozen=True)
class Preparation:
    """A draft made ready for one person: the signing state, and the hash that the person's key signs."""

    state: bytes
    hash_to_sign: bytes


class DocumentStore:
    """Documents by dossier and id, sealed with the dossier's key."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def put(
        self,
        dossier: str,
        document: str,
        kind: str,
        version: int,
        content: bytes,
        *,
        verdict: dict[str, Any] | None = None,
    ) -> str:
        """Keep a version, and with it what its verification found; returns its SHA-256, hex.

        The same again is fine; other bytes raise `DocumentDiffers`, and both stay as they are.
        """
        digest = sha256(content).hexdigest()
        row = {
            "dossier": dossier,
            "id": document,
            "kind": kind,
            "version": version,
            "sha256": digest,
            "stored_at": datetime.now(UTC),
            "sealed": await self._sealed(dossier, content, f"document/{dossier}/{document}"),
        }
        judged = await self._judged(dossier, document, verdict) if verdict is not None else None

        def put(connection: Connection) -> str:
            connection.execute(insert_unless_there(connection.dialect.name, _DOCUMENTS), row)
            kept = str(connection.execute(_DIGEST, {"dossier": dossier, "id": document}).scalar_one())
            if judged and kept == digest:
                connection.execute(insert_or_replace(connection.dialect.name, _VERDICTS), judged)
            return kept

        if await self._database.write(put) != digest:
            raise DocumentDiffers("other bytes are kept under this id")
        return digest

    async def get(self, dossier: str, document: str) -> StoredDocument:
        """A version as it was put; raises `DocumentUnknown`."""
        place = {"dossier": dossier, "id": document}
        row = await self._database.read(lambda connection: connection.execute(_DOCUMENT, place).first())
        if row is None:
            raise DocumentUnknown("no such document is kept")
        content = unseal(await self._keys.key_for(dossier), row.sealed, f"document/{dossier}/{document}")
        return StoredDocument(dossier, document, row.kind, row.version, row.sha256, content)

    async def placed(self, document: str) -> Placed | None:
        """Where a document is kept, for those who know nothing but its id."""
        row = await self._database.read(lambda connection: connection.execute(_PLACED, {"id": document}).first())
        return Placed(row.dossier, row.kind, row.version, row.sha256) if row is not None else None

    async def content(self, dossier: str, document: str) -> bytes:
        """The bytes alone; raises `DocumentUnknown`."""
        return (await self.get(dossier, document)).content

    async def put_preparation(  # the parts of one preparation
        self,
        dossier: str,
        document: str,
        person: str,
        *,
        state: bytes,
        hash_to_sign: bytes,
        replace: bool = False,
    ) -> Preparation:
        """Keep what was prepared, and give what is kept: the first, since a PIN may be bound to it already.

        `replace` overwrites it, when the person's certificate has changed meanwhile.
        """
        content = len(hash_to_sign).to_bytes(2) + hash_to_sign + state
        sealed = await self._sealed(dossier, content, _prepared(dossier, document, person))
        place = {"dossier": dossier, "document": document, "person": person}
        build = insert_or_replace if replace else insert_unless_there

        def put(connection: Connection) -> bytes:
            connection.execute(build(connection.dialect.name, _PREPARATIONS), place | {"sealed": sealed})
            return bytes(connection.execute(_PREPARATION, place).scalar_one())

        return await self._preparation(place, await self._database.write(put))

    async def preparation(self, dossier: str, document: str, person: str) -> Preparation | None:
        """What was prepared for this person, if anything was."""
        place = {"dossier": dossier, "document": document, "person": person}
        sealed = await self._database.read(lambda connection: connection.execute(_PREPARATION, place).scalar())
        return await self._preparation(place, sealed) if sealed is not None else None

    async def put_verdict(self, dossier: str, document: str, verdict: dict[str, Any]) -> None:
        """Keep what the verification found; a later verification replaces it."""
        row = await self._judged(dossier, document, verdict)
        await self._database.write(lambda c: c.execute(insert_or_replace(c.dialect.name, _VERDICTS), row) and None)

    async def verdict(self, dossier: str, document: str) -> dict[str, Any] | None:
        """What the verification found, if there was one."""
        place = {"dossier": dossier, "document": document}
        sealed = await self._database.read(lambda connection: connection.execute(_VERDICT, place).scalar())
        if sealed is None:
            return None
        key = await self._keys.key_for(dossier)
        found: dict[str, Any] = json.loads(unseal(key, sealed, f"verdict/{dossier}/{document}"))
        return found

    async def _judged(self, dossier: str, document: str, verdict: dict[str, Any]) -> dict[str, Any]:
        content = json.dumps(verdict, ensure_ascii=False).encode()
        sealed = await self._sealed(dossier, content, f"verdict/{dossier}/{document}")
        return {"dossier": dossier, "document": document, "sealed": sealed}

    async def _sealed(self, dossier: str, content: bytes, context: str) -> bytes:
        key = await self._keys.key_for(dossier)
        if len(content) > _LARGE:
            return await asyncio.to_thread(seal, key, content, context)
        return seal(key, content, context)

    async def _preparation(self, place: dict[str, str], sealed: bytes) -> Preparation:
        key = await self._keys.key_for(place["dossier"])
        content = unseal(key, sealed, _prepared(place["dossier"], place["document"], place["person"]))
        end = 2 + int.from_bytes(content[:2])
        return Preparation(state=content[end:], hash_to_sign=content[2:end])


def draft_of(published: str, digest: str) -> str:
    """The id of a draft names its bytes: a version may be drawn up more than once before it is signed."""
    return f"{published}.{digest[:16]}.draft"


def draft_with(draft: str, digest: str) -> str:
    """The draft of the same version as this one that has these bytes, if there is one."""
    return draft_of(draft.rsplit(".", 2)[0], digest)


def with_token(person: str, fingerprint: str) -> str:
    """Stands for a person where a draft is prepared for one certificate of their token, not for the signing service."""
    return f"{person}/{fingerprint}"


def _prepared(dossier: str, document: str, person: str) -> str:
    return f"preparation/{dossier}/{document}/{person}"
