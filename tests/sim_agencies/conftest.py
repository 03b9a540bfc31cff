"""One process of stand-ins for all tests here; each test has its own dossiers and leaves no faults behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sim_agencies.app import create_app
from sim_agencies.settings import Settings
from tests.sim_agencies.samples import clear_faults

NOBODY_LISTENS = "http://127.0.0.1:9/v1/callbacks"


@pytest.fixture(scope="session")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    state: Path = tmp_path_factory.mktemp("sim")
    app = create_app(Settings(state_dir=state, callback_url=NOBODY_LISTENS, late_answer_s=(0.1, 0.3)))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agencies") as client,
    ):
        yield client


@pytest.fixture
async def agencies(process: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    yield process
    await clear_faults(process)
