"""Histories of closed dossiers, kept for good: the engine forgets them after a year; payloads stay sealed in them."""

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import and_, bindparam, exists, func, or_, select

from contracts.dossier import Group
from records.database import Database
from records.statements import inserted
from records.tables import journal, support
from records.tables.base import core

_TABLE, _DOSSIERS = core(support.ArchivedHistory), core(journal.Dossier)
_KEPT = exists().where(_TABLE.c.dossier == _DOSSIERS.c.code, _TABLE.c.run == _DOSSIERS.c.epoch)
"""Of the run that closed: a dossier that the engine was made to run again counts anew."""
_MISSING = (_DOSSIERS.c.closed_at.is_not(None), ~_KEPT)
_AFTER = or_(
    _DOSSIERS.c.closed_at > bindparam("closed_after"),
    and_(_DOSSIERS.c.closed_at == bindparam("closed_after"), _DOSSIERS.c.code > bindparam("code_after")),
)
_DUE = (
    select(_DOSSIERS.c.code, _DOSSIERS.c.group, _DOSSIERS.c.epoch, _DOSSIERS.c.closed_at)
    .where(
        *_MISSING,
        _DOSSIERS.c.closed_at >= bindparam("closed_after"),
        _AFTER,
        _DOSSIERS.c.closed_at <= bindparam("until"),
    )
    .order_by(_DOSSIERS.c.closed_at, _DOSSIERS.c.code)
    .limit(bindparam("limit_"))
)
_HISTORY = (
    select(_TABLE.c.content)
    .where(_TABLE.c.dossier == bindparam("dossier_"))
    .order_by(_TABLE.c.archived_at.desc())
    .limit(1)
)
_COUNTS = select(func.count(), func.sum(func.length(_TABLE.c.content)), func.max(_TABLE.c.archived_at))
_WAITING = select(func.count(), func.min(_DOSSIERS.c.closed_at)).where(*_MISSING)
Place: TypeAlias = tuple[datetime, str]
"""When a dossier closed, and its code."""
START: Place = (datetime.min.replace(tzinfo=UTC), "")


@dataclass(frozen=True)
class ClosedDossier:
    """A dossier whose history is to be kept; `run`: as the engine names it."""

    code: str
    group: Group
    run: str
    closed_at: datetime

    @property
    def place(self) -> Place:
        """Where to go on after it."""
        return self.closed_at, self.code


@dataclass(frozen=True)
class ArchiveStatus:
    """How many histories are kept and missing; `waits_since`: when the first of the missing ones closed."""

    kept: int
    bytes: int
    newest_at: datetime | None
    missing: int
    waits_since: datetime | None


class Archive:
    """One history a run, never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, after: Place, until: datetime, limit: int) -> list[ClosedDossier]:
        """Dossiers that closed by then and are not kept, oldest first, after a place."""
        closed_after, code_after = after
        wanted = {"closed_after": closed_after, "code_after": code_after, "until": until, "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_DUE, wanted).all())
        return [ClosedDossier(row.code, Group(row.group), row.epoch, row.closed_at) for row in rows]

    async def keep(self, dossier: str, run: str, events: int, history: str, now: datetime) -> bool:
        """Keep a history as the engine tells it; whether it was not kept before."""
        content = gzip.compress(history.encode(), mtime=0)
        row = {"dossier": dossier, "run": run, "archived_at": now, "events": events, "content": content}
        return await self._database.write(lambda connection: inserted(connection, _TABLE, row))

    async def history(self, dossier: str) -> str | None:
        """The history that was kept last, as the engine told it."""
        content = await self._database.read(lambda c: c.execute(_HISTORY, {"dossier_": dossier}).scalar())
        return gzip.decompress(content).decode() if content is not None else None

    async def status(self) -> ArchiveStatus:
        """How far the archive is."""
        kept, waiting = await self._database.read(lambda c: (c.execute(_COUNTS).one(), c.execute(_WAITING).one()))
        return ArchiveStatus(kept[0], kept[1] or 0, kept[2], waiting[0], waiting[1])
