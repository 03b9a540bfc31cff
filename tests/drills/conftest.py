"""Drills: the product as real processes, broken on purpose. Small by default; `--full` is what `make drill` runs."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from cli.bench.grounds import Grounds, grounds

FULL_TIMEOUT_S = 3 * 3600


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "/drills/" in str(item.path):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.drill)
            if config.getoption("--full"):
                item.add_marker(pytest.mark.timeout(FULL_TIMEOUT_S), append=False)  # before the small form's own


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the drill is to run at its full size."""
    return bool(request.config.getoption("--full"))


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure past pytest's capturing."""

    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}", flush=True)

    return line


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground(full: bool) -> AsyncIterator[Grounds]:
    """One running stack for the drills that kill nothing; in the small form it pauses shortly between attempts."""
    async with grounds(retry_cap=None if full else 2.0) as running:
        yield running
