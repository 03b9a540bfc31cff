"""The agencies' page and the switch in a real browser: seen live by everybody, turned by support alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.e2e.test_agencies import signed, state, switch
from tests.stack import Stack, leg, running

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(150)
APPROVER = "Phạm Văn Mẫu"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Agencies that nobody else switches."""
    async with running(tmp_path_factory.mktemp("switched"), first_enquiry=6.0) as product:
        await product.faults("population", pending_rate=0)
        yield product


async def test_an_agency_is_switched_off_and_on_and_everybody_sees_it(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    await desk.log_in("support", "/support")
    await desk.press("Các cơ quan", "link")
    row = desk.page.get_by_role("row", name="Công an (cư trú)")
    await row.get_by_text("Không giới hạn").wait_for()
    await other_desk.open("/support/agencies")
    await other_desk.press("Đăng nhập bằng VNeID")
    await other_desk.press(APPROVER)
    await other_desk.page.wait_for_url("**/support/agencies")
    theirs = other_desk.page.get_by_role("row", name="Công an (cư trú)")

    await row.get_by_role("link").first.click()
    await desk.page.get_by_label("Không gửi gì").check()
    await desk.page.get_by_label("Lý do").fill("Bảo trì đường truyền")
    await desk.press("Đặt công tắc")
    await desk.said("Đã đặt công tắc.")
    await theirs.get_by_text("Không gửi gì").wait_for()
    await theirs.get_by_text("Bảo trì đường truyền").wait_for()
    code = await signed(stack)
    await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    await theirs.get_by_text("lâu nhất").wait_for()
    await other_desk.looked_at("console-agencies")
    await theirs.get_by_role("link").first.click()
    await other_desk.said("Những lần đặt công tắc")
    assert await other_desk.page.get_by_role("button", name="Đặt công tắc").count() == 0

    await desk.looked_at("console-agency")
    await desk.press("English", "link")
    await desk.page.get_by_label("Open, no limit").check()
    await desk.page.get_by_label("Reason").fill("xong")
    await desk.press("Turn the switch")
    await desk.said("The switch was turned.")
    await stack.stage(code, "returned")
    assert (await state(stack, "residence"))["switch"] is None


async def test_what_was_written_stays_when_it_cannot_be(stack: Stack, desk: Desk) -> None:
    await desk.log_in("support", "/support/agencies/labour")
    await desk.page.get_by_label("Giới hạn số lần mỗi giây").check()
    await desk.page.get_by_label("Số lần mỗi giây (khi giới hạn)").fill("2,5")
    await desk.page.get_by_label("Tự hết lúc").fill("2020-01-01T08:00")
    await desk.page.get_by_label("Lý do").fill("thử lại dần")
    await desk.press("Đặt công tắc")
    await desk.said("Thời điểm tự hết này đã qua")
    await desk.looked_at("console-agency-refused")
    assert await desk.page.get_by_label("Số lần mỗi giây (khi giới hạn)").input_value() == "2,5"
    await desk.page.get_by_label("Tự hết lúc").fill("2040-01-01T08:00")
    await desk.press("Đặt công tắc")
    await desk.said("Đã đặt công tắc.")
    told = (await state(stack, "labour"))["switch"]
    assert (told["rate"], told["until"]) == (2.5, "2040-01-01T01:00:00Z")
    await switch(stack, "labour", None)
    assert await desk.open("/support/agencies/signing") == 404
