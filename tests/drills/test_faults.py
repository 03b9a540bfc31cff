"""Births under every fault of their agencies: once it is lifted all end as they should, with one effect a key."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest

from cli.bench.grounds import Grounds
from cli.bench.office import Office
from cli.stack import Role, Stack
from cli.trouble import Problem
from tests.drills.audit import audit
from tests.drills.trials import SEED, TRIALS, Findings, Settings, Trial, closed

FULL_BIRTHS = 50
FULL_LASTS_S = 20.0
FULL_OUTAGE_S = 4.0
FILERS = 4
TIMEOUT_S = 180
"""The first trial starts the stack, and a second process of tests may keep both cores busy."""
LOOK_EVERY_S = 0.2
PATIENCE_S = 300.0


@dataclass
class HelpDesk:
    """The support person: looks at each incident of these dossiers and asks once more."""

    stack: Stack
    codes: Collection[str]
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    _decided: set[str] = field(default_factory=set)

    async def work(self) -> None:
        while True:
            page = await self.stack.read("/v1/incidents", Role.SUPPORT, limit="200")
            for incident in page["items"]:
                if incident["dossier"] in self.codes and incident["id"] not in self._decided:
                    self.seen[incident["id"]] = incident
                    await self._retry(incident["id"])
            await asyncio.sleep(LOOK_EVERY_S)

    async def _retry(self, incident: str) -> None:
        body = {"decision": "retry", "reason": "cơ quan đã hoạt động trở lại"}
        with suppress(Problem):  # still on the list, it is looked at again
            await self.stack.send(f"/v1/incidents/{incident}/resolution", Role.SUPPORT, body)
            self._decided.add(incident)


@dataclass
class Run:
    """Births under one trial."""

    ground: Grounds
    trial: Trial
    settings: Settings
    outage_s: float
    office: Office
    desk: HelpDesk
    lifted: float = 0.0

    @classmethod
    def of(cls, ground: Grounds, trial: Trial, *, full: bool) -> "Run":
        office = Office(ground.stack)
        outage_s = FULL_OUTAGE_S if full and trial.outage_s else trial.outage_s
        desk = HelpDesk(ground.stack, office.courses)
        return cls(ground, trial, trial.full if full else trial.small, outage_s, office, desk)

    async def small(self) -> None:
        """The fault is there from the beginning, until every dossier has met it."""
        async with self.office.at_work():
            async with self._faulty():
                await self._file(self.trial.births)
                await self._halted()
            await self._mended()

    async def full(self) -> None:
        """The fault comes while births stand at every step, and lasts a while."""
        async with self.office.at_work(), asyncio.TaskGroup() as filing:
            filing.create_task(self._file(FULL_BIRTHS))
            await self.office.until(lambda: len(self.office.courses) >= FULL_BIRTHS // 5, PATIENCE_S)
            async with self._faulty():
                await asyncio.sleep(FULL_LASTS_S)
                await self.office.until(lambda: len(self.office.courses) >= FULL_BIRTHS, PATIENCE_S)
            await self._mended()

    async def findings(self) -> Findings:
        """What journals and the log say so far."""
        pages = {
            code: await self.ground.stack.read(f"/v1/dossiers/{code}/journal", Role.SUPPORT)
            for code in self.office.courses
        }
        return Findings({code: page["items"] for code, page in pages.items()}, self._failures())

    @property
    def seconds(self) -> float:
        """From the lift to the last one's end."""
        return max(0.0, *((course.closed or 0.0) - self.lifted for course in self.office.courses.values()))

    async def _file(self, births: int) -> None:
        async def filer(share: int) -> None:
            for _ in range(share):
                await self.office.file()

        await asyncio.gather(*(filer(len(range(n, births, FILERS))) for n in range(FILERS)))

    async def _halted(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                views = [
                    await self.ground.stack.read(f"/v1/dossiers/{code}", Role.SUPPORT) for code in self.office.courses
                ]
                if all(closed(view) for view in views):
                    return
                if all(map(self.trial.halts, views)) and self.trial.met(await self.findings()) > 0:
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    async def _mended(self) -> None:
        """All is well again: support decides what waits, and every dossier comes to its end."""
        self.lifted = time.monotonic()
        helping = asyncio.create_task(self.desk.work())
        try:
            await self.office.all_closed(PATIENCE_S)
        finally:
            helping.cancel()
            with suppress(asyncio.CancelledError):
                await helping

    @asynccontextmanager
    async def _faulty(self) -> AsyncIterator[None]:
        for agency, setting in self.settings.items():
            await self._set(agency, setting)
        over = asyncio.Event()
        outages = asyncio.create_task(self._outages(over))
        try:
            yield
        finally:
            over.set()
            await outages  # not cancelled: a setting that is on its way could come after the one that lifts it
            for agency in self.settings:
                await self.ground.stack.agency("DELETE", f"{agency}/control/faults")

    async def _outages(self, over: asyncio.Event) -> None:
        for turn, (agency, setting) in enumerate(cycle(self.settings.items()) if self.outage_s else ()):
            if over.is_set():
                return
            await self._set(agency, {**setting, "down": True})
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), self.outage_s)
            await self._set(agency, {**setting, "seed": SEED + turn})  # draws begin anew: not the same ones again

    async def _set(self, agency: str, setting: Any) -> None:
        await self.ground.stack.agency("PUT", f"{agency}/control/faults", setting)

    def _failures(self) -> Counter[str]:
        lines = self.ground.logs().splitlines(keepends=True)  # the last one of a log may still be on its way
        told = (json.loads(line) for line in lines if '"activity_failed"' in line and line.endswith("}\n"))
        return Counter(each["failure"] for each in told if each["workflow"].partition("/")[2] in self.office.courses)


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
async def test_births_under_a_fault_end_as_they_should_once_it_is_lifted(
    ground: Grounds, trial: Trial, full: bool, tell: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    run = Run.of(ground, trial, full=full)
    await (run.full() if full else run.small())
    found = await run.findings()
    rejected = dict.fromkeys(found.rejected(), "rejected")
    counted = await audit(ground, run.office.courses, stages=rejected, may_refuse=trial.refused)
    refused = found.moved("refused")
    tell(
        f"{request.node.callspec.id}: {counted}; met {trial.met(found)} times, {dict(found.failures)};"
        f" incidents {dict(found.opened())}, {refused} legs refused, {len(rejected)} rejected;"
        f" {run.seconds:.1f} s from lift to last end"
    )
    assert trial.met(found) > 0, "nothing was tried"
    assert found.opened().keys() <= set(trial.incidents)
    assert found.resolved() == found.opened().total() == len(run.desk.seen)
    assert all(each["attempts"] == 3 for each in run.desk.seen.values() if each["code"] == "answer-unreadable")
    assert found.moved("not_applicable") == 3 * len(rejected)
    assert refused == 0 or trial.refused
