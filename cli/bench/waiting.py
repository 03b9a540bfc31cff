"""`lienthong bench waiting`: thousands of dossiers wait for their ID number; what does that cost the others?

The numbers of those that wait are a month off, and nobody asks for them before: they cost what waiting itself costs.
Then the population database answers promptly again, and others go through: what is pending there keeps its time.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from cli.bench.grounds import PARTS, Grounds, grounds
from cli.bench.office import Course, Office
from cli.bench.processes import MB, cpu_between, snapshot
from cli.bench.spread import Spread, by_part
from cli.samples import new_family
from cli.stack import Role
from cli.trouble import Trouble
from contracts.dossier import LegKind, LegState, Stage
from contracts.tasks import Pace

FAR_OFF_S = 30 * 86400.0
PROMPTLY = {"pending_rate": 1, "answer_delay_s": [0.2, 0.2]}
NOT_YET = {"pending_rate": 1, "answer_delay_s": [FAR_OFF_S, FAR_OFF_S]}
WARM_UP = 20
CHUNK = 100
IN_HAND = 8
"""So many births are on their way through at once."""
FILED_AT_ONCE = 16
"""While those that will wait are opened: as many as keep both cores busy."""
IDLE_S = 30.0
PATIENCE_S = 600.0
PAGE = "200"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Stretch:
    """Births from filing to `returned`, or to where they wait, while `waiting` others waited already."""

    waiting: int
    courses: list[Course]
    took: float
    """Seconds for all of them."""
    cpu: dict[str, float]
    """Core-seconds a dossier, by process."""
    rss: dict[str, int]
    """Bytes in memory at the end, by process."""

    @property
    def rate(self) -> float:
        """Dossiers a second."""
        return len(self.courses) / self.took


@dataclass(frozen=True)
class Figures:
    """Before anybody waited, the opening of those that wait, and afterwards."""

    before: Stretch
    opening: Stretch
    idle: dict[str, float]
    """Share of a core, by process, while they wait and nothing else happens."""
    after: list[Stretch]
    still_waiting: int
    """Waiting for their number when all was over."""


async def run(count: int, through: int, tell: Tell) -> Figures:
    """Let `count` births wait and `through` others pass them, on a stack in an empty folder."""
    async with patient_grounds() as ground:
        return await waiting(ground, count, through, tell)


def patient_grounds() -> AbstractAsyncContextManager[Grounds]:
    """A stack whose dossiers do nothing while they wait."""
    return grounds(id_wait_cap=FAR_OFF_S, first_enquiry=FAR_OFF_S, enquiry_cap=FAR_OFF_S)


async def waiting(ground: Grounds, count: int, through: int, tell: Tell, *, idle_s: float = IDLE_S) -> Figures:
    """The same on patient grounds that are running and where nothing waits yet."""
    office = Office(ground.stack)
    async with office.at_work():
        await _numbers_come(ground, PROMPTLY)
        await _through(ground, office, min(through, WARM_UP), 0)
        tell(HEAD)
        before = await _through(ground, office, min(through, CHUNK), 0)
        tell(_row(before))
        await _numbers_come(ground, NOT_YET)
        opening = await _opened(ground, office, count)
        tell(_told_opening(before, opening))
        idle = await _idle(ground, idle_s)
        tell(f"while they wait: {by_part(idle)} of a core; {_enquiries(count)}")
        await _numbers_come(ground, PROMPTLY)
        after = []
        for done in range(0, through, CHUNK):
            after.append(await _through(ground, office, min(CHUNK, through - done), count))
            tell(_row(after[-1]))
    return Figures(before, opening, idle, after, await _still_waiting(ground))


async def _numbers_come(ground: Grounds, how: dict[str, Any]) -> None:
    await ground.stack.agency("PUT", "population/control/faults", how)


class _Watch:
    """Started before a stretch; what was used since then."""

    def __init__(self, ground: Grounds) -> None:
        self._ground = ground
        self._before = snapshot(ground)
        self._began = time.monotonic()

    def stretch(self, others: int, courses: list[Course]) -> Stretch:
        """For these dossiers."""
        took, now = time.monotonic() - self._began, snapshot(self._ground)
        cpu = {part: used / len(courses) for part, used in cpu_between(self._before, now).items()}
        return Stretch(others, courses, took, cpu, {part: use.rss for part, use in now.items()})


async def _through(ground: Grounds, office: Office, count: int, others: int) -> Stretch:
    """So many births from filing to `returned`; the next is filed when one of those in hand has ended."""
    filings, free = await _filings(ground, count), asyncio.Semaphore(IN_HAND)

    async def one(filing: dict[str, Any]) -> Course:
        async with free:
            course = office.courses[await office.file(filing)]
            await office.until(lambda: course.closed is not None, PATIENCE_S)
            return course

    watch = _Watch(ground)
    courses = await asyncio.gather(*(one(filing) for filing in filings))
    if astray := {course.stage for course in courses} - {Stage.RETURNED}:
        raise Trouble(f"not all dossiers were returned: {astray}")
    return watch.stretch(others, courses)


async def _opened(ground: Grounds, office: Office, count: int) -> Stretch:
    """So many births filed, accepted and registered, until each of them waits for its number."""
    filings, free = await _filings(ground, count), asyncio.Semaphore(FILED_AT_ONCE)

    async def one(filing: dict[str, Any]) -> Course:
        async with free:
            return office.courses[await office.file(filing)]

    watch = _Watch(ground)
    courses = await asyncio.gather(*(one(filing) for filing in filings))
    async with asyncio.timeout(PATIENCE_S):
        while await _still_waiting(ground) < count:  # noqa: ASYNC110  # the list is all that shows it
            await asyncio.sleep(1)
    return watch.stretch(0, courses)


async def _filings(ground: Grounds, count: int) -> list[dict[str, Any]]:
    return [(await new_family(ground.stack)).filing for _ in range(count)]


async def _still_waiting(ground: Grounds) -> int:
    """How many dossiers wait for their number, by reading the list through."""
    wanted = {"leg": LegKind.PERSONAL_ID.value, "leg_state": LegState.PENDING.value, "limit": PAGE}
    page = await ground.stack.read("/v1/dossiers", Role.SUPPORT, **wanted)
    found = len(page["items"])
    while page["next"]:
        page = await ground.stack.read("/v1/dossiers", Role.SUPPORT, cursor=page["next"], **wanted)
        found += len(page["items"])
    return found


async def _idle(ground: Grounds, seconds: float) -> dict[str, float]:
    before, began = snapshot(ground), time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    return {part: used / took for part, used in cpu_between(before, snapshot(ground)).items()}


# ---- telling


_NAMES = " ".join(f"{part:>8}" for part in PARTS)
HEAD = (
    f"{'':14}{'core-ms a dossier, by process':^37}{'MB, by process':^37}{'filing, ms':>11}"
    f"{'to review':>11}{'to the end':>12}\n"
    f"waiting  per s  {_NAMES}  {_NAMES}   p50  p95   p50  p95    p50  p95 s"
)


def _row(one: Stretch) -> str:
    cpu = " ".join(f"{one.cpu[part] * 1000:>8.0f}" for part in PARTS)
    memory = " ".join(f"{one.rss[part] / MB:>8.0f}" for part in PARTS)
    filing = Spread.of([course.answered - course.filed for course in one.courses])
    review = Spread.of([course.reviewable - course.filed for course in one.courses if course.reviewable])
    end = Spread.of([course.closed - course.filed for course in one.courses if course.closed])
    return (
        f"{one.waiting:>7} {one.rate:>6.2f}  {cpu}  {memory}  {filing.p50 * 1000:>4.0f} {filing.p95 * 1000:>4.0f}  "
        f"{review.p50 * 1000:>4.0f} {review.p95 * 1000:>4.0f}  {end.p50:>5.2f} {end.p95:>5.2f}"
    )


def _told_opening(before: Stretch, opening: Stretch) -> str:
    count = len(opening.courses)
    each = {part: (opening.rss[part] - before.rss[part]) / count for part in opening.rss}
    return (
        f"{count} opened at {opening.rate:.2f}/s, core-ms each: {by_part(opening.cpu, 0, 1000)}; "
        f"kB in memory each: {by_part(each, 1, 0.001)}"
    )


def _enquiries(count: int) -> str:
    pace = Pace()
    first, later = count / pace.first_enquiry, count / pace.enquiry_cap
    return f"nobody asks here; at production's pace {first:.2f} enquiries/s in the first half hour, {later:.2f}/s later"
