"""A mistake in a step fails the dossier's turns: seen within ninety seconds, healed by the mended version alone."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.asking import eventually
from tests.e2e.rolled_out import ROOT, environment
from tests.stack import PIN, Stack, leg, ready, running

SEEN_WITHIN_S = 90.0
GRANTED_ONCE = {"civil-status": "register", "residence": "register_residence", "social-insurance": "issue_card"}


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """Its workers are exchanged."""
    async with running(tmp_path, first_enquiry=6.0, retry_cap=2.0) as product:
        yield product


@asynccontextmanager
async def released(stack: Stack, step: str) -> AsyncIterator[None]:
    """Workers of a version in which a step is mistaken, in a process of their own."""
    await stack.workers.stop()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.faulty_worker"),
        cwd=ROOT,
        env={**os.environ, **environment(stack), "FAULTY_STEP": step},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await ready(stack, patience=60)
        yield
    finally:
        process.terminate()
        await process.wait()
        await stack.workers.start()


@pytest.mark.timeout(300)
async def test_it_is_told_as_a_mistake_of_the_program_and_heals_without_anybody(stack: Stack) -> None:
    await stack.faults("population", pending_rate=0)
    async with released(stack, "health_card"):
        code = await stack.file()
        await stack.accept(code)
        task = await stack.task(code, "signature")
        body = {"method": "remote", "document_sha256": task["document_sha256"], "pin": PIN}
        await stack.post(f"/v1/tasks/{task['id']}/signature", body, "chair")

        async def problems() -> Any:
            described = await stack.client.get_workflow_handle(f"birth/{code}").describe()
            return described.search_attributes.get("TemporalReportedProblems")

        told = await eventually(problems, bool, SEEN_WITHIN_S)
        assert "category=WorkflowTaskFailed" in told

        async def stuck() -> list[dict[str, Any]]:
            items = (await stack.get("/v1/stuck?cause=turn-failed")).json()["items"]
            return [each for each in items if each["dossier"] == code]

        [case] = await eventually(stuck, bool)
        assert (case["owner"], case["acts"]) == ("developer", [])

    view = await stack.stage(code, "returned", patience=90)
    assert leg(view, "health_card")["state"] == "granted"
    for agency, effect in GRANTED_ONCE.items():
        assert await stack.effects(agency, code, effect) == 1
    await eventually(stuck, lambda found: not found)
