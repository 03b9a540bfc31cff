"""Late answers of agencies: stored before they are acknowledged, then handed to the dossier."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import inserted
from records.tables.base import core
from records.tables.edge import Callback

_TABLE = core(Callback)
_HERE = (_TABLE.c.agency == bindparam("agency_")) & (_TABLE.c.message_id == bindparam("message_id_"))
_ONE = select(_TABLE).where(_HERE)
_SETTLE = update(_TABLE).where(_HERE).values(state=bindparam("state_"))
_BY_STATE = (
    select(_TABLE)
    .where(_TABLE.c.state == bindparam("state_"))
    .order_by(_TABLE.c.received_at, _TABLE.c.message_id)
    .limit(bindparam("limit_"))
)


class InboxState(StrEnum):
    """`unmatched`: no dossier waits for it; `refused`: the dossier would not take it."""

    RECEIVED = "received"
    DELIVERED = "delivered"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"
    REFUSED = "refused"


@dataclass(frozen=True)
class InboxItem:
    """One message of an agency; `new` is false when it was stored before."""

    agency: str
    message_id: str
    dossier: str | None
    step: str
    reference: str
    body: bytes
    state: InboxState
    received_at: datetime
    new: bool = False


class Inbox:
    """Messages by agency and message id, sealed with the shared key: they may belong to no dossier of ours."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def store(  # the parts of one message
        self, *, agency: str, message_id: str, dossier: str | None, step: str, reference: str, body: bytes
    ) -> InboxItem:
        """Keep a message; a repeated id gives what was stored first."""
        text = reference.encode()
        content = len(text).to_bytes(4) + text + body
        row = {
            "agency": agency,
            "message_id": message_id,
            "dossier": dossier,
            "step": step,
            "state": InboxState.RECEIVED.value,
            "received_at": datetime.now(UTC),
            "sealed": seal(self._keys.shared_key(), content, _place(agency, message_id)),
        }

        def store(connection: Connection) -> tuple[bool, Row[Any]]:
            new = inserted(connection, _TABLE, row)
            place = {"agency_": agency, "message_id_": message_id}
            return new, connection.execute(_ONE, place).one()

        new, stored = await self._database.write(store)
        return self._item(stored, new=new)

    async def settle(self, agency: str, message_id: str, state: InboxState) -> None:
        """Say what became of a message."""
        place = {"agency_": agency, "message_id_": message_id, "state_": state.value}
        await self._database.write(lambda connection: connection.execute(_SETTLE, place) and None)

    async def waiting(self, limit: int) -> list[InboxItem]:
        """What has not been handed over yet, oldest first."""
        return await self.listing(InboxState.RECEIVED, limit)

    async def listing(self, state: InboxState, limit: int) -> list[InboxItem]:
        """Messages in a state, oldest first."""
        wanted = {"state_": state.value, "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_BY_STATE, wanted).all())
        return [self._item(row) for row in rows]

    def _item(self, row: Row[Any], *, new: bool = False) -> InboxItem:
        content = unseal(self._keys.shared_key(), row.sealed, _place(row.agency, row.message_id))
        end = 4 + int.from_bytes(content[:4])
        return InboxItem(
            agency=row.agency,
            message_id=row.message_id,
            dossier=row.dossier,
            step=row.step,
            reference=content[4:end].decode(),
            body=content[end:],
            state=InboxState(row.state),
            received_at=row.received_at,
            new=new,
        )


def _place(agency: str, message_id: str) -> str:
    return f"callback/{agency}/{message_id}"
