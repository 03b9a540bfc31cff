"""A replay of many: its items, each one's turn, and where the run stands."""

from collections.abc import Callable
from typing import Protocol

from temporalio import activity

from contracts.replays import ItemOutcome, ItemsLeft, ItemsQuestion, ItemTurn, ReplayNote, ReplayPace


class ReplayRoom(Protocol):
    """Where items are kept and acts are carried out."""

    def pace(self) -> ReplayPace: ...
    async def left(self, question: ItemsQuestion) -> ItemsLeft: ...
    async def turn(self, turn: ItemTurn, alive: Callable[[], None]) -> ItemOutcome: ...
    async def note(self, note: ReplayNote) -> None: ...


class ReplayActivities:
    """Safe to repeat: an item that has its outcome keeps it."""

    def __init__(self, room: ReplayRoom) -> None:
        self._room = room

    @activity.defn
    async def read_pace(self) -> ReplayPace:
        """How carefully they are run here."""
        return self._room.pace()

    @activity.defn
    async def list_items(self, question: ItemsQuestion) -> ItemsLeft:
        """Which items remain; none where they are not what was approved."""
        return await self._room.left(question)

    @activity.defn
    async def take_turn(self, turn: ItemTurn) -> ItemOutcome:
        """Carry out one item's act and wait for its proof."""
        return await self._room.turn(turn, activity.heartbeat)

    @activity.defn
    async def note_replay(self, note: ReplayNote) -> None:
        """Let those who look see where the run stands."""
        await self._room.note(note)
