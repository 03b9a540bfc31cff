"""What a dossier's partners, its applicant and its agencies' answers still wait for, and how it is brought now."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from contracts.agencies import Agency
from contracts.outbox import WaitingMessage
from records.database import Database
from records.edge.inbox import InboxState
from records.tables.base import core
from records.tables.edge import Callback
from records.tables.outbox import OutboxRow

_OUTBOX, _CALLBACKS = core(OutboxRow), core(Callback)
_UNTAKEN = (InboxState.UNMATCHED.value, InboxState.REFUSED.value)
_UNSETTLED = (
    select(_OUTBOX.c.partner, _OUTBOX.c.key, _OUTBOX.c.attempt_group, _OUTBOX.c.attempts, _OUTBOX.c.problem)
    .where(_OUTBOX.c.dossier == bindparam("dossier_"), _OUTBOX.c.settled_at.is_(None))
    .order_by(_OUTBOX.c.id)
)
_ANSWERS = select(_CALLBACKS.c.agency, _CALLBACKS.c.message_id).where(_CALLBACKS.c.dossier == bindparam("dossier_"))
_HEARD = (
    select(_OUTBOX.c.notice)
    .where(_OUTBOX.c.dossier == bindparam("dossier_"), _OUTBOX.c.notice.is_not(None))
    .order_by(_OUTBOX.c.id)
)
_HURRY = (
    update(_OUTBOX)
    .where(_OUTBOX.c.key == bindparam("key_"), _OUTBOX.c.dossier == bindparam("dossier_"))
    .where(_OUTBOX.c.settled_at.is_(None))
    .values(not_before=bindparam("now_"), attempts=0)
)
_RENEW = (
    update(_OUTBOX)
    .where(_OUTBOX.c.key == bindparam("key_"), _OUTBOX.c.dossier == bindparam("dossier_"))
    .where(_OUTBOX.c.attempt_group == bindparam("group_"), _OUTBOX.c.settled_at.is_(None))
    .values(attempt_group=_OUTBOX.c.attempt_group + 1)
)
_BRING = (
    update(_CALLBACKS)
    .where(_CALLBACKS.c.agency == bindparam("agency_"), _CALLBACKS.c.message_id == bindparam("message_id_"))
    .where(_CALLBACKS.c.state.in_(_UNTAKEN))
    .values(state=InboxState.RECEIVED.value)
)


class Deliveries:
    """Messages by name: an outbox row by its key, a callback as `callback/{agency}/{message id}`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, dossier: str, agency: Agency | None = None) -> tuple[str, ...]:
        """What was not brought: statuses and notices not taken, callbacks that no dossier took."""
        return await self._names(dossier, agency, _UNTAKEN)

    async def left(self, dossier: str, names: Iterable[str]) -> tuple[str, ...]:
        """Which of these are still not brought."""
        there = await self._names(dossier, None, (*_UNTAKEN, InboxState.RECEIVED.value))
        return tuple(name for name in names if name in there)

    async def messages(self, dossier: str, agency: Agency | None = None) -> tuple[WaitingMessage, ...]:
        """The statuses and notices among what was not brought."""
        rows = await self._database.read(lambda c: c.execute(_UNSETTLED, {"dossier_": dossier}).all())
        return tuple(
            WaitingMessage(
                name=row.key,
                partner=Agency(row.partner),
                attempt_group=row.attempt_group,
                attempts=row.attempts,
                problem=row.problem,
            )
            for row in rows
            if agency in {None, row.partner}
        )

    async def hurry(
        self, dossier: str, names: Iterable[str], now: datetime, *, renew: Iterable[WaitingMessage] = ()
    ) -> None:
        """Let couriers and relay bring these next, counting attempts afresh; `renew`: those that need a new key."""

        def work(connection: Connection) -> None:
            for each in renew:
                named = {"key_": each.name, "dossier_": dossier, "group_": each.attempt_group}
                connection.execute(_RENEW, named)
            for name in names:
                if name.startswith("callback/"):
                    _, agency, message_id = name.split("/", 2)
                    connection.execute(_BRING, {"agency_": agency, "message_id_": message_id})
                else:
                    connection.execute(_HURRY, {"key_": name, "dossier_": dossier, "now_": now})

        await self._database.write(work)

    async def heard(self, dossier: str) -> tuple[str, ...]:
        """What the applicant was written, or is about to be, each once."""
        rows = await self._database.read(lambda connection: connection.execute(_HEARD, {"dossier_": dossier}).all())
        return tuple(dict.fromkeys(row.notice for row in rows))

    async def _names(self, dossier: str, agency: Agency | None, states: tuple[str, ...]) -> tuple[str, ...]:
        place = {"dossier_": dossier}
        told, answers = await self._database.read(
            lambda connection: (
                connection.execute(_UNSETTLED, place).all(),
                connection.execute(_ANSWERS.where(_CALLBACKS.c.state.in_(states)), place).all(),
            )
        )
        names = [row.key for row in told if agency in {None, row.partner}]
        return (*names, *(f"callback/{row.agency}/{row.message_id}" for row in answers if agency in {None, row.agency}))
