"""`/readyz` tells the truth when the database or the engine is away, and when they are back."""

import asyncio
from pathlib import Path

import pytest

from tests.databases import a_postgres_server, address
from tests.stack import Stack, running


async def checks(stack: Stack, **wanted: bool) -> dict[str, bool]:
    """The checks as soon as they are as wanted."""
    found: dict[str, bool] = {}
    try:
        async with asyncio.timeout(40):
            while True:
                answer = await stack.http.get("/readyz")
                found = answer.json()["checks"]
                assert (answer.status_code == 200) == all(found.values())
                if wanted.items() <= found.items():
                    return found
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"never came: {wanted}, but {found}") from None


@pytest.mark.timeout(150)
async def test_ready_means_that_filings_can_be_taken(tmp_path: Path) -> None:
    with a_postgres_server() as server:
        async with running(tmp_path, address(server)) as stack:
            assert all((await checks(stack)).values())
            filing = await stack.family()
            await asyncio.to_thread(server.stop)
            await checks(stack, database=False, engine=True)
            answer = await stack.post("/v1/dossiers", filing, "portal", "database-away")
            assert answer.status_code == 503, answer.text
            await asyncio.to_thread(server.start)
            await checks(stack, database=True, worker=True)
            again = await stack.post("/v1/dossiers", filing, "portal", "database-away")
            assert again.status_code == 202, again.text
            await stack.walk(str(again.json()["code"]))


@pytest.mark.timeout(90)
async def test_an_engine_that_is_away_is_said_and_a_filing_can_be_repeated(tmp_path: Path) -> None:
    async with running(tmp_path) as stack:
        filing = await stack.family()
        await stack.workers.stop()
        await stack.engine.shutdown()
        await checks(stack, engine=False, worker=False, database=True)
        answer = await stack.post("/v1/dossiers", filing, "portal", "engine-away")
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
