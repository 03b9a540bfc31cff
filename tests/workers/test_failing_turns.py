"""A workflow whose own code fails is seen, and gone once a mended version runs."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from records.database import Database
from records.feed import Standings
from records.keys import StoredKeys
from records.queries import Queries
from records.support.heard import Hearing
from records.support.stuck import StuckCases, StuckFilter
from tests.records import samples
from workers.watchdog import Watchdog

SOON = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=1"
"""In life the engine waits for five failures in a row, about a minute."""
mended = False


@workflow.defn
class Procedure:
    """Fails until it is mended, then waits to be told to end."""

    def __init__(self) -> None:
        self._told = False

    @workflow.run
    async def run(self) -> None:
        if not mended:
            raise RuntimeError("a mistake in the program")
        await workflow.wait_condition(lambda: self._told)

    @workflow.signal
    def end(self) -> None:
        self._told = True


@pytest_asyncio.fixture(loop_scope="session")
async def engine() -> AsyncIterator[Client]:
    temporal = shutil.which("temporal", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal, dev_server_extra_args=["--dynamic-config-value", SOON]
    ) as server:
        yield server.client


@pytest.mark.timeout(150)  # the engine's pause after failures grows, and both cores may be busy
async def test_a_failing_workflow_is_seen_and_gone_once_it_is_mended(engine: Client, sqlite: Database) -> None:
    global mended  # noqa: PLW0603  # the version that runs
    keys = StoredKeys(sqlite, bytes(32))
    code = (await samples.claimed(sqlite, keys)).code
    cases = StuckCases(sqlite, keys)
    watchdog = Watchdog(
        engine, cases, Hearing(sqlite, keys), Queries(sqlite, keys), Standings(sqlite), every=1, expected=1
    )

    async def until(number: int) -> list[str]:
        async with asyncio.timeout(50):
            while True:
                watchdog._turns_at = 0.0
                await watchdog.look_at_turns()
                rows = (await cases.listing(StuckFilter())).items
                if len(rows) == number:
                    return [f"{row.cause} {row.dossier}" for row in rows]
                await asyncio.sleep(0.2)

    runner = UnsandboxedWorkflowRunner()
    async with Worker(engine, task_queue="q", workflows=[Procedure], workflow_runner=runner):
        for name in (f"birth/{code}", "couriers/one-stop"):
            await engine.start_workflow(Procedure.run, id=name, task_queue="q")
        assert await until(1) == [f"turn-failed {code}"]
        mended = True
        assert await until(0) == []
        row = await cases.one(f"turn.{code}")
        assert row is not None
        assert row.gone_at is not None
