"""Breaker and switch: who has the last word on what goes out to an agency."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from contracts import queues
from contracts.agencies import Agency
from contracts.queues import LimitedBy
from records.database import Database, DatabaseBusy
from records.keys import StoredKeys
from records.support.switches import Setting, Switches
from runtime.task_queues import EngineAway
from workers import breaker as room
from workers.breaker import Breaker
from workers.wiring import SERVED

RESIDENCE = Agency.RESIDENCE
QUEUE = queues.of(RESIDENCE)
Limit = tuple[float | None, str]
HELD: Limit = (0.0, LimitedBy.BREAKER)
OPEN: Limit = (None, LimitedBy.BREAKER)


@dataclass
class Engine:
    """The engine's limits, and every time that one was changed."""

    limits: dict[str, Limit] = field(default_factory=dict)
    changes: list[Limit] = field(default_factory=list)
    away: bool = False

    async def limit(self, queue: str, rate: float | None, reason: str) -> None:
        if self.away:
            raise EngineAway
        if self.limits.get(queue) != (rate, reason):
            self.limits[queue] = (rate, reason)
            self.changes.append((rate, reason))

    async def until(self, wanted: Limit) -> None:
        await until(lambda: self.limits.get(QUEUE) == wanted)


@dataclass
class Office:
    """The agency: well or not, and how often it was probed."""

    well: bool = True
    probes: int = 0

    async def probe(self) -> bool:
        self.probes += 1
        return self.well


@dataclass
class Unread:
    """Switches in a database that is away at first; `seen`: what had been changed by then."""

    switches: Switches
    engine: Engine
    refusals: int = 5
    seen: list[list[Limit]] = field(default_factory=list)

    async def settings(self, now: datetime) -> dict[Agency, Setting]:
        if self.refusals:
            self.refusals -= 1
            self.seen.append(list(self.engine.changes))
            raise DatabaseBusy
        return await self.switches.settings(now)


@dataclass
class Ground:
    engine: Engine
    office: Office
    switches: Switches | Unread
    calls: int = 0

    def breaker(self) -> Breaker:
        probes = {RESIDENCE: self.office.probe}
        return Breaker(self.engine, self.switches, probes, opens_after=0.05, probes_every=0.02)

    async def switch(self, rate: float | None, lasting: timedelta | None = None) -> None:
        self.calls += 1
        now = datetime.now(UTC)
        more = {"by": "lan", "reason": "bảo trì", "now": now, "until": now + lasting if lasting else None}
        await self.switches.turn(str(self.calls), RESIDENCE, rate, **more)


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not wanted():
            await asyncio.sleep(0.005)


@pytest.fixture
def ground(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setattr(room, "LOOK_S", 0.01)
    monkeypatch.setattr(room, "CONFIRM_S", 0.02)
    return Ground(Engine(), Office(), Switches(sqlite, StoredKeys(sqlite, bytes(32))))


class Watching:
    """A breaker at its work."""

    def __init__(self, breaker: Breaker) -> None:
        self.breaker = breaker

    async def __aenter__(self) -> Breaker:
        self._task = asyncio.create_task(self.breaker.watch())
        return self.breaker

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def test_every_agency_with_a_queue_can_be_switched() -> None:
    assert set(queues.AGENCIES) == set(SERVED)


async def test_what_a_crash_left_held_is_released_but_not_where_a_switch_stands(ground: Ground) -> None:
    ground.engine.limits[QUEUE] = HELD
    async with Watching(ground.breaker()):
        await ground.engine.until(OPEN)
    await ground.switch(0)
    async with Watching(ground.breaker()):
        await ground.engine.until((0.0, LimitedBy.SWITCH))
    ground.engine.changes.clear()
    async with Watching(ground.breaker()) as again:
        await until(lambda: again._pulses[RESIDENCE].told is not None)
    assert ground.engine.changes == []


async def test_a_switch_has_the_last_word_over_a_breaker_that_holds(ground: Ground) -> None:
    ground.office.well = False
    async with Watching(ground.breaker()) as breaker:
        breaker.failed(RESIDENCE)
        await ground.engine.until(HELD)
        await ground.switch(3)
        await ground.engine.until((3.0, LimitedBy.SWITCH))
        probed = ground.office.probes
        await until(lambda: ground.office.probes > probed + 3)
        assert ground.engine.limits[QUEUE] == (3.0, LimitedBy.SWITCH)
        await ground.switch(None)
        await ground.engine.until(HELD)
        ground.office.well = True
        await ground.engine.until(OPEN)


async def test_while_nothing_goes_out_nothing_is_probed_and_old_failures_are_forgotten(ground: Ground) -> None:
    async with Watching(ground.breaker()) as breaker:
        await ground.engine.until(OPEN)
        breaker.failed(RESIDENCE)
        await ground.switch(0)
        await ground.engine.until((0.0, LimitedBy.SWITCH))
        probed = ground.office.probes
        breaker.failed(RESIDENCE)  # what was under way still fails
        await ground.switch(None)
        ground.engine.changes.clear()
        await ground.engine.until(OPEN)
        assert ground.engine.changes == [OPEN]
        assert ground.office.probes == probed


async def test_a_breaker_that_held_before_asks_at_once_when_the_switch_ends(ground: Ground) -> None:
    ground.office.well = False
    async with Watching(ground.breaker()) as breaker:
        breaker.failed(RESIDENCE)
        await ground.engine.until(HELD)
        await ground.switch(0, timedelta(seconds=0.3))
        await ground.engine.until((0.0, LimitedBy.SWITCH))
        ground.office.well = True
        breaker._probes_every = 3600
        await ground.engine.until(OPEN)


async def test_a_switch_is_set_again_in_an_engine_that_lost_it(ground: Ground) -> None:
    await ground.switch(0)
    async with Watching(ground.breaker()):
        await ground.engine.until((0.0, LimitedBy.SWITCH))
        ground.engine.away = True
        ground.engine.limits.clear()
        ground.engine.away = False
        await ground.engine.until((0.0, LimitedBy.SWITCH))


async def test_two_processes_agree_on_what_the_switch_says(ground: Ground) -> None:
    async with Watching(ground.breaker()) as first, Watching(ground.breaker()) as second:

        def agreed(wanted: Limit) -> bool:
            return {each._pulses[RESIDENCE].told for each in (first, second)} == {wanted}

        for rate in (0.0, 5.0, None, 0.0):
            await ground.switch(rate)
            wanted = (rate, LimitedBy.BREAKER if rate is None else LimitedBy.SWITCH)
            await until(partial(agreed, wanted))
            assert ground.engine.limits[QUEUE] == wanted


async def test_before_the_switches_are_known_nothing_is_let_go(ground: Ground) -> None:
    ground.engine.limits[QUEUE] = (0.0, LimitedBy.SWITCH)
    ground.switches = unread = Unread(ground.switches, ground.engine)
    async with Watching(ground.breaker()):
        await ground.engine.until(OPEN)
    assert (unread.refusals, unread.seen) == (0, [[]] * 5)
