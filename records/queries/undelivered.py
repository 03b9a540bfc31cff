"""Statuses and notices that a partner refused or answered unreadably: what support must know of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.database import Database
from records.paging import Order, Page
from records.tables.base import core
from records.tables.outbox import OutboxRow

_TABLE = core(OutboxRow)
_SAID = Order("undelivered", _TABLE.c.at, _TABLE.c.key)
_LISTED = [*_TABLE.c, _SAID.instant.label("sort_at"), _SAID.id.label("sort_id")]


@dataclass(frozen=True)
class UndeliveredRow:
    """One message that waits for its next attempt; later ones of the same dossier to the same partner wait with it."""

    partner: str
    dossier: str
    number: int
    status: int | None
    notice: str | None
    at: datetime
    attempts: int
    problem: str
    next_attempt_at: datetime


class Undelivered:
    """The outbox as support sees it, a page at a time."""

    _database: Database

    async def undelivered(self, *, cursor: str | None, limit: int) -> Page[UndeliveredRow]:
        """Messages with a problem, oldest first. Raises `BadCursor`."""
        wanted = (_TABLE.c.settled_at.is_(None), _TABLE.c.problem.is_not(None), *_SAID.after(cursor))
        statement = select(*_LISTED).where(*wanted).order_by(*_SAID.by).limit(limit + 1)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return _SAID.page(
            rows,
            limit,
            lambda row: UndeliveredRow(
                row.partner,
                row.dossier,
                row.number,
                row.status,
                row.notice,
                row.at,
                row.attempts,
                row.problem,
                row.not_before,
            ),
        )
