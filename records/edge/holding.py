"""Tasks in hand: who has taken which, and every change of hands, kept for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import inserted
from records.tables import sessions
from records.tables.base import core

_HOLDERS, _HAND_OVERS = core(sessions.TaskHolder), core(sessions.TaskHandOver)
_PRESENT = select(_HOLDERS).where(_HOLDERS.c.task == bindparam("task_")).with_for_update()
_PASS = (
    update(_HOLDERS)
    .where(_HOLDERS.c.task == bindparam("task_"))
    .values(person=bindparam("person_"), since=bindparam("since_"))
)
_LET_GO = delete(_HOLDERS).where(_HOLDERS.c.task == bindparam("task_"))
_NOTE = insert(_HAND_OVERS)
_CHANGES = select(_HAND_OVERS).where(_HAND_OVERS.c.task == bindparam("task_")).order_by(_HAND_OVERS.c.id)


@dataclass(frozen=True)
class InHand:
    """Who has a task in hand (an account id), and since when; `name`: what the register of accounts calls them."""

    person: str
    since: datetime
    name: str | None = None


@dataclass(frozen=True)
class HandOver:
    """A change of hands: `before` none, it was free; `after` none, it was put back for anyone."""

    at: datetime
    by: str
    before: str | None
    after: str | None
    reason: str | None


class TaskHeld(Exception):
    """Somebody else has the task in hand."""

    def __init__(self, present: InHand) -> None:
        super().__init__("somebody else has the task in hand")
        self.present = present


class Holding:
    """Who has which task in hand. Asking for what already is so changes nothing and is noted nowhere."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def take(self, task: str, by: str, now: datetime, before: str | None = None) -> InHand:
        """Take a task that is free, or that `before` has, into one's own hand. Raises `TaskHeld`."""
        return await self._pass(task, by, by, now, allowed={by, before})

    async def hand_over(self, task: str, by: str, to: str, now: datetime, reason: str | None = None) -> InHand:
        """Give a task that is free, or one's own, into somebody else's hand. Raises `TaskHeld`."""
        return await self._pass(task, by, to, now, allowed={by, to}, reason=reason)

    async def put_back(self, task: str, by: str, now: datetime) -> None:
        """Let anyone take it. Raises `TaskHeld`."""

        def work(connection: Connection) -> None:
            row = connection.execute(_PRESENT, {"task_": task}).first()
            if row is None:
                return
            if row.person != by:
                raise TaskHeld(_in_hand(row))
            connection.execute(_LET_GO, {"task_": task})
            self._note(connection, task, by, now, before=by)

        await self._database.write(work)

    async def done(self, task: str) -> None:
        """Whoever had it in hand has it no more: it was decided, which the journal tells."""
        await self._database.write(lambda connection: connection.execute(_LET_GO, {"task_": task}) and None)

    async def changes(self, task: str) -> tuple[HandOver, ...]:
        """Every change of hands, the first one first."""
        rows = await self._database.read(lambda connection: connection.execute(_CHANGES, {"task_": task}).all())
        return tuple(HandOver(row.at, row.by, row.before, row.after, self._reason(row)) for row in rows)

    async def _pass(
        self, task: str, by: str, to: str, now: datetime, *, allowed: set[str | None], reason: str | None = None
    ) -> InHand:
        taken = {"task": task, "person": to, "since": now}

        def work(connection: Connection) -> InHand:
            while not inserted(connection, _HOLDERS, taken):
                row = connection.execute(_PRESENT, {"task_": task}).first()
                if row is None:
                    continue  # put back in between
                if row.person == to:
                    return _in_hand(row)
                if row.person not in allowed:
                    raise TaskHeld(_in_hand(row))
                connection.execute(_PASS, {"task_": task, "person_": to, "since_": now})
                self._note(connection, task, by, now, before=row.person, after=to, reason=reason)
                return InHand(to, now)
            self._note(connection, task, by, now, after=to, reason=reason)
            return InHand(to, now)

        return await self._database.write(work)

    def _note(
        self,
        connection: Connection,
        task: str,
        by: str,
        now: datetime,
        *,
        before: str | None = None,
        after: str | None = None,
        reason: str | None = None,
    ) -> None:
        sealed = seal(self._keys.shared_key(), reason.encode(), _place(task)) if reason else None
        connection.execute(
            _NOTE, {"task": task, "at": now, "by": by, "before": before, "after": after, "sealed": sealed}
        )

    def _reason(self, row: Row[Any]) -> str | None:
        return unseal(self._keys.shared_key(), row.sealed, _place(row.task)).decode() if row.sealed else None


def _in_hand(row: Row[Any]) -> InHand:
    return InHand(row.person, row.since)


def _place(task: str) -> str:
    return f"hand-over/{task}"
