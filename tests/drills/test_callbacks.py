"""Callbacks by the dozen, true and false, at every moment: each has its right outcome, and every child one number."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cli import scripted
from cli.bench.grounds import Grounds
from cli.bench.office import Office
from cli.samples import new_family
from cli.stack import Role
from contracts.dossier import TaskKind
from tests.drills.audit import audit
from tests.drills.callers import AGENCY, Body, Call, Callers, Child, granted, inbox, new_id

FULL_DOSSIERS, SMALL_DOSSIERS = 50, 3
AT_ONCE = 8
COPIES = 3
PATIENCE_S = 120.0
SILENT = {"pending_rate": 1.0, "answer_delay_s": [7200, 7200], "callback_drop_rate": 1.0}
NOBODYS = "G22.99.08-000000-000000"


class Fate(StrEnum):
    """When the true answer comes."""

    EARLY = "before the step waits"
    WAITED_FOR = "while the step waits"
    LOST = "never: the enquiry finds it"


@pytest_asyncio.fixture(loop_scope="session")
async def callers(ground: Grounds) -> AsyncIterator[Callers]:
    """The population database takes requests, and says nothing unless a test says it."""
    await ground.stack.agency("PUT", f"{AGENCY}/control/faults", SILENT)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield Callers(ground, http)
    await ground.stack.agency("DELETE", f"{AGENCY}/control/faults")


@dataclass
class Course:
    """One dossier's callbacks: what was sent, and in which states support may see it in the end."""

    ground: Grounds
    callers: Callers
    office: Office
    fate: Fate
    dice: Random
    expected: dict[str, set[str]] = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    async def run(self) -> None:
        """From the filing to long after its end, with everything said at each moment."""
        filing = (await new_family(self.ground.stack)).filing
        child = filing["declaration"]["child"]
        code = await self.office.file(filing)
        review = await scripted.open_task(self.ground.stack, code, TaskKind.REVIEW, patience=PATIENCE_S)
        await self._frauds(code)
        true = await self._early(code, child) if self.fate is Fate.EARLY else None
        await scripted.accept(self.ground.stack, review)
        if true is None:
            await self._until(code, lambda view: _number(view)["state"] == "pending")
            true = await self.callers.decided(code, child)
        if self.fate is Fate.WAITED_FOR:
            await self._waited_for(code, true)
        await scripted.walk(self.ground.stack, code, patience=PATIENCE_S)
        assert _number(await self._view(code))["result"] == true["answer"]["result"]
        await self._afterwards(code, true)

    async def _early(self, code: str, child: Child) -> Body:
        """The agency was asked, its answer got lost, and it calls back while nobody waits yet."""
        await self.callers.asked(code, child)
        true = await self.callers.decided(code, child)
        await self._often(true, {"delivered"})
        return true

    async def _waited_for(self, code: str, true: Body) -> None:
        """The answer, surrounded by frauds, strays and contradictions."""
        await self._frauds(code)
        await self._take(granted(code, "another-case", _other(true)), {"delivered"})
        await self._often(true, {"delivered"})
        await self._until(code, lambda view: _number(view)["state"] == "granted")
        again = {**true, "message_id": new_id()}
        await self._take(again, {"duplicate"})
        # Where the enquiry was quicker nobody waits any more, and the contradiction lies unread.
        contradiction = granted(code, true["reference"], _other(true))
        await self._take(contradiction, {"refused", "delivered"})

    async def _afterwards(self, code: str, true: Body) -> None:
        """The dossier has closed: whatever is said of it, nothing is waiting."""
        await self._frauds(code)
        late = {"delivered"} if self.fate is not Fate.LOST else {"duplicate"}
        await self._often(true, late)
        for body in (true, granted(code, true["reference"], _other(true)), granted(code, "another-case", "x")):
            await self._take({**body, "message_id": new_id()}, {"duplicate"})
        await self._take(granted(NOBODYS, true["reference"], _other(true)), {"unmatched"})

    async def _often(self, body: Body, states: set[str]) -> None:
        """Doubled: signed anew each time, at once; and replayed: the very same bytes."""
        calls = [self.callers.call(body) for _ in range(COPIES)]
        await asyncio.gather(*(self._accepted(call) for call in [*calls, calls[0], calls[0]]))
        self.expected[body["message_id"]] = states

    async def _take(self, body: Body, states: set[str]) -> None:
        await self._accepted(self.callers.call(body))
        self.expected[body["message_id"]] = states

    async def _accepted(self, call: Call) -> None:
        answer = await self.callers.send(call)
        assert answer.status_code == 202, answer.text
        self.answers[answer.status_code] += 1

    async def _frauds(self, code: str) -> None:
        """All of them in any order; none may be kept."""
        body = granted(code, "r", "001226000000")
        frauds = list(self.callers.frauds(body))
        self.dice.shuffle(frauds)
        for call, status, name in frauds:
            answer = await self.callers.send(call)
            told = (answer.status_code, answer.json()["type"])
            assert told == (status, f"urn:lienthong:problem:{name}"), answer.text
            self.answers[status] += 1
        self.unkept.append(body["message_id"])

    async def _view(self, code: str) -> dict[str, Any]:
        view: dict[str, Any] = await self.ground.stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
        return view

    async def _until(self, code: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not wanted(await self._view(code)):
                await asyncio.sleep(0.1)


def _number(view: dict[str, Any]) -> dict[str, Any]:
    return next(leg for leg in view["legs"] if leg["kind"] == "personal_id")


def _other(true: Body) -> str:
    """A number that could be this child's, and is not."""
    number = str(true["answer"]["result"]["personal_id"])
    return f"{number[:6]}{(int(number[6:]) + 1) % 1_000_000:06}"


@pytest.mark.timeout(180)  # its stack may start within it, and a second process of tests keep both cores busy
async def test_every_callback_has_its_right_outcome_and_every_child_one_number(
    ground: Grounds, callers: Callers, full: bool, tell: Callable[[str], None]
) -> None:
    office = Office(ground.stack, handles=frozenset())  # each course walks for itself, at its own moments
    fates = zip(range(FULL_DOSSIERS if full else SMALL_DOSSIERS), cycle(Fate), strict=False)
    courses = [Course(ground, callers, office, fate, Random(n)) for n, fate in fates]  # noqa: S311  # an order
    hands = asyncio.Semaphore(AT_ONCE)

    async def in_turn(course: Course) -> None:
        async with hands:
            await course.run()

    async with asyncio.TaskGroup() as group:
        for course in courses:
            group.create_task(in_turn(course))
    counted = await audit(ground, office.courses)
    states = await _settled(ground, courses)
    answers = sum((course.answers for course in courses), Counter())
    tell(f"callbacks: {counted}; {answers.total()} calls {dict(answers)}; kept {dict(Counter(states.values()))}")


async def _settled(ground: Grounds, courses: list[Course]) -> dict[str, str]:
    """What support sees in the end: each message in its state, no fraud anywhere."""
    expected = {message: states for course in courses for message, states in course.expected.items()}
    unkept = {message for course in courses for message in course.unkept}
    async with asyncio.timeout(PATIENCE_S):
        while "received" in (states := await inbox(ground.stack, expected.keys() | unkept)).values():
            await asyncio.sleep(0.2)
    wrong = {message: state for message, state in states.items() if state not in expected.get(message, ())}
    assert not wrong, f"in a state where they should not be: {wrong}"
    assert states.keys() == expected.keys()
    return states
