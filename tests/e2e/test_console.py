"""The console of support in a real browser: from what is stuck, over an act, to its proof."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.stack import Stack

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(120)


@pytest_asyncio.fixture(autouse=True, loop_scope="session", scope="module")
async def numbers_at_once(stack: Stack) -> AsyncIterator[None]:
    await stack.faults("population", pending_rate=0)
    yield
    await stack.clear("population")


async def test_the_console_asks_for_a_login_and_shows_nothing_to_clerks(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    assert await desk.open("/support") == 200
    await desk.said("dành cho tổ hỗ trợ")
    await desk.looked_at("console-login")
    await desk.log_in("support", "/support")
    await desk.said("Tổng quan")
    await desk.looked_at("console-overview")
    await other_desk.log_in("clerk", "/support")
    await other_desk.said("Tài khoản của bạn không có quyền xem trang này.")
    assert await other_desk.open("/support/cases") == 403
    assert await other_desk.page.get_by_role("navigation").count() == 0
    await other_desk.looked_at("console-forbidden")
    assert await desk.open("/support/nothing/here") == 404
    await desk.press("Đăng xuất")
    await desk.said("dành cho tổ hỗ trợ")
