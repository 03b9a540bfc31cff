"""Replays of many: at a rate, a few at a time, paused by errors, steered by support, in as many histories as needed."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Worker

from activities.replays import ReplayActivities
from contracts import queues
from contracts.replays import (
    ItemOutcome,
    ItemsLeft,
    ItemsQuestion,
    ItemState,
    ItemTurn,
    OrderKind,
    PauseReason,
    ReplayNote,
    ReplayOrder,
    ReplayPace,
    ReplayRequest,
    ReplayState,
)
from orchestrator import DossierClosed, Orchestrator, Refusal
from workflows.replays import replay_id

HASH = "0" * 64
QUICK = ReplayPace(in_hand=4, watches=4, pauses_at=0.5, proof_within=60)


@dataclass
class Batch:
    """One replay's items with a memory; whoever takes a turn is told what it ends with."""

    size: int
    pace: ReplayPace = QUICK
    outcomes: dict[int, ItemState] = field(default_factory=dict)
    approved: str = HASH
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    ended: dict[int, ItemState] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    began_at: list[float] = field(default_factory=list)
    in_hand: int = 0
    most_in_hand: int = 0
    notes: list[ReplayNote] = field(default_factory=list)
    fails_first: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.gate.set()

    async def turn(self, number: int) -> ItemOutcome:
        self.begun.append(number)
        self.began_at.append(asyncio.get_running_loop().time())
        if number in self.fails_first:
            self.fails_first.discard(number)
            raise ConnectionError("the database is away")
        self.in_hand += 1
        self.most_in_hand = max(self.most_in_hand, self.in_hand)
        await self.gate.wait()
        self.in_hand -= 1
        outcome = self.outcomes.get(number, ItemState.VERIFIED)
        if outcome.ended:
            self.ended[number] = outcome
        return ItemOutcome(state=outcome)

    @property
    def counted(self) -> Counter[str]:
        return Counter(self.ended.values())

    @property
    def state(self) -> ReplayState:
        return self.notes[-1].state

    async def until(self, holds: Callable[["Batch"], Any], patience: float = 15) -> None:
        try:
            async with asyncio.timeout(patience):
                while not (self.notes and holds(self)):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"never came: {self.notes[-1:]} {self.counted}") from None


class Batches:
    """Every replay of this session."""

    def __init__(self) -> None:
        self.of: dict[str, Batch] = {}
        self._pace: list[ReplayPace] = []

    def pace(self) -> ReplayPace:
        return self._pace[-1]

    def add(self, replay: str, batch: Batch) -> Batch:
        self._pace.append(batch.pace)
        self.of[replay] = batch
        return batch

    async def left(self, question: ItemsQuestion) -> ItemsLeft:
        batch = self.of[question.replay]
        if question.selection_hash != batch.approved:
            return ItemsLeft(approved=False)
        left = [number for number in range(1, batch.size + 1) if number not in batch.ended]
        return ItemsLeft(numbers=tuple(left[: question.limit]))

    async def turn(self, turn: ItemTurn, alive: Callable[[], None]) -> ItemOutcome:
        alive()
        return await self.of[turn.replay].turn(turn.number)

    async def note(self, note: ReplayNote) -> None:
        self.of[note.replay].notes.append(note)


@asynccontextmanager
async def served(engine: Client, batches: Batches) -> AsyncIterator[None]:
    room = ReplayActivities(batches)
    at_once = {"graceful_shutdown_timeout": timedelta(seconds=0)}
    activities = [room.read_pace, room.list_items, room.take_turn, room.note_replay]
    async with Worker(engine, task_queue=queues.REPLAYS, activities=activities, **at_once):
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def batches(engine: Client, house: Any) -> AsyncIterator[Batches]:
    found = Batches()
    async with served(engine, found):
        yield found


@dataclass
class Run:
    """One replay, and the hands of support."""

    id: str
    batch: Batch
    door: Orchestrator
    handle: WorkflowHandle[Any, Any]

    async def start(self, rate: float = 50) -> None:
        await self.door.start_replay(ReplayRequest(replay=self.id, selection_hash=HASH, rate=rate))

    async def order(self, kind: OrderKind, rate: float | None = None) -> None:
        order = ReplayOrder(
            id=uuid.uuid4().hex, order=kind, rate=rate, by="support-1", at=datetime.now(UTC), reason="theo lịch cơ quan"
        )
        await self.door.order_replay(self.id, order)

    async def paused(self) -> None:
        """Return when it has paused and nothing that it began before is on its way."""
        await self.batch.until(lambda batch: batch.state is ReplayState.PAUSED)
        async with asyncio.timeout(15):
            while True:
                seen = (await self.handle.describe()).raw_description
                if not seen.pending_activities and not seen.HasField("pending_workflow_task"):
                    return
                await asyncio.sleep(0.02)

    async def end(self) -> None:
        async with asyncio.timeout(20):
            await self.handle.result()


@pytest.fixture
def run(engine: Client, batches: Batches) -> Callable[..., Run]:
    def made(size: int, **more: Any) -> Run:
        replay = uuid.uuid4().hex
        batch = batches.add(replay, Batch(size, **more))
        return Run(replay, batch, Orchestrator(engine, timeout=10), engine.get_workflow_handle(replay_id(replay)))

    return made


async def test_every_item_has_its_turn_once_and_never_more_are_in_hand_than_allowed(run: Callable[..., Run]) -> None:
    found = run(12, outcomes={3: ItemState.SKIPPED, 5: ItemState.FAILED})
    found.batch.gate.clear()
    await found.start()
    await found.start()
    await found.batch.until(lambda batch: batch.in_hand == 4)
    found.batch.gate.set()
    await found.end()
    assert sorted(found.batch.begun) == list(range(1, 13))
    assert found.batch.most_in_hand == 4
    assert found.batch.counted == {"verified": 10, "skipped": 1, "failed": 1}
    assert [note.state for note in found.batch.notes] == ["running", "done"]


async def test_the_rate_holds(run: Callable[..., Run]) -> None:
    found = run(16)
    await found.start(rate=10)
    await found.end()
    began = found.batch.began_at
    assert began[-1] - began[0] >= 1.0, "sixteen at ten a second, less the engine's own unevenness"


async def test_when_errors_return_it_pauses_itself_and_goes_on_when_told(run: Callable[..., Run]) -> None:
    found = run(12, outcomes=dict.fromkeys(range(1, 7), ItemState.FAILED))
    await found.start()
    await found.paused()
    assert found.batch.notes[-1].paused_because is PauseReason.ERRORS
    assert 4 <= len(found.batch.ended) <= 8
    stood = len(found.batch.begun)
    with pytest.raises(Refusal) as twice:
        await found.order(OrderKind.PAUSE)
    assert twice.value.kind == "ReplayPaused"
    assert len(found.batch.begun) == stood
    found.batch.outcomes.clear()
    await found.order(OrderKind.RESUME)
    await found.end()
    assert sum(found.batch.counted.values()) == 12
    assert found.batch.state is ReplayState.DONE


async def test_where_the_agency_is_held_an_item_has_its_turn_later(
    run: Callable[..., Run],
) -> None:
    found = run(5, outcomes={2: ItemState.WAITING})
    await found.start()
    await found.paused()
    assert found.batch.notes[-1].paused_because is PauseReason.AGENCY_HELD
    assert 2 not in found.batch.ended
    found.batch.outcomes.clear()
    await found.order(OrderKind.RESUME)
    await found.end()
    assert found.batch.counted == {"verified": 5}


async def test_pause_resume_rate_and_stop_are_taken_at_once(run: Callable[..., Run]) -> None:
    found = run(400)  # enough for seconds: the order to stop may take one
    await found.start(rate=0.5)
    await found.batch.until(lambda batch: len(batch.ended) >= 1)
    await found.order(OrderKind.PAUSE)
    assert (found.batch.state, found.batch.notes[-1].paused_because) == (ReplayState.PAUSED, PauseReason.SUPPORT)
    await found.order(OrderKind.RATE, 50)
    await found.order(OrderKind.RESUME)
    await found.batch.until(lambda batch: len(batch.ended) >= 8)
    await found.order(OrderKind.STOP)
    await found.end()
    assert found.batch.state is ReplayState.STOPPED
    assert len(found.batch.ended) < 400
    told = [(note.order.order, note.rate) for note in found.batch.notes if note.order]
    assert told == [("pause", 0.5), ("rate", 50), ("resume", 50), ("stop", 50)]
    with pytest.raises(DossierClosed):
        await found.order(OrderKind.RESUME)


async def test_an_order_that_does_not_fit_changes_nothing(run: Callable[..., Run]) -> None:
    found = run(1)
    found.batch.gate.clear()
    await found.start()
    await found.batch.until(lambda batch: batch.in_hand == 1)
    for kind, rate, why in (
        (OrderKind.RESUME, None, "ReplayNotPaused"),
        (OrderKind.RATE, None, "ReplayOrderInvalid"),
        (OrderKind.PAUSE, 3, "ReplayOrderInvalid"),
    ):
        with pytest.raises(Refusal) as refused:
            await found.order(kind, rate)
        assert refused.value.kind == why
    found.batch.gate.set()
    await found.end()
    assert [note.state for note in found.batch.notes] == ["running", "done"]


async def test_items_that_are_not_what_was_approved_stop_it_before_anything_is_done(run: Callable[..., Run]) -> None:
    found = run(3, approved="1" * 64)
    await found.start()
    await found.end()
    assert found.batch.begun == []
    last = found.batch.notes[-1]
    assert (last.state, last.paused_because) == (ReplayState.STOPPED, PauseReason.SELECTION_CHANGED)


async def test_a_long_one_goes_on_in_fresh_histories_and_takes_its_orders_along(
    run: Callable[..., Run], engine: Client
) -> None:
    pace = QUICK.model_copy(update={"in_one_history": 5})
    found = run(23, pace=pace, outcomes=dict.fromkeys((5, 6), ItemState.FAILED))
    await found.start()
    first = (await found.handle.describe()).run_id
    await found.paused()
    await found.order(OrderKind.RESUME)
    await found.end()
    assert sorted(found.batch.begun) == list(range(1, 24))
    described = await engine.get_workflow_handle(replay_id(found.id), run_id=first).describe()
    assert described.status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert found.batch.state is ReplayState.DONE


async def test_a_turn_that_breaks_off_is_taken_again(run: Callable[..., Run]) -> None:
    found = run(3, fails_first={2})
    await found.start()
    await found.end()
    assert found.batch.counted == {"verified": 3}
    assert Counter(found.batch.begun)[2] == 2
