"""A run's people: a portal that files, a clerk who accepts, a chair who signs; they watch lists, as people do."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cli import scripted
from cli.samples import new_family
from cli.stack import Role, Stack
from cli.trouble import Trouble
from contracts.dossier import Stage, TaskKind

LOOK_EVERY_S = 0.1
PAGE = "200"
HANDS = 16
"""So many tasks a role has in hand at once."""


@dataclass
class Course:
    """One dossier as its people saw it; instants of the monotonic clock."""

    filed: float
    answered: float = 0.0
    reviewable: float | None = None
    closed: float | None = None
    stage: Stage | None = None


@dataclass
class Office:
    """Everybody who works on one run's dossiers.

    `handles`: which tasks they act on; others stay open.
    """

    stack: Stack
    look_every: float = LOOK_EVERY_S
    handles: frozenset[TaskKind] = frozenset({TaskKind.REVIEW, TaskKind.SIGNATURE})
    courses: dict[str, Course] = field(default_factory=dict)
    _in_hand: set[str] = field(default_factory=set)
    _hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HANDS))
    _after: int = 0
    _reviewable: dict[str, float] = field(default_factory=dict)
    _early: dict[str, Stage] = field(default_factory=dict)
    """On the clerk's list, and closed, before the answer to their filing was read."""

    async def file(self, filing: dict[str, Any] | None = None, key: str | None = None) -> str:
        """File one dossier, of a new family unless given; its code."""
        filing = filing or (await new_family(self.stack)).filing
        began = time.monotonic()
        view = await self.stack.send("/v1/dossiers", Role.PORTAL, filing, key)
        code = str(view["code"])
        course = self.courses.setdefault(code, Course(began))
        course.answered = time.monotonic()
        course.reviewable = course.reviewable or self._reviewable.pop(code, None)
        if code in self._early:
            self._close(code, self._early.pop(code))
        return code

    async def all_closed(self, patience: float) -> None:
        """Return when every dossier filed here has ended; names those that have not."""
        await self.until(lambda: all(course.closed for course in self.courses.values()), patience)

    async def until(self, holds: Callable[[], bool], patience: float) -> None:
        """Wait for something that the people of this office see."""
        try:
            async with asyncio.timeout(patience):
                while not holds():  # noqa: ASYNC110  # what they see comes by asking
                    await asyncio.sleep(self.look_every)
        except TimeoutError as err:
            left = [code for code, course in self.courses.items() if course.closed is None]
            raise Trouble(f"{len(left)} of {len(self.courses)} dossiers did not end in time: {left[:5]}") from err

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Office"]:
        """Everybody works inside, and has gone home afterwards."""
        async with asyncio.TaskGroup() as group:
            shifts = [group.create_task(self._clerks(group)), group.create_task(self._portal())]
            try:
                yield self
            finally:
                for shift in shifts:
                    shift.cancel()

    async def _clerks(self, group: asyncio.TaskGroup) -> None:
        while True:
            page = await self.stack.read("/v1/tasks", Role.CLERK, limit=PAGE)
            for task in page["items"]:
                if task["id"] not in self._in_hand and task["kind"] in self.handles:
                    self._in_hand.add(task["id"])
                    self._seen(task)
                    group.create_task(self._decide(task))
            await asyncio.sleep(self.look_every)

    def _seen(self, task: dict[str, Any]) -> None:
        code = task["dossier"]
        course = self.courses.get(code)
        if task["kind"] != TaskKind.REVIEW:
            return
        if course is None:
            self._reviewable.setdefault(code, time.monotonic())
        elif course.reviewable is None:
            course.reviewable = time.monotonic()

    async def _decide(self, task: dict[str, Any]) -> None:
        async with self._hands:
            if not await scripted.decide(self.stack, task):
                self._in_hand.discard(task["id"])  # still open, it is looked at again

    async def _portal(self) -> None:
        while True:
            page = await self.stack.read("/v1/events", Role.PORTAL, after=str(self._after), limit=PAGE)
            for event in page["items"]:
                if event["stage"] and Stage(event["stage"]).closed:
                    self._close(event["dossier"], Stage(event["stage"]))
            self._after = page["next"]
            if len(page["items"]) < int(PAGE):
                await asyncio.sleep(self.look_every)

    def _close(self, code: str, stage: Stage) -> None:
        course = self.courses.get(code)
        if course is None:
            self._early[code] = stage
        elif course.closed is None:
            course.closed, course.stage = time.monotonic(), stage
