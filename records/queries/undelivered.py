"""Statuses and notices that a partner refused or answered unreadably: what support must know of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from records.database import Database
from records.tables.base import core
from records.tables.outbox import OutboxRow

_TABLE = core(OutboxRow)
_TROUBLED = (
    select(_TABLE)
    .where(_TABLE.c.settled_at.is_(None), _TABLE.c.problem.is_not(None))
    .order_by(_TABLE.c.at, _TABLE.c.id)
    .limit(bindparam("limit_"))
)


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
    """The outbox as support sees it."""

    _database: Database

    async def undelivered(self, limit: int) -> list[UndeliveredRow]:
        """Messages with a problem, oldest first."""
        rows = await self._database.read(lambda c: c.execute(_TROUBLED, {"limit_": limit}).all())
        return [
            UndeliveredRow(
                row.partner,
                row.dossier,
                row.number,
                row.status,
                row.notice,
                row.at,
                row.attempts,
                row.problem,
                row.not_before,
            )
            for row in rows
        ]
