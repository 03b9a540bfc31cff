"""The same product on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.databases import postgres
from tests.stack import Stack, running

__all__ = ["postgres"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:  # the fixture
    """As the other stack, its records in PostgreSQL."""
    state = tmp_path_factory.mktemp("postgres-stack")
    async with running(state, postgres, first_enquiry=6.0, expected_answer=2.0, retry_cap=2.0) as product:
        yield product
