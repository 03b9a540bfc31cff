"""`lienthong bench dossiers`: births a second, filing to `returned`, in turn with a bare workflow on one server."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from cli.bench.bare import BareEngine, BareRun, Shape, bare_engine
from cli.bench.grounds import Grounds, grounds
from cli.bench.office import Course, Office
from cli.bench.processes import MB, cpu_between, snapshot
from cli.bench.spread import Spread, by_part
from cli.samples import new_family
from cli.stack import Stack
from cli.trouble import Trouble
from contracts.dossier import Stage

WARM_UP = 10
IN_HAND = 20
"""So many filings a portal has under way at once."""
PATIENCE_S = 600.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """The product's and the bare engine's share of one round."""

    count: int
    rate: float
    cpu: dict[str, float]
    """Core-seconds a dossier, by process; `people`: the scripted portal, clerk and chair themselves."""
    courses: list[Course]
    bare: BareRun

    @property
    def ratio(self) -> float:
        """The product's rate against the bare engine's."""
        return self.rate / self.bare.rate


async def run(count: int, rounds: int, tell: Tell) -> list[Round]:
    """The benchmark on a stack of its own."""
    async with grounds() as ground:
        return await dossiers(ground, count, rounds, tell)


async def dossiers(ground: Grounds, count: int, rounds: int, tell: Tell, *, warm_up: int = WARM_UP) -> list[Round]:
    """Run both in turn, `count` of each a round, and tell what each round gave."""
    known = ground.settings
    async with (
        _answering_at_once(ground.stack),
        bare_engine(known.temporal_address, known.temporal_namespace) as engine,
    ):
        shape = await _shape(ground, engine, warm_up)
        tell(f"a dossier: {_shown(shape)}")
        done = []
        for number in range(rounds):
            done.append(await _round(ground, engine, shape, count))
            tell(f"round {number + 1}: {_line(done[-1])}")
        _summary(done, ground, tell)
        return done


@asynccontextmanager
async def _answering_at_once(stack: Stack) -> AsyncIterator[None]:
    """No agency takes its time inside, the population database neither."""
    await stack.agency("PUT", "population/control/faults", {"pending_rate": 0})
    yield
    await stack.agency("DELETE", "population/control/faults")


async def _shape(ground: Grounds, engine: BareEngine, warm_up: int) -> Shape:
    """Warm both up, and take the commands from a dossier that went straight through."""
    courses, _ = await _births(ground, warm_up)
    shape = await engine.shape(f"birth/{next(iter(courses))}")
    await engine.round(shape, warm_up)
    return shape


async def _round(ground: Grounds, engine: BareEngine, shape: Shape, count: int) -> Round:
    bare = await engine.round(shape, count)
    before, people = snapshot(ground), time.process_time()
    courses, took = await _births(ground, count)
    used = {**cpu_between(before, snapshot(ground)), "people": time.process_time() - people}
    ended = {course.stage for course in courses.values()}
    if ended != {Stage.RETURNED}:
        raise Trouble(f"not all dossiers were returned: {ended}")
    return Round(count, count / took, {part: used[part] / count for part in used}, list(courses.values()), bare)


async def _births(ground: Grounds, count: int) -> tuple[dict[str, Course], float]:
    """So many births from filing to their end; how long all of them took, in seconds."""
    filings = [(await new_family(ground.stack)).filing for _ in range(count)]
    office, free = Office(ground.stack), asyncio.Semaphore(IN_HAND)

    async def file(filing: dict[str, Any]) -> None:
        async with free:
            await office.file(filing)

    async with office.at_work():
        began = time.monotonic()
        await asyncio.gather(*(file(filing) for filing in filings))
        await office.all_closed(PATIENCE_S)
    return office.courses, max(course.closed or 0.0 for course in office.courses.values()) - began


def _line(one: Round) -> str:
    return f"{one.rate:.2f} dossiers/s, bare {one.bare.rate:.2f}/s, ratio {one.ratio:.2f}; core-s: {by_part(one.cpu)}"


def _summary(done: list[Round], ground: Grounds, tell: Tell) -> None:
    courses = [course for one in done for course in one.courses]
    waits = [course.reviewable - course.filed for course in courses if course.reviewable]
    memory = {part: use.rss / MB for part, use in snapshot(ground).items()}
    cpu = {part: statistics.median(one.cpu[part] for one in done) for part in done[0].cpu}
    ratios = sorted(one.ratio for one in done)
    tell(f"bare workflow: {_shown(done[0].bare.shape)}")
    tell(f"ratio: median {statistics.median(ratios):.2f}, {ratios[0]:.2f} to {ratios[-1]:.2f}; asked: 0.3")
    tell(f"dossiers/s: median {statistics.median(one.rate for one in done):.2f}")
    tell(f"core-seconds a dossier, median: {by_part(cpu)}; together {sum(cpu.values()):.3f}")
    tell(f"filing to review task, {IN_HAND} in hand at once: {Spread.of(waits).shown('s', digits=2)}")
    tell(f"memory, MB: {by_part(memory, 0)}")


def _shown(shape: Shape) -> str:
    commands = f"{shape.remote} activities, {shape.local} local, {shape.updates + 1} updates"
    return f"{commands}; {shape.events} events, {shape.size / 1000:.1f} kB"
