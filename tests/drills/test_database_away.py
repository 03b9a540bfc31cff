"""The database is away while births run: filers are told to repeat, nothing is lost, histories do not swell."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from cli import place
from cli.bench.grounds import Grounds, grounds
from cli.bench.office import Office
from tests.databases import a_postgres_server, address, paused
from tests.drills.audit import audit
from tests.drills.witness import Answer, Witness, all_codes, every_promise_is_kept, witnessed

Tell = Callable[[str], None]
PATIENCE_S = 300.0
SWOLLEN = 40
"""Events: more than all turns of a birth can cost on their second way (scheduled, started, completed, and a task)."""
HOLDS_THE_LOCK = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def stopped(server: Any) -> AsyncIterator[None]:
    """Away at once, as after a power cut; at its next start it recovers what was committed."""
    postmaster = server.get_postmaster_info()
    os.kill(postmaster.pid, signal.SIGQUIT)
    async with asyncio.timeout(30):
        while postmaster.is_running():
            await asyncio.sleep(0.05)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


@asynccontextmanager
async def hanging(server: Any) -> AsyncIterator[None]:
    """It takes calls and answers none."""
    with paused(server):
        yield


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Another process writes in the file and does not come to an end."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-c", HOLDS_THE_LOCK, str(file))
    holder = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        await holder.communicate(b"")  # closes what it reads


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def on_postgres() -> AsyncIterator[tuple[Grounds, Any]]:
    """A stack whose records are in PostgreSQL, and the server."""
    with a_postgres_server() as server:
        async with grounds(database_url=address(server)) as ground:
            yield ground, server


@pytest.mark.timeout(300)
async def test_postgresql_stops_and_comes_back_and_nothing_is_lost(
    on_postgres: tuple[Grounds, Any], full: bool, tell: Tell
) -> None:
    ground, server = on_postgres
    tell(f"PostgreSQL {await births_meet(ground, stopped(server), full=full)}")


@pytest.mark.timeout(300)
async def test_postgresql_hangs_and_goes_on_and_nothing_is_lost(
    on_postgres: tuple[Grounds, Any], full: bool, tell: Tell
) -> None:
    ground, server = on_postgres
    tell(f"PostgreSQL, hanging, {await births_meet(ground, hanging(server), full=full)}")


@pytest.mark.timeout(300)
async def test_sqlite_is_locked_and_let_go_and_nothing_is_lost(ground: Grounds, full: bool, tell: Tell) -> None:
    file = ground.settings.state_dir / "lienthong.db"
    tell(f"SQLite {await births_meet(ground, locked(file), full=full)}")


async def births_meet(ground: Grounds, away: AbstractAsyncContextManager[None], *, full: bool) -> str:
    """Births before, at and during the outage; all promises kept, no history swollen. Its figures."""
    seconds, births = (120.0, 50) if full else (6.0, 3)
    engine = await Client.connect(ground.settings.temporal_address, namespace=ground.settings.temporal_namespace)
    already = await all_codes(ground.stack)
    async with witnessed(ground.settings, PATIENCE_S) as (stack, witness):
        office = Office(stack)
        async with office.at_work():
            before = set(await asyncio.gather(*(office.file() for _ in range(births))))
            await office.all_closed(PATIENCE_S)
            usual = await events(engine, before)
            async with asyncio.TaskGroup() as portal:
                met = [portal.create_task(_filed(office, n / births)) for n in range(births)]
                await asyncio.sleep(1)
                async with away:
                    gone = time.monotonic()
                    during = [portal.create_task(_filed(office, n / births)) for n in range(births)]
                    await asyncio.gather(_not_ready(ground), _told_once(witness, gone), asyncio.sleep(seconds))
                    assert not any(filing.done() for filing in during)
                    slowest = _told_to_repeat(
                        [answer for answer in witness.answers if answer.files and answer.began > gone]
                    )
            await office.all_closed(PATIENCE_S)
        codes = await every_promise_is_kept(stack, witness, already=already)
        await audit(ground, codes)
    after = {filing.result() for filing in (*met, *during)}
    assert codes == before | after
    through = await events(engine, after)
    assert max(through) <= max(usual) + SWOLLEN, "retries of what goes to the database leave no events"
    unknown, cut = witness.repeated()
    return (
        f"away for {seconds:g} s: {len(after)} births met it; {unknown} answers 503 and {cut} cut connections "
        f"repeated, the slowest after {slowest:.1f} s; "
        f"events per dossier before {_spread(usual)}, through it {_spread(through)}"
    )


async def _filed(office: Office, moment: float) -> str:
    await asyncio.sleep(moment)
    return await office.file()


async def _not_ready(ground: Grounds) -> None:
    async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(timeout=30, trust_env=False) as http:
        while (await http.get(f"{place.api_url(ground.settings)}/readyz")).status_code != 503:
            await asyncio.sleep(0.2)


async def _told_once(witness: Witness, gone: float) -> None:
    """Return when a filing made during the outage was answered."""
    async with asyncio.timeout(PATIENCE_S):
        while not any(answer.files and answer.began > gone for answer in witness.answers):
            await asyncio.sleep(0.1)


def _told_to_repeat(filings: list[Answer]) -> float:
    """Every filing made during the outage was told to come again; how many seconds the slowest answer took."""
    assert filings
    assert {503} <= {answer.status for answer in filings} <= {429, 503}
    return max(answer.seconds for answer in filings)


async def events(engine: Client, codes: set[str]) -> list[int]:
    """How many events each dossier's history has."""
    histories = [await engine.get_workflow_handle(f"birth/{code}").fetch_history() for code in codes]
    return sorted(len(history.events) for history in histories)


def _spread(counts: list[int]) -> str:
    return f"{counts[0]}–{counts[-1]} (middle {counts[len(counts) // 2]})"
