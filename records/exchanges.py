"""What was said between us and an agency, kept for support, never at the cost of the call itself."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.exc import SQLAlchemyError

from records.database import Database
from records.keys import KeyUnknown, StoredKeys
from records.sealing import seal, unseal
from records.tables import exchanges
from records.tables.base import core

_TABLE = core(exchanges.Exchange)
_INSERT = insert(_TABLE)
_OF = select(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_")).order_by(_TABLE.c.id).limit(bindparam("limit_"))
_WAITING_AT_MOST = 2000
_BATCH = 200
_EVERY_S = 0.05
_KEPT_CHARACTERS = 100_000
"""Of each request and answer: a PDF in base64 is told by its beginning."""


class Said(Protocol):
    """An exchange as the adapters tell it."""

    @property
    def agency(self) -> str: ...
    @property
    def dossier(self) -> str | None: ...
    @property
    def step(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...
    @property
    def attempt(self) -> int: ...
    @property
    def request(self) -> str | bytes: ...
    @property
    def answer(self) -> str | bytes | None: ...
    @property
    def status(self) -> int | None: ...
    @property
    def duration_ms(self) -> float: ...


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; no `status` and no `answer`: none came."""

    agency: str
    dossier: str | None
    step: str | None
    key: str | None
    attempt: int
    request: str
    answer: str | None
    status: int | None
    duration_ms: float
    at: datetime


class ExchangeLog:
    """A log that fills in the background: full, or out of order with the database, it drops and counts."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys
        self._waiting: deque[Exchange] = deque()
        self._flusher: asyncio.Task[None] | None = None
        self.dropped = 0
        """How many exchanges were never kept."""

    def record(self, exchange: Said) -> None:
        """Take note of an exchange; returns at once, from within a running event loop."""
        if len(self._waiting) >= _WAITING_AT_MOST:
            self.dropped += 1
            return
        kept = Exchange(
            agency=str(exchange.agency),
            dossier=exchange.dossier,
            step=exchange.step,
            key=exchange.key,
            attempt=exchange.attempt,
            request=_text(exchange.request),
            answer=None if exchange.answer is None else _text(exchange.answer),
            status=exchange.status,
            duration_ms=exchange.duration_ms,
            at=datetime.now(UTC),
        )
        self._waiting.append(kept)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_until_empty())

    async def of(self, dossier: str, limit: int = 500) -> list[Exchange]:
        """A dossier's exchanges, in order."""
        wanted = {"dossier_": dossier, "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_OF, wanted).all())
        if not rows:
            return []
        key = await self._keys.key_for(dossier)
        return [opened(row, key) for row in rows]

    async def aclose(self) -> None:
        """Keep what is still waiting."""
        if self._flusher is not None:
            await self._flusher

    async def _flush_until_empty(self) -> None:
        while self._waiting:
            await asyncio.sleep(_EVERY_S)
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            kept = 0
            with suppress(SQLAlchemyError):  # a log that cannot be written must not stop the calls that it tells of
                kept = await self._keep(batch)
            self.dropped += len(batch) - kept

    async def _keep(self, batch: list[Exchange]) -> int:
        rows = [row for each in batch if (row := await self._row(each)) is not None]
        if rows:
            await self._database.write(lambda connection: connection.execute(_INSERT, rows) and None)
        return len(rows)

    async def _row(self, exchange: Exchange) -> dict[str, Any] | None:
        try:
            key = await self._keys.key_for(exchange.dossier) if exchange.dossier else self._keys.shared_key()
        except KeyUnknown:
            return None  # erased, or not a dossier of ours
        content = json.dumps([exchange.request, exchange.answer], ensure_ascii=False).encode()
        return {
            "agency": exchange.agency,
            "dossier": exchange.dossier,
            "step": exchange.step,
            "key": exchange.key,
            "attempt": exchange.attempt,
            "status": exchange.status,
            "duration_ms": exchange.duration_ms,
            "at": exchange.at,
            "sealed": seal(key, content, _place(exchange.dossier, exchange.key)),
        }


def opened(row: Row[Any], key: bytes) -> Exchange:
    """A stored exchange, with what was said."""
    request, answer = json.loads(unseal(key, row.sealed, _place(row.dossier, row.key)))
    return Exchange(
        agency=row.agency,
        dossier=row.dossier,
        step=row.step,
        key=row.key,
        attempt=row.attempt,
        request=request,
        answer=answer,
        status=row.status,
        duration_ms=row.duration_ms,
        at=row.at,
    )


def _text(said: str | bytes) -> str:
    cut = said[:_KEPT_CHARACTERS]
    return cut.decode("utf-8", "replace") if isinstance(cut, bytes) else cut


def _place(dossier: str | None, key: str | None) -> str:
    return f"exchange/{dossier or ''}/{key or ''}"
