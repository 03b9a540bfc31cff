"""Replays of many: what was selected, who approved it, how far it is; what people write is sealed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from contracts.causes import Act
from contracts.replays import (
    ItemProblem,
    ItemState,
    PauseReason,
    ReplayNote,
    ReplayOrder,
    ReplayState,
    ReplayTold,
    Selection,
)
from records.database import Database
from records.keys import StoredKeys
from records.paging import Order, Page
from records.sealing import seal, unseal
from records.statements import inserted
from records.support.replay_items import ReplayItems
from records.support.selecting import Chosen
from records.tables import support
from records.tables.base import core

_REPLAYS, _ITEMS = core(support.Replay), core(support.ReplayItem)
_BY_TIME = Order("replays", _REPLAYS.c.asked_at, _REPLAYS.c.id, newest_first=True)
_ONE = select(_REPLAYS).where(_REPLAYS.c.id == bindparam("id_"))
_LOCKED = _ONE.with_for_update()
_FIXED = (
    select(_ITEMS.c.number, _ITEMS.c.dossier, _ITEMS.c.place)
    .where(_ITEMS.c.replay == bindparam("replay_"))
    .order_by(_ITEMS.c.number)
)
_TO_START = select(_REPLAYS.c.id).where(
    _REPLAYS.c.state == ReplayState.APPROVED.value, _REPLAYS.c.approved_at < bindparam("before")
)


class ReplayUnknown(Exception):
    """There is no such replay."""


class ReplayNotWaiting(Exception):
    """It waits for no second person: decided before, or expired."""


@dataclass(frozen=True)
class ReplayRow:
    """A replay in a list, nothing that anybody wrote; `selection_hash`: what an approval names."""

    id: str
    act: Act
    state: ReplayState
    by: str
    asked_at: datetime
    selection: dict[str, Any]
    selection_hash: str
    selected: int
    rate: float
    expires_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    paused_because: PauseReason | None


class Replays(ReplayItems):
    """A change of a replay is made from the state that it follows on."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        super().__init__(database)
        self._keys = keys

    # ---- the draft and its approval

    async def draft(
        self,
        chosen: Sequence[Chosen],
        *,
        replay: str,
        act: Act,
        selection: Selection,
        told: ReplayTold,
        by: str,
        now: datetime,
        expires_at: datetime,
    ) -> ReplayRow:
        """Keep a wish with the items that it means; the same id gives what was kept first."""
        numbered = list(enumerate(chosen, 1))
        items = [_item(replay, number, each, now) for number, each in numbered]
        chosen_by = selection.model_dump_json(exclude_unset=True, by_alias=True)
        row = {
            "id": replay,
            "act": act.value,
            "state": ReplayState.DRAFT.value,
            "by": by,
            "asked_at": now,
            "selection": chosen_by,
            "selection_hash": _hash(
                act, chosen_by, told.rate, [(i["number"], i["dossier"], i["place"]) for i in items]
            ),
            "selected": len(items),
            "rate": told.rate,
            "expires_at": expires_at,
            "sealed": self._sealed(replay, told),
        }

        def keep(connection: Connection) -> None:
            if inserted(connection, _REPLAYS, row) and items:
                connection.execute(insert(_ITEMS), items)

        await self._database.write(keep)
        return await self.get(replay, now)

    async def approve(self, replay: str, by: str, reason: str, now: datetime) -> None:
        """A second person agrees. Raises `ReplayNotWaiting`."""
        await self._decide(replay, ReplayState.APPROVED, by, reason, now)

    async def decline(self, replay: str, by: str, reason: str, now: datetime) -> None:
        """A second person does not agree. Raises `ReplayNotWaiting`."""
        await self._decide(replay, ReplayState.DECLINED, by, reason, now)

    async def to_start(self, before: datetime) -> list[str]:
        """Those approved before a moment of which no run has told yet."""
        return list(await self._database.read(lambda c: c.execute(_TO_START, {"before": before}).scalars().all()))

    # ---- reading

    async def get(self, replay: str, now: datetime) -> ReplayRow:
        """One replay. Raises `ReplayUnknown`."""
        return _row(await self._one(replay), now)

    async def told(self, replay: str) -> ReplayTold:
        """What people wrote of it. Raises `ReplayUnknown`."""
        return self._opened(await self._one(replay))

    async def listing(
        self, state: ReplayState | None, now: datetime, *, cursor: str | None, limit: int
    ) -> Page[ReplayRow]:
        """Replays, the newest first. Raises `BadCursor`."""
        labels = [_BY_TIME.instant.label("sort_at"), _BY_TIME.id.label("sort_id")]
        wanted = [_REPLAYS.c.state == state.value] if state else []
        statement = select(_REPLAYS, *labels).where(*wanted, *_BY_TIME.after(cursor))
        ordered = statement.order_by(*_BY_TIME.by).limit(limit + 1)
        rows = await self._database.read(lambda c: c.execute(ordered).all())
        return _BY_TIME.page(rows, limit, lambda row: _row(row, now))

    # ---- the run

    async def fixed(self, replay: str) -> str:
        """The hash of what is to be run as it stands now: it was approved where it is the one approved."""
        row = await self._one(replay)
        items = await self._database.read(lambda c: c.execute(_FIXED, {"replay_": replay}).all())
        return _hash(Act(row.act), row.selection, self._opened(row).rate, [tuple(each) for each in items]).hex()

    async def note(self, note: ReplayNote, now: datetime) -> None:
        """Where the run stands; an order is noted once."""

        def work(connection: Connection) -> None:
            row = connection.execute(_LOCKED, {"id_": note.replay}).one()
            values: dict[str, Any] = {
                "state": note.state.value,
                "rate": note.rate,
                "paused_because": note.paused_because.value if note.paused_because else None,
                "started_at": row.started_at or now,
                "ended_at": row.ended_at or (now if note.state.over else None),
            }
            if note.order:
                values["sealed"] = self._sealed(note.replay, _ordered(self._opened(row), note.order))
            connection.execute(update(_REPLAYS).where(_REPLAYS.c.id == note.replay).values(**values))

        await self._database.write(work)

    # ---- within

    async def _one(self, replay: str) -> Row[Any]:
        row = await self._database.read(lambda c: c.execute(_ONE, {"id_": replay}).first())
        if row is None:
            raise ReplayUnknown("there is no such replay")
        return row

    async def _decide(self, replay: str, state: ReplayState, by: str, reason: str, now: datetime) -> None:
        def work(connection: Connection) -> None:
            row = connection.execute(_LOCKED, {"id_": replay}).one()
            if row.state != ReplayState.DRAFT or row.expires_at <= now:
                raise ReplayNotWaiting("it waits for no second person")
            told = self._opened(row).model_copy(update={"decision_reason": reason})
            values = {"state": state.value, "approved_by": by, "approved_at": now, "sealed": self._sealed(replay, told)}
            connection.execute(update(_REPLAYS).where(_REPLAYS.c.id == replay).values(**values))

        await self._database.write(work)

    def _sealed(self, replay: str, told: ReplayTold) -> bytes:
        return seal(self._keys.shared_key(), told.model_dump_json().encode(), f"replay/{replay}")

    def _opened(self, row: Row[Any]) -> ReplayTold:
        return ReplayTold.model_validate_json(unseal(self._keys.shared_key(), row.sealed, f"replay/{row.id}"))


def _hash(act: Act, selection: str, rate: float, items: Sequence[tuple[Any, ...]]) -> bytes:
    """Of everything that a second person approves."""
    return sha256(json.dumps([act.value, selection, rate, [list(each) for each in items]]).encode()).digest()


def _ordered(told: ReplayTold, order: ReplayOrder) -> ReplayTold:
    if any(each.id == order.id for each in told.orders):
        return told
    return told.model_copy(update={"orders": (*told.orders, order)})


def _item(replay: str, number: int, chosen: Chosen, now: datetime) -> dict[str, Any]:
    problem: ItemProblem | None = chosen.problem
    return {
        "replay": replay,
        "number": number,
        "dossier": chosen.dossier,
        "place": chosen.place,
        "state": (ItemState.SKIPPED if problem else ItemState.WAITING).value,
        "problem": problem.value if problem else None,
        "act": None,
        "ended_at": now if problem else None,
    }


def _row(row: Row[Any], now: datetime) -> ReplayRow:
    state = ReplayState(row.state)
    told = {name: getattr(row, name) for name in ReplayRow.__dataclass_fields__}
    return ReplayRow(
        **told
        | {
            "act": Act(row.act),
            "state": ReplayState.EXPIRED if state is ReplayState.DRAFT and row.expires_at <= now else state,
            "selection": json.loads(row.selection),
            "selection_hash": row.selection_hash.hex(),
            "paused_because": PauseReason(row.paused_because) if row.paused_because else None,
        }
    )
