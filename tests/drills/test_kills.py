"""Whoever is killed, and whenever: every birth ends, and every answer that was given was true."""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from cli import place
from cli.bench.grounds import PARTS, Grounds, grounds, settings_on_free_ports
from cli.bench.office import Office
from runtime.settings import Settings
from tests.drills.audit import audit
from tests.drills.witness import Witness, every_promise_is_kept, witnessed

Tell = Callable[[str], None]
BLOWS = (("workers",), ("api",), ("engine",), ("agencies",), PARTS)
SEED = 20261122
HIT_WITHIN_S = 1.5
"""Shorter than any birth takes: the one that a blow is meant for is still under way."""
PATIENCE_S = 300.0
SOON = {"agency_timeout": 2.0, "agency_attempt": 6.0}
"""In the small form nobody waits half a minute for what a worker had in hand when it was killed."""
ADDRESSES = ("temporal_address", "temporal_ui_port", "api_port", "agencies_url", "issuer", "signing_url", "public_url")


@dataclass
class Killer:
    """Kills at drawn moments; waits until everything is up again before the next."""

    ground: Grounds
    office: Office
    draw: random.Random
    filed: int = 0
    kills: int = 0
    last_back: float = 0.0
    under_way: list[int] = field(default_factory=list)
    """How many births there were to hit, blow by blow."""

    async def round(self, births: int) -> None:
        """The five blows in a drawn order, with so many births filed before and while they fall."""
        for number, parts in enumerate(self.draw.sample(BLOWS, len(BLOWS))):
            share = births // len(BLOWS) + (number < births % len(BLOWS))
            async with asyncio.TaskGroup() as group:
                for moment in [0.0, *(self.draw.uniform(0, 4 * HIT_WITHIN_S) for _ in range(share - 1))]:
                    group.create_task(self._file(moment))
                await asyncio.sleep(self.draw.uniform(0, HIT_WITHIN_S))
                await self._kill(parts)

    async def _file(self, moment: float) -> None:
        await asyncio.sleep(moment)
        self.filed += 1
        await self.office.file()

    async def _kill(self, parts: tuple[str, ...]) -> None:
        self.under_way.append(self.filed - sum(course.closed is not None for course in self.office.courses.values()))
        before = {part: self.ground.pid(part) for part in parts}
        self.ground.kill(*parts)
        self.kills += len(parts)
        async with asyncio.timeout(PATIENCE_S):
            while any(self.ground.pid(part) == pid for part, pid in before.items()):
                await asyncio.sleep(0.1)
            await up(self.ground.settings)
        self.last_back = time.monotonic()


async def up(known: Settings) -> None:
    """Return when every part is there; the API is ready without the stand-ins."""
    async with httpx.AsyncClient(trust_env=False) as http:
        for url in (f"{known.agencies_url}/healthz", f"{place.api_url(known)}/readyz"):
            while not await _answers(http, url):
                await asyncio.sleep(0.1)


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.TransportError:
        return False


@pytest.mark.timeout(300)
async def test_whichever_part_is_killed_every_birth_ends_and_every_answer_was_true(full: bool, tell: Tell) -> None:
    births, rounds = (200, 10) if full else (6, 1)
    async with grounds(**({} if full else SOON)) as ground, witnessed(ground.settings, PATIENCE_S) as (stack, witness):
        office = Office(stack)
        killer = Killer(ground, office, random.Random(SEED))  # noqa: S311  # no secret: the same moments again
        async with office.at_work():
            for _ in range(rounds):
                await killer.round(births // rounds)
            await office.all_closed(PATIENCE_S)
        codes = await every_promise_is_kept(stack, witness)
        await audit(ground, codes)
        assert len(codes) == births
        assert min(killer.under_way) > 0, "each blow fell while a birth was under way"
        restarts = sum("killed by SIGKILL; started again" in line for line in ground.told)
        assert restarts == killer.kills
    tell(f"{killer.kills} kills, {restarts} restarts; {figures(witness, office, killer.last_back)}")


def figures(witness: Witness, office: Office, last_back: float) -> str:
    """What the people of the office went through."""
    filings = witness.filings()
    told = sum(answer.given for answers in filings.values() for answer in answers)
    unknown, cut = witness.repeated()
    ended = max(course.closed or 0.0 for course in office.courses.values())
    return (
        f"{len(filings)} filings, answered 2xx {told} times; {unknown} answers 503 and {cut} cut connections repeated; "
        f"last dossier ended {max(0.0, ended - last_back):.1f} s after the last restart"
    )


@pytest.mark.timeout(300)
async def test_the_whole_installation_is_killed_and_started_anew(full: bool, tell: Tell, tmp_path: Path) -> None:
    known, told = settings_on_free_ports(tmp_path, {} if full else SOON)
    same = {name: getattr(known, name) for name in (*ADDRESSES, *SOON)}
    async with witnessed(known, PATIENCE_S) as (stack, witness):
        office = Office(stack)
        async with office.at_work():
            async with installation(known, told):
                filings = [asyncio.create_task(office.file()) for _ in range(20 if full else 3)]
                await asyncio.sleep(HIT_WITHIN_S)
            killed = time.monotonic()
            async with grounds(known.state_dir, **same) as ground:
                back = time.monotonic()
                codes = set(await asyncio.gather(*filings))
                await office.all_closed(PATIENCE_S)
                assert await every_promise_is_kept(stack, witness) == codes
                await audit(ground, codes)
        assert all(course.closed and course.closed > killed for course in office.courses.values())
    tell(f"the whole installation killed and started anew; {figures(witness, office, back)}")


@asynccontextmanager
async def installation(known: Settings, told: dict[str, str]) -> AsyncIterator[None]:
    """As an operator starts it; at the end its supervisor and all its parts are killed at once."""
    command = (sys.executable, "-m", "cli", "up", "--no-demo")
    with (known.state_dir / "up.log").open("wb") as log:
        env = {**os.environ, **told}
        supervisor = await asyncio.create_subprocess_exec(*command, cwd=place.ROOT, env=env, stdout=log, stderr=log)
    try:
        await up(known)
        yield
    finally:
        notes = [json.loads(note.read_text()) for note in (known.state_dir / "run").glob("*.json")]
        for pid in [supervisor.pid, *(note["pid"] for note in notes)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await supervisor.wait()
    assert len(notes) == len(PARTS), "all parts were running, and none of them outlived this"
