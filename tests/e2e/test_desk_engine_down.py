"""The engine goes down in the middle of a clerk's work: pages still read, nothing is lost, nothing is done twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.asking import kinds
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.stack import PIN, Stack, ready, running, started_engine

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(180)
AGAIN = "Không có gì bị mất và không có gì bị làm hai lần: hãy bấm lại đúng nút đó"


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """A product of its own, whose engine keeps what it knows in a file."""
    file = tmp_path / "engine.db"
    async with running(tmp_path, engine_file=file) as product:
        await product.faults("population", pending_rate=0)
        yield product


async def signs(desk: Desk, said: str) -> None:
    """Under a PIN, given once more each time: no page keeps it."""
    await desk.page.fill("#pin", PIN)
    await desk.press("Ký và phát hành")
    await desk.said(said)


async def test_the_engine_goes_down_and_the_same_button_does_it_once(
    stack: Stack, desk: Desk, other_desk: Desk, tmp_path: Path
) -> None:
    code, other, third = await stack.file(), await stack.file(), await stack.file()
    await stack.accept(third)
    to_sign = f"/desk/tasks/{(await stack.task(third, 'signature'))['id']}"
    page = f"/desk/tasks/{(await stack.task(code, 'review'))['id']}"
    other_page = f"/desk/tasks/{(await stack.task(other, 'review'))['id']}"
    await desk.log_in("clerk", page)
    await other_desk.log_in("chair", to_sign)
    await stack.engine.shutdown()
    for path in ("/desk", f"/desk/dossiers/{code}", page):
        assert await desk.open(path) == 200
    for _ in range(2):
        await desk.press("Chấp nhận")
        await desk.said(AGAIN)
    await desk.looked_at("engine-down")
    await signs(other_desk, AGAIN)
    engine = await started_engine(tmp_path / "engine.db", int(stack.settings.temporal_address.rsplit(":")[-1]))
    try:
        await ready(stack, patience=60)
        await desk.press("Chấp nhận")
        await desk.said("Đã ghi nhận kết quả xem xét.")
        await desk.page.wait_for_url(f"**{other_page}*")
        await signs(other_desk, "Đã ký văn bản; con dấu của cơ quan được đóng tiếp theo.")
        await stack.sign(code)
        for each in (code, third):
            await stack.stage(each, "returned")
            happened = await kinds(stack, each)
            assert (happened.count("accepted"), happened.count("document_signed")) == (1, 1)
            assert await stack.effects("civil-status", each, "register") == 1
    finally:
        await engine.shutdown()
