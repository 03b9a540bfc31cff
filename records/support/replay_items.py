"""The items of replays: what became of each, and how many there are of which outcome.

What remains, failed, was skipped or verified is counted in the items themselves, so that it always adds up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from contracts.replays import ItemState
from records.paging import BadCursor, Page
from records.support.selecting import Selecting
from records.tables import support
from records.tables.base import core

_ITEMS = core(support.ReplayItem)
_OF = _ITEMS.c.replay == bindparam("replay_")
_COUNTS = select(_ITEMS.c.state, func.count().label("count")).where(_OF).group_by(_ITEMS.c.state)
_LATELY = (
    select(_ITEMS.c.state, func.count().label("count"))
    .where(_OF, _ITEMS.c.ended_at >= bindparam("since"))
    .group_by(_ITEMS.c.state)
)
_LEFT = (
    select(_ITEMS.c.number)
    .where(_OF, _ITEMS.c.state.in_([ItemState.WAITING.value, ItemState.DOING.value]))
    .order_by(_ITEMS.c.number)
    .limit(bindparam("limit_"))
)
_ITEM = select(_ITEMS).where(_OF, _ITEMS.c.number == bindparam("number_"))
_BEGIN = (
    update(_ITEMS)
    .where(_OF, _ITEMS.c.number == bindparam("number_"), _ITEMS.c.state == ItemState.WAITING.value)
    .values(state=ItemState.DOING.value, act=bindparam("act_"))
)
_END = (
    update(_ITEMS)
    .where(_OF, _ITEMS.c.number == bindparam("number_"), _ITEMS.c.ended_at.is_(None))
    .values(state=bindparam("state_"), problem=bindparam("problem_"), ended_at=bindparam("at_"))
)
_LAY_ASIDE = (
    update(_ITEMS)
    .where(_OF, _ITEMS.c.number == bindparam("number_"), _ITEMS.c.state == ItemState.DOING.value)
    .values(state=ItemState.WAITING.value)
)
LATELY = timedelta(minutes=1)


@dataclass(frozen=True)
class Counts:
    """`selected` = `verified` + `failed` + `skipped` + `remaining`, of which some are in hand."""

    selected: int
    verified: int
    failed: int
    skipped: int
    remaining: int
    in_hand: int


@dataclass(frozen=True)
class Lately:
    """How many ended within the last minute."""

    verified: int
    failed: int
    skipped: int


@dataclass(frozen=True)
class ReplayItem:
    """One dossier of a replay; `act`: the act of support that was begun, if any."""

    number: int
    dossier: str
    place: str
    state: ItemState
    problem: str | None
    act: str | None
    ended_at: datetime | None


class ReplayItems(Selecting):
    """Every change of an item is one transaction, and an item that has its outcome keeps it."""

    async def counts(self, replay: str) -> Counts:
        """How many have which outcome."""
        rows = await self._database.read(lambda c: c.execute(_COUNTS, {"replay_": replay}).all())
        of = {row.state: int(row._mapping["count"]) for row in rows}  # noqa: SLF001  # SQLAlchemy's own name
        remaining = of.get(ItemState.WAITING, 0) + of.get(ItemState.DOING, 0)
        return Counts(
            selected=sum(of.values()),
            verified=of.get(ItemState.VERIFIED, 0),
            failed=of.get(ItemState.FAILED, 0),
            skipped=of.get(ItemState.SKIPPED, 0),
            remaining=remaining,
            in_hand=of.get(ItemState.DOING, 0),
        )

    async def lately(self, replay: str, now: datetime) -> Lately:
        """How quickly it goes on."""
        wanted = {"replay_": replay, "since": now - LATELY}
        rows = await self._database.read(lambda c: c.execute(_LATELY, wanted).all())
        of = {row.state: int(row._mapping["count"]) for row in rows}  # noqa: SLF001
        return Lately(of.get(ItemState.VERIFIED, 0), of.get(ItemState.FAILED, 0), of.get(ItemState.SKIPPED, 0))

    async def items(
        self, replay: str, state: ItemState | None = None, *, cursor: str | None = None, limit: int | None = None
    ) -> Page[ReplayItem]:
        """Items in order; of one state where it is named, all of them where no limit is. Raises `BadCursor`."""
        statement = select(_ITEMS).where(_OF, _ITEMS.c.number > _after(cursor)).order_by(_ITEMS.c.number)
        statement = statement.where(_ITEMS.c.state == state.value) if state else statement
        statement = statement.limit(limit + 1) if limit else statement
        rows = await self._database.read(lambda c: c.execute(statement, {"replay_": replay}).all())
        found = tuple(_told(row) for row in (rows[:limit] if limit else rows))
        more = limit is not None and len(rows) > limit
        return Page(found, str(found[-1].number) if more else None)

    async def left(self, replay: str, limit: int) -> tuple[int, ...]:
        """Numbers of the first items without an outcome."""
        wanted = {"replay_": replay, "limit_": limit}
        return tuple(await self._database.read(lambda c: c.execute(_LEFT, wanted).scalars().all()))

    async def item(self, replay: str, number: int) -> ReplayItem:
        """One item."""
        wanted = {"replay_": replay, "number_": number}
        return _told(await self._database.read(lambda c: c.execute(_ITEM, wanted).one()))

    async def begin(self, replay: str, number: int, act: str) -> None:
        """Its turn has come."""
        wanted = {"replay_": replay, "number_": number, "act_": act}
        await self._database.write(lambda c: c.execute(_BEGIN, wanted) and None)

    async def lay_aside(self, replay: str, number: int) -> None:
        """Its turn comes again; which act was begun is kept."""
        wanted = {"replay_": replay, "number_": number}
        await self._database.write(lambda c: c.execute(_LAY_ASIDE, wanted) and None)

    async def end(self, replay: str, number: int, state: ItemState, problem: str | None, now: datetime) -> ReplayItem:
        """It has its outcome; the first one counts."""
        wanted = {"replay_": replay, "number_": number, "state_": state.value, "problem_": problem, "at_": now}
        await self._database.write(lambda c: c.execute(_END, wanted) and None)
        return await self.item(replay, number)


def _told(row: Row[Any]) -> ReplayItem:
    told = {name: getattr(row, name) for name in ReplayItem.__dataclass_fields__}
    return ReplayItem(**told | {"state": ItemState(row.state)})


def _after(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):  # noqa: PLR2004  # what an item's number may be
        raise BadCursor("the cursor belongs to another list")
    return int(cursor)
