"""Claims: a filing is kept, once, before anything starts."""

import json
import os
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from contracts.dossier import Group
from contracts.filings import FILINGS, Filing
from contracts.openings import AnyOpening, read_opening
from contracts.people import PaperRef
from records.database import Database
from records.edge.differing import differing
from records.edge.uploads import Upload, insert_rows, sealed_row
from records.keys import KEY_BYTES, KeyDestroyed, StoredKeys
from records.sealing import seal, unseal
from records.tables import edge, journal
from records.tables.base import core
from records.zone import legal_day

PREFIX = "G22.99.08"
"""Organisation code of the linked-services hub."""
_TABLE = core(edge.Claim)
_DOSSIERS = core(journal.Dossier)
_MINE = select(_TABLE).where(_TABLE.c.client == bindparam("client"), _TABLE.c.key_hash == bindparam("key_hash"))
_CODE = select(_TABLE.c.code).where(_TABLE.c.client == bindparam("client"), _TABLE.c.key_hash == bindparam("key_hash"))
_INSERT = insert(_TABLE)
_OWNER = select(_TABLE.c.client).where(_TABLE.c.code == bindparam("code"))
_STARTED = update(_TABLE).where(_TABLE.c.code == bindparam("code_"), not_(_TABLE.c.started)).values(started=True)
_UNSTARTED = (
    select(_TABLE.c.code, _TABLE.c.sealed_opening)
    .where(not_(_TABLE.c.started), _TABLE.c.claimed_at < bindparam("before"))
    .order_by(_TABLE.c.claimed_at)
    .limit(bindparam("limit_"))
)
_OPENINGS = select(_TABLE.c.code, _TABLE.c.sealed_opening, _TABLE.c.group, _DOSSIERS.c.sealed_filing).select_from(
    _TABLE.outerjoin(_DOSSIERS, _DOSSIERS.c.code == _TABLE.c.code)
)
_OPENED: Select[Any] = _OPENINGS.where(_TABLE.c.code == bindparam("code"))
_OPENED_MANY: Select[Any] = _OPENINGS.where(_TABLE.c.code.in_(bindparam("codes", expanding=True)))

MakeOpening = Callable[[str, tuple[PaperRef, ...]], AnyOpening]
"""From the chosen code and the stored papers to how the dossier starts."""


class Purpose(StrEnum):
    """What a key stands for; keys of different purposes never meet, though their client is the same."""

    FILING = "idempotency"
    REVERSAL = "reversal"
    DIFFERENCE = "difference"
    REOPENING = "reopening"


@dataclass(frozen=True)
class Claim:
    """What is kept under (client, key); `differing`: JSON pointers to the fields in which a repeat differs."""

    code: str
    created: bool
    differing: tuple[str, ...]
    opening: AnyOpening
    started: bool


@dataclass(frozen=True)
class ClaimRequest:
    """One filing as it was sent; `body` is plain JSON in which attachments are kind, name and sha256 alone."""

    client: str
    key: str
    purpose: Purpose
    group: str
    office: str
    filed_at: datetime
    body: dict[str, Any]
    uploads: Sequence[Upload]
    opening: MakeOpening


@dataclass(frozen=True)
class _Draft:
    """A claim sealed under a code of its own, ready for one short transaction."""

    code: str
    key: bytes
    opening: AnyOpening
    row: dict[str, Any]
    uploads: list[dict[str, Any]]


class Claims:
    """Filings by client and idempotency key; what an office opens, by a key that the purpose fixes."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def claim(  # the fields of one filing
        self,
        *,
        client: str,
        key: str,
        group: str,
        office: str,
        filed_at: datetime,
        body: dict[str, Any],
        uploads: Sequence[Upload],
        opening: MakeOpening,
        purpose: Purpose = Purpose.FILING,
    ) -> Claim:
        """Keep a filing the first time; tell what is kept every other time. One code for each (client, key)."""
        request = ClaimRequest(client, key, purpose, group, office, filed_at, body, uploads, opening)
        mine = self._place(client, key, purpose)
        stored = await self._database.read(lambda connection: connection.execute(_MINE, mine).first())
        while stored is None:
            draft = await self._draft(request, mine)
            try:
                await self._database.write(partial(self._insert, draft))
            except IntegrityError:  # another was first with this key, or has this code: look again
                stored = await self._database.read(lambda connection: connection.execute(_MINE, mine).first())
                continue
            self._keys.remember(draft.code, draft.key)
            return Claim(draft.code, created=True, differing=(), opening=draft.opening, started=False)
        return await self._repeated(stored, request)

    async def known(self, client: str, key: str, purpose: Purpose) -> str | None:
        """The code that is claimed under a key; none while nothing is."""
        place = self._place(client, key, purpose)
        return await self._database.read(lambda connection: connection.execute(_CODE, place).scalar())

    async def unstarted(self, older_than_s: float, limit: int) -> list[AnyOpening]:
        """Filings claimed at least so long ago whose dossier was never seen to start, oldest first."""
        wanted = {"before": datetime.now(UTC) - timedelta(seconds=older_than_s), "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_UNSTARTED, wanted).all())
        openings = []
        for row in rows:
            try:
                openings.append(await self._opening(row.code, row.sealed_opening))
            except (KeyDestroyed, ValueError):
                continue  # erased before it started, or not readable by this version: it holds no other
        return openings

    async def mark_started(self, code: str) -> None:
        """The dossier runs: the relay need not look after it."""
        await self._database.write(lambda connection: connection.execute(_STARTED, {"code_": code}) and None)

    async def owner(self, code: str) -> str | None:
        """The client that filed it; none for an unknown code."""
        return await self._database.read(lambda connection: connection.execute(_OWNER, {"code": code}).scalar())

    async def filing(self, code: str) -> Filing | None:
        """The filing as it now stands: with the citizen's later changes, or as it was claimed."""
        opening = await self.opening(code)
        return opening.filing if opening else None

    async def filings(self, codes: Collection[str]) -> dict[str, Filing]:
        """Many filings as they now stand, by code, in two questions however many there are."""
        wanted = {"codes": sorted(set(codes))}
        rows = await self._database.read(lambda connection: connection.execute(_OPENED_MANY, wanted).all())
        await self._keys.fetch(wanted["codes"])
        return {row.code: await self._filing(row) or (await self._opening(*row[:2])).filing for row in rows}

    async def opening(self, code: str) -> AnyOpening | None:
        """How the dossier started, with the filing as it now stands; none for an unknown code."""
        row = await self._database.read(lambda connection: connection.execute(_OPENED, {"code": code}).first())
        if row is None:
            return None
        opening, filing = await self._opening(code, row.sealed_opening), await self._filing(row)
        return opening.model_copy(update={"filing": filing}) if filing else opening

    def _place(self, client: str, key: str, purpose: Purpose) -> dict[str, Any]:
        return {"client": client, "key_hash": self._keys.search_token(purpose, key)}

    async def _draft(self, request: ClaimRequest, mine: dict[str, Any]) -> _Draft:
        code = f"{PREFIX}-{legal_day(request.filed_at):%y%m%d}-{secrets.randbelow(1_000_000):06}"
        key = os.urandom(KEY_BYTES)
        uploads = [await sealed_row(key, code, each.name, each.content) for each in request.uploads]
        papers = tuple(
            PaperRef(kind=each.kind, name=each.name, sha256=each.sha256, blob=row["id"])
            for each, row in zip(request.uploads, uploads, strict=True)
        )
        opening = request.opening(code, papers)
        row = {
            **mine,
            "code": code,
            "group": request.group,
            "office": request.office,
            "filed_at": request.filed_at,
            "claimed_at": datetime.now(UTC),
            "started": False,
            "sealed_body": seal(key, json.dumps(request.body, ensure_ascii=False).encode(), f"body/{code}"),
            "sealed_opening": seal(key, opening.model_dump_json().encode(), f"opening/{code}"),
        }
        return _Draft(code, key, opening, row, uploads)

    def _insert(self, draft: _Draft, connection: Connection) -> None:
        self._keys.keep(connection, draft.code, draft.key)
        connection.execute(_INSERT, draft.row)
        if draft.uploads:
            insert_rows(connection, draft.uploads)

    async def _repeated(self, stored: Row[Any], request: ClaimRequest) -> Claim:
        key = await self._keys.key_for(stored.code)
        body = json.loads(unseal(key, stored.sealed_body, f"body/{stored.code}"))
        sent = json.loads(json.dumps(request.body))
        opening = await self._opening(stored.code, stored.sealed_opening)
        return Claim(
            stored.code, created=False, differing=differing(body, sent), opening=opening, started=stored.started
        )

    async def _filing(self, row: Row[Any]) -> Filing | None:
        """With the citizen's later changes; none where it stands as it was claimed."""
        if row.sealed_filing is None:
            return None
        opened = unseal(await self._keys.key_for(row.code), row.sealed_filing, f"filing/{row.code}")
        return FILINGS[Group(row.group)].model_validate_json(opened)

    async def _opening(self, code: str, sealed: bytes) -> AnyOpening:
        return read_opening(unseal(await self._keys.key_for(code), sealed, f"opening/{code}"))
