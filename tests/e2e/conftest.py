"""One running product for the end-to-end tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.stack import Stack, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The straight local settings, but the first enquiry only after callbacks had their time."""
    state = tmp_path_factory.mktemp("stack")
    async with running(state, first_enquiry=6.0, expected_answer=2.0, retry_cap=2.0) as product:
        yield product
