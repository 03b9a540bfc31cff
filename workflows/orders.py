"""What support may order of a dossier under way: ask again, stop a step, hold everything, do a leg once more."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from temporalio import workflow

from contracts.agencies import Agency, Case, Step
from contracts.dossier import LegKind, LegState, Stage
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.orders import HoldOrder, LegReplay, ReleaseOrder, StepAct, StepOrder
from contracts.steps import LEG_OF_STEP
from contracts.tasks import Opening, Receipt
from workflows.incidents import IncidentDesk, refuse
from workflows.record import settled

OVER = frozenset({LegState.GRANTED, LegState.REFUSED})
"""A leg can be done once more when it was really asked for."""


class Stopped(Exception):
    """Support stopped the step: it parks."""


class Watch:
    """A step under way that an order can reach; `order` is none when it was held and let go."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.given: asyncio.Future[StepAct | None] = asyncio.Future()

    @property
    def leg(self) -> LegKind | None:
        return LEG_OF_STEP.get(self.step)

    def give(self, act: StepAct | None) -> None:
        """Interrupt whoever waits; the first order counts until it was taken."""
        if not self.given.done():
            self.given.set_result(act)

    def take(self) -> StepAct | None:
        """The order; from now on the next one is waited for."""
        act, self.given = self.given.result(), asyncio.Future()
        return act


class Orders(IncidentDesk):
    """Reaches every step that is under way; nothing here changes a dossier of which nobody orders anything."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._under_way: list[Watch] = []
        self._carried: dict[LegKind, Callable[[], Awaitable[None]]] = {}
        self._replays: dict[LegKind, asyncio.Task[None]] = {}
        self._groups: dict[LegKind, int] = {}

    def case(self, step: Step, part: str = "", group: int = 1) -> Case:
        """Name a step's effect: everything that its idempotency key is made of."""
        replayed = self._groups.get(LEG_OF_STEP[step], 0) if step in LEG_OF_STEP else 0
        return Case(dossier=self.opening.code, step=step, part=part, group=group + replayed)

    @contextmanager
    def watched(self, step: Step) -> Iterator[Watch]:
        """Let orders reach a step for as long as it is under way."""
        watch = Watch(step)
        self._under_way.append(watch)
        try:
            yield watch
        finally:
            self._under_way.remove(watch)

    async def obey(self, act: StepAct | None) -> None:
        """Wait while the dossier is held; raises `Stopped` where that was ordered."""
        if act is StepAct.STOP:
            raise Stopped
        await workflow.wait_condition(lambda: not self.held)

    # ---- one step

    @workflow.update
    async def order_step(self, order: StepOrder) -> Receipt:
        """Ask again now, or stop, what is under way."""
        for watch in self._reached(order):
            watch.give(order.act)
        self.note(EventKind.STEP_ORDERED, leg=order.leg, actor=order.by, act=order.act, reason=order.reason)
        await settled()
        await self.written()
        return Receipt.TAKEN

    @order_step.validator
    def _check_step_order(self, order: StepOrder) -> None:
        if not self._reached(order):
            refuse("NothingUnderWay", "nothing of this is under way", {"loc": ["leg" if order.leg else "step"]})
        if self.held:
            refuse("DossierHeld", "the dossier is held")

    def _reached(self, order: StepOrder) -> list[Watch]:
        if order.leg:
            return [watch for watch in self._under_way if watch.leg is order.leg]
        return [watch for watch in self._under_way if watch.step is order.step]

    # ---- everything

    @workflow.update
    async def hold(self, order: HoldOrder) -> Receipt:
        """Call back what waits to be repeated, and let nothing new go out."""
        self.held = True
        for watch in self._under_way:
            watch.give(None)
        self.note(EventKind.HELD, actor=order.by, reason=order.reason)
        await settled()
        await self.written()
        return Receipt.TAKEN

    @hold.validator
    def _check_hold(self, order: HoldOrder) -> None:
        del order
        if self.held:
            refuse("DossierHeld", "the dossier is held")

    @workflow.update
    async def release(self, order: ReleaseOrder) -> Receipt:
        """Let it go on where it was."""
        self.held = False
        self.note(EventKind.RELEASED, actor=order.by, reason=order.reason)
        await settled()
        await self.written()
        return Receipt.TAKEN

    @release.validator
    def _check_release(self, order: ReleaseOrder) -> None:
        del order
        if not self.held:
            refuse("DossierNotHeld", "the dossier is not held")

    # ---- a leg once more

    async def carried(self, kind: LegKind, steps: Callable[..., Awaitable[None]], *facts: Any) -> None:  # noqa: ANN401  # the steps' own
        """Carry a leg so that it can be done once more."""
        self._carried[kind] = lambda: steps(*facts)
        await steps(*facts)

    @workflow.update
    async def replay(self, order: LegReplay) -> Receipt:
        """Begin a leg anew, under keys that no agency has heard before."""
        kind = order.leg
        self.note(EventKind.LEG_REPLAYED, leg=kind, actor=order.by, reason=order.reason)
        self._groups[kind] = self._latest_group(kind)
        self.move_leg(kind, LegState.WAITING)
        self._replays[kind] = self.beside(_steps(self._carried[kind]))
        await settled()
        await self.written()
        return Receipt.TAKEN

    @replay.validator
    def _check_replay(self, order: LegReplay) -> None:
        if self.stage is not Stage.IN_PROGRESS:
            refuse("DossierNotUnderWay", "its results are being returned, or it has not been registered yet")
        leg = self.legs.get(order.leg)
        if leg is None or order.leg not in self._carried or leg.state not in OVER:
            refuse("LegNotEnded", "only a leg that was asked for and has ended is done once more", {"loc": ["leg"]})

    def _latest_group(self, kind: LegKind) -> int:
        used = [group for (step, _), group in self.asked_groups().items() if LEG_OF_STEP.get(step) is kind]
        return max(1 + self._groups.get(kind, 0), *used, 1)

    async def replays_ended(self) -> None:
        """Return when nothing is being done once more."""
        while pending := [task for task in self._replays.values() if not task.done()]:
            await workflow.wait(pending)


async def _steps(again: Callable[[], Awaitable[None]]) -> None:
    await again()
