"""A replay of many: one act on each item, at a rate, a few at a time, pausing itself when errors return."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.replays import ReplayActivities
from contracts import queues
from contracts.replays import (
    ItemOutcome,
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
from workflows.incidents import refuse

PAGE = 100
"""More than are ever in hand."""
CATCHES_UP_S = 0.2
"""So much of a delay of its own turns is made up for."""
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=15))
_KEPT = workflow.ActivityConfig(
    task_queue=queues.REPLAYS, start_to_close_timeout=timedelta(seconds=30), retry_policy=_RETRIES
)


def replay_id(replay: str) -> str:
    """The run's one workflow id."""
    return f"replay/{replay}"


@workflow.defn
class ReplayRun:
    """Which item has which outcome stands in the database alone: whatever is begun anew finds it there."""

    @workflow.init
    def __init__(self, request: ReplayRequest) -> None:
        self._request = request
        self._rate = request.rate
        self._paused_because = request.paused_because
        self._recent = list(request.recent)
        self._pace = ReplayPace()
        self._stopped = self._over = False
        self._waiting: deque[int] = deque()
        self._in_hand: dict[int, asyncio.Task[None]] = {}
        self._begun = self._orders = 0
        self._next_at = 0.0
        self._noting = asyncio.Lock()

    @workflow.run
    async def run(self, request: ReplayRequest) -> None:
        """Item after item, until none is left or somebody stops it."""
        self._pace = await workflow.execute_activity_method(ReplayActivities.read_pace, **_KEPT)
        await self._note()
        left = await self._through()
        await workflow.wait_condition(lambda: not self._in_hand and not self._noting.locked())
        await workflow.wait_condition(workflow.all_handlers_finished)
        if left and not self._stopped:
            workflow.continue_as_new(
                request.model_copy(
                    update={
                        "rate": self._rate,
                        "paused_because": self._paused_because,
                        "recent": tuple(self._recent),
                    }
                )
            )
        self._over = True
        await self._note()

    # ---- items

    async def _through(self) -> bool:
        """Begin what can be begun in this history; whether anything may be left."""
        while not self._stopped and self._begun < self._pace.in_one_history:
            if not self._waiting and not await self._fetch():
                if not self._in_hand:
                    return False
                await self._one_ended()
            elif await self._may_begin():
                self._begin(self._waiting.popleft())
        return True

    async def _one_ended(self) -> None:
        in_hand = len(self._in_hand)
        await workflow.wait_condition(lambda: self._stopped or len(self._in_hand) < in_hand)

    async def _fetch(self) -> bool:
        """The first that remain and are in nobody's hand; stops where they are not what was approved."""
        question = ItemsQuestion(
            replay=self._request.replay,
            selection_hash=self._request.selection_hash,
            limit=PAGE,
        )
        left = await workflow.execute_activity_method(ReplayActivities.list_items, question, **_KEPT)
        if not left.approved:
            self._stopped, self._paused_because = True, PauseReason.SELECTION_CHANGED
            return False
        self._waiting.extend(number for number in left.numbers if number not in self._in_hand)
        return bool(self._waiting)

    async def _may_begin(self) -> bool:
        """Wait for a free hand and for the rate; false where anything was ordered meanwhile."""
        orders = self._orders
        await workflow.wait_condition(lambda: self._stopped or self._free)
        pause = self._next_at - workflow.time()
        if pause > 0:
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: self._orders != orders or self._paused_because is not None, timeout=pause
                )
        return self._free and not self._stopped and self._next_at <= workflow.time()

    @property
    def _free(self) -> bool:
        return self._paused_because is None and len(self._in_hand) < self._pace.in_hand

    def _begin(self, number: int) -> None:
        self._begun += 1
        now = workflow.time()
        self._next_at = (self._next_at if now - self._next_at < CATCHES_UP_S else now) + 1 / self._rate
        self._in_hand[number] = asyncio.create_task(self._take_turn(number))

    async def _take_turn(self, number: int) -> None:
        pace = self._pace
        outcome: ItemOutcome = await workflow.execute_activity_method(
            ReplayActivities.take_turn,
            ItemTurn(
                replay=self._request.replay,
                number=number,
                proof_within=pace.proof_within,
                minds_held=pace.minds_held,
            ),
            task_queue=queues.REPLAYS,
            start_to_close_timeout=timedelta(seconds=pace.proof_within) + timedelta(minutes=2),
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=_RETRIES,
        )
        del self._in_hand[number]
        if outcome.state is ItemState.WAITING:
            await self._pause(PauseReason.AGENCY_HELD)
        elif outcome.state is not ItemState.SKIPPED:
            self._recent = [*self._recent, outcome.state is ItemState.FAILED][-pace.watches :]
            if len(self._recent) == pace.watches and sum(self._recent) >= pace.pauses_at * pace.watches:
                await self._pause(PauseReason.ERRORS)

    async def _pause(self, why: PauseReason) -> None:
        if self._paused_because is None and not self._stopped:
            self._paused_because = why
            await self._note()

    # ---- orders

    @workflow.update
    async def order(self, order: ReplayOrder) -> None:
        """Pause, resume, stop, or go on at another rate."""
        match order.order:
            case OrderKind.PAUSE:
                self._paused_because = PauseReason.SUPPORT
            case OrderKind.RESUME:
                self._paused_because = None
                self._recent = []
            case OrderKind.STOP:
                self._stopped = True
            case OrderKind.RATE:
                self._rate = order.rate or self._rate
                self._next_at = min(self._next_at, workflow.time() + 1 / self._rate)
        self._orders += 1
        await self._note(order)

    @order.validator
    def _check_order(self, order: ReplayOrder) -> None:
        if self._stopped or self._over:
            refuse("ReplayOver", "the replay has ended")
        if order.order is OrderKind.PAUSE and self._paused_because:
            refuse("ReplayPaused", "the replay is paused")
        if order.order is OrderKind.RESUME and not self._paused_because:
            refuse("ReplayNotPaused", "the replay is not paused")
        if (order.order is OrderKind.RATE) != (order.rate is not None):
            refuse("ReplayOrderInvalid", "a rate is given where the rate is ordered", {"loc": ["rate"]})

    # ---- what people see

    @property
    def _state(self) -> ReplayState:
        if self._stopped:
            return ReplayState.STOPPED
        if self._over:
            return ReplayState.DONE
        return ReplayState.PAUSED if self._paused_because else ReplayState.RUNNING

    async def _note(self, order: ReplayOrder | None = None) -> None:
        """One after the other, each as it stands then."""
        async with self._noting:
            why = self._paused_because if self._state in {ReplayState.PAUSED, ReplayState.STOPPED} else None
            note = ReplayNote(
                replay=self._request.replay, state=self._state, rate=self._rate, paused_because=why, order=order
            )
            await workflow.execute_activity_method(ReplayActivities.note_replay, note, **_KEPT)
