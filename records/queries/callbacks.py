"""Agencies' late answers as support sees them: whose each is and what became of it; its words stay sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.database import Database
from records.edge.inbox import InboxState
from records.paging import Order, Page
from records.tables.base import core
from records.tables.edge import Callback

_TABLE = core(Callback)
_RECEIVED = Order("callbacks", _TABLE.c.received_at, _TABLE.c.message_id, newest_first=True)
_LISTED = [*_TABLE.c, _RECEIVED.instant.label("sort_at"), _RECEIVED.id.label("sort_id")]


@dataclass(frozen=True)
class CallbackRow:
    """A message in the list."""

    agency: str
    message_id: str
    dossier: str | None
    step: str
    state: str
    received_at: datetime


class Callbacks:
    """The inbox, a page at a time."""

    _database: Database

    async def callbacks(self, state: InboxState, *, cursor: str | None, limit: int) -> Page[CallbackRow]:
        """Messages in a state, newest first. Raises `BadCursor`."""
        wanted = (_TABLE.c.state == state.value, *_RECEIVED.after(cursor))
        statement = select(*_LISTED).where(*wanted).order_by(*_RECEIVED.by).limit(limit + 1)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return _RECEIVED.page(
            rows,
            limit,
            lambda row: CallbackRow(row.agency, row.message_id, row.dossier, row.step, row.state, row.received_at),
        )
