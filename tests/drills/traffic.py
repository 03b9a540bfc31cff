"""Mixed traffic of one ward: births of every fate at a steady rate, and people who file, decide, read and listen."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest

from cli import scripted
from cli.samples import new_family
from cli.stack import Role, Stack
from cli.trouble import Problem
from contracts.dossier import Channel, Stage, TaskKind

LOOK_S = 0.5
FOLLOW_S = 1.0
HANDS = 16
"""So many tasks the office has in hand at once."""
PAGE = "200"


class Fate(StrEnum):
    """What is to become of a birth."""

    STRAIGHT = "straight"
    COUNTER = "counter"
    SUPPLEMENTED = "supplemented"
    REPEATED = "repeated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def end(self) -> Stage:
        """The stage in which it ends."""
        return {Fate.REJECTED: Stage.REJECTED, Fate.WITHDRAWN: Stage.WITHDRAWN}.get(self, Stage.RETURNED)


MIX = (
    *(Fate.STRAIGHT, Fate.COUNTER, Fate.STRAIGHT, Fate.SUPPLEMENTED, Fate.REPEATED),
    *(Fate.STRAIGHT, Fate.REJECTED, Fate.COUNTER, Fate.WITHDRAWN, Fate.STRAIGHT),
)


@dataclass
class Life:
    """One dossier as the ward saw it; instants of the monotonic clock."""

    fate: Fate
    child: str
    filed: float
    answered: float
    closed: float | None = None
    stage: str | None = None

    @property
    def age(self) -> float:
        """Seconds from filing to its end, or until now."""
        return (self.closed or time.monotonic()) - self.filed


@dataclass
class Ward:
    """Everybody's work, over HTTP alone; any answer that is not expected ends it."""

    stack: Stack
    lives: dict[str, Life] = field(default_factory=dict)
    reads: int = 0
    heard: list[int] = field(default_factory=list)
    """The feed's events by number, in order."""
    _in_hand: set[str] = field(default_factory=set)
    _hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HANDS))
    _answering: int = 0
    """Filings whose answer is not there yet."""
    _early: dict[str, str] = field(default_factory=dict)
    """Closed before the answer to their filing was read."""
    _group: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)

    @property
    def open(self) -> list[Life]:
        """What has been filed and has not ended."""
        return [life for life in self.lives.values() if life.closed is None]

    @property
    def oldest(self) -> float:
        """The age of the oldest open dossier."""
        return max((life.age for life in self.open), default=0.0)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Ward"]:
        """Clerks, portal and readers work inside; what is under way at the end is finished."""
        async with asyncio.TaskGroup() as self._group:
            shifts = [self._group.create_task(each) for each in (self._clerks(), self._portal(), self._readers())]
            try:
                yield self
            finally:
                for shift in shifts:
                    shift.cancel()

    async def file_steadily(self, every_s: float, seconds: float) -> None:
        """Begin a birth at every beat, however long the ones before take."""
        began = time.monotonic()
        for n, fate in zip(range(round(seconds / every_s)), cycle(MIX), strict=False):
            await asyncio.sleep(began + n * every_s - time.monotonic())
            self._answering += 1
            self._group.create_task(self._live(fate))

    async def all_closed(self, patience: float) -> None:
        """Return when everything has ended; those that have not are named."""
        try:
            async with asyncio.timeout(patience):
                while self.open or self._answering:  # what others do can only be looked at
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            stuck = {code: life.fate for code, life in self.lives.items() if life.closed is None}
            raise AssertionError(f"{len(stuck)} of {len(self.lives)} did not end: {stuck}") from None

    # ---- families

    async def _live(self, fate: Fate) -> None:
        filing, role = (await new_family(self.stack, paper=fate is Fate.REPEATED)).filing, Role.PORTAL
        if fate is Fate.COUNTER:
            filing, role = filing | {"channel": Channel.COUNTER}, Role.CLERK
        key, began = uuid4().hex, time.monotonic()
        code = await self._file(filing, role, key)
        life = Life(fate, filing["declaration"]["child"]["given_name"], began, time.monotonic())
        self.lives[code] = life
        self._answering -= 1
        if code in self._early:
            self._close(code, self._early.pop(code))
        match fate:
            case Fate.REPEATED:
                assert await self._file(filing, role, key) == code
            case Fate.WITHDRAWN:
                await self.stack.send(f"/v1/dossiers/{code}/withdrawal", role, {"reason": "Gia đình rút hồ sơ"})
            case Fate.COUNTER:  # the feed tells portals alone
                await self._follow(code)

    async def _file(self, filing: dict[str, Any], role: Role, key: str) -> str:
        return str((await self.stack.send("/v1/dossiers", role, filing, key))["code"])

    async def _follow(self, code: str) -> None:
        while not self.lives[code].closed:
            await asyncio.sleep(FOLLOW_S)
            view = await self.stack.read(f"/v1/dossiers/{code}", Role.CLERK)
            if Stage(view["stage"]).closed:
                self._close(code, view["stage"])

    async def _portal(self) -> None:
        after = "0"
        while True:
            page = await self.stack.read("/v1/events", Role.PORTAL, after=after, limit=PAGE)
            for event in page["items"]:
                self.heard.append(event["id"])
                if Stage(event["stage"]).closed:
                    self._close(event["dossier"], event["stage"])
            after = str(page["next"])
            if len(page["items"]) < int(PAGE):
                await asyncio.sleep(LOOK_S)

    def _close(self, code: str, stage: str) -> None:
        life = self.lives.get(code)
        if life is None:
            self._early[code] = stage
        elif life.closed is None:
            life.closed, life.stage = time.monotonic(), stage

    # ---- the office

    async def _clerks(self) -> None:
        while True:
            for task in (await self.stack.read("/v1/tasks", Role.CLERK, limit=PAGE))["items"]:
                life = self.lives.get(task["dossier"])
                if life and life.fate is not Fate.WITHDRAWN and task["id"] not in self._in_hand:
                    self._in_hand.add(task["id"])
                    self._group.create_task(self._in_turn(task, life))
            await asyncio.sleep(LOOK_S)

    async def _in_turn(self, task: dict[str, Any], life: Life) -> None:
        async with self._hands:
            try:
                await self._decide(task, life)
            except Problem as problem:
                if problem.name not in scripted.OVERTAKEN:
                    raise
        self._in_hand.discard(task["id"])  # still open, it is taken up again

    async def _decide(self, task: dict[str, Any], life: Life) -> None:
        if task["kind"] == TaskKind.REVIEW and life.fate is Fate.REJECTED:
            reasons = (await self.stack.read(f"/v1/tasks/{task['id']}", Role.CLERK))["choices"]["reasons"]
            reject = {"decision": "reject", "reason": reasons[0]}
            await self.stack.send(f"/v1/tasks/{task['id']}/review", Role.CLERK, reject)
        elif task["id"].endswith("review.1") and life.fate is Fate.SUPPLEMENTED:
            await scripted.ask_supplement(self.stack, task["id"], ["declaration"], "Xin kiểm tra lại số bản sao")
            await self._supplement(task["dossier"])
        else:
            await scripted.decide(self.stack, task)

    async def _supplement(self, code: str) -> None:
        asked = (await self.stack.read(f"/v1/dossiers/{code}", Role.PORTAL))["supplement"]["id"]
        answer = {"request": asked, "declaration": {"copies": 5}}
        await self.stack.send(f"/v1/dossiers/{code}/supplement", Role.PORTAL, answer)

    # ---- readers

    async def _readers(self) -> None:
        while True:
            for code, life in list(self.lives.items())[-1:]:
                for path, role, params in looks(code):
                    await self.stack.read(path, role, **params)
                    self.reads += 1
                    await asyncio.sleep(LOOK_S)
                await self.stack.send("/v1/searches", Role.CLERK, {"name": life.child})
                await self._mistakes(code)
            await asyncio.sleep(LOOK_S)

    async def _mistakes(self, code: str) -> None:
        nowhere = (await new_family(self.stack)).filing | {"office": "99999"}
        await self._refused("/v1/dossiers", Role.PORTAL, nowhere, "invalid")
        await self._refused(f"/v1/tasks/{code}.review.9/review", Role.CLERK, {"decision": "accept"}, "task-unknown")

    async def _refused(self, path: str, role: Role, body: dict[str, Any], name: str) -> None:
        with pytest.raises(Problem) as told:
            await self.stack.send(path, role, body)
        assert told.value.name == name


def looks(code: str) -> Iterator[tuple[str, Role, dict[str, str]]]:
    """What people look at: path, who, parameters."""
    yield f"/v1/dossiers/{code}", Role.SUPPORT, {}
    yield f"/v1/dossiers/{code}/journal", Role.SUPPORT, {}
    yield "/v1/dossiers", Role.CLERK, {"limit": PAGE}
    yield "/v1/dossiers", Role.CLERK, {"stage": "in_progress"}
    yield "/v1/dossiers", Role.SUPPORT, {"leg": "personal_id", "leg_state": "pending"}
    yield "/v1/dossiers", Role.SUPPORT, {"overdue": "true"}
    yield "/v1/tasks", Role.CLERK, {"kind": "review", "state": "done"}
    yield "/v1/incidents", Role.SUPPORT, {}
    yield "/v1/undelivered", Role.SUPPORT, {}
    yield "/v1/statistics/dossiers", Role.MANAGER, {}
    yield "/v1/webhooks", Role.PORTAL, {}
