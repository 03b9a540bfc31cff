"""Tasks in hand and offices that cannot sign, in real browsers: two clerks on one task, a seal that has ended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route

from records.registers import SealEntry, Seals
from tests.e2e.asking import eventually, problem
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.e2e.test_holding_by_api import act, listed
from tests.stack import OFFICE, PIN, Stack, running
from workers.rooms import Rooms

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(150)
CHAIR, CLERK = "Lê Thị Mẫu", "Trần Thị Mẫu"
SINCE = datetime(2023, 12, 31, 17, tzinfo=UTC)
"""From when on the sample office has its seal."""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Lists that nobody else fills, and a seal that nobody else needs."""
    async with running(tmp_path_factory.mktemp("holding"), first_enquiry=6.0) as product:
        await product.faults("population", pending_rate=0)
        yield product


async def reviewing(stack: Stack) -> str:
    return str((await stack.task(await stack.file(), "review"))["id"])


async def signing(stack: Stack) -> dict[str, Any]:
    code = await stack.file()
    await stack.accept(code)
    return await stack.task(code, "signature")


@asynccontextmanager
async def sealed_until(stack: Stack, over: datetime) -> AsyncIterator[None]:
    """The office's seal ends then, as the register has it."""
    rooms = Rooms.open(stack.settings)
    entry = SealEntry(office=OFFICE, credential=f"seal-{OFFICE}", valid_from=SINCE)
    der = (await rooms.signing.certificate(entry.credential)).certificate
    await Seals(rooms.database).load([(entry.model_copy(update={"valid_to": over}), der)])
    try:
        yield
    finally:
        await Seals(rooms.database).load([(entry, der)])
        await rooms.close()


async def test_a_first_time_chair_comes_from_login_to_a_signature_in_six_clicks_and_the_next_one_opens(
    stack: Stack, desk: Desk
) -> None:
    first, following = await signing(stack), await signing(stack)
    await desk.open("/desk")
    await desk.press("Đăng nhập bằng VNeID")
    await desk.press(CHAIR)
    await desk.page.locator(f'#rows a[href="/desk/tasks/{first["id"]}"]').click()
    await desk.page.locator("#pin").click()
    await desk.page.keyboard.type(PIN)
    await desk.press("Ký và phát hành")
    await desk.page.wait_for_url(f"**/desk/tasks/{following['id']}*")
    await desk.said("Đã ký văn bản; con dấu của cơ quan được đóng tiếp theo.")
    assert 4 <= desk.clicks <= 6
    for task in (first, following):
        signed = any(each["signed"] for each in (await stack.view(task["dossier"]))["documents"])
        assert signed is (task is first)
    await stack.sign(following["dossier"])


async def test_two_clerks_on_one_task_know_of_each_other_and_lose_nothing(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    task = await reviewing(stack)
    page = f"/desk/tasks/{task}"
    await desk.log_in("clerk")
    await other_desk.log_in("chair", page)
    await other_desk.said("Chưa ai nhận việc này.")
    row = desk.page.locator("tr", has=desk.page.locator(f"a[href='{page}']"))
    await row.get_by_role("button", name="Nhận việc").click()
    await row.locator(".tag.mine").wait_for()
    assert desk.page.url.endswith("/desk"), "the list alone was replaced"
    await desk.looked_at("inbox-in-hand")
    await other_desk.said(f"{CLERK} đang giữ việc này")
    await other_desk.press("Chấp nhận")
    await other_desk.said("Người khác đang giữ việc này nên chưa ghi nhận gì.")
    assert await other_desk.page.get_by_role("button", name="Chấp nhận").is_disabled()
    await other_desk.looked_at("held-by-another")

    await desk.open(page)
    await desk.said("Bạn đang giữ việc này từ")
    await desk.page.locator("summary", has_text="Yêu cầu bổ sung").click()
    await desk.page.get_by_label("Nội dung gửi người dân").fill("Xin bổ sung giấy tờ")
    await other_desk.page.locator("summary", has_text="Nhận thay").click()
    await other_desk.press("Tôi nhận việc này")
    await other_desk.said("Bạn đang giữ việc này từ")
    await other_desk.looked_at("in-my-hand")
    await desk.said(f"{CHAIR} đang giữ việc này")
    assert await desk.page.get_by_label("Nội dung gửi người dân").input_value() == "Xin bổ sung giấy tờ"
    await desk.press("Gửi yêu cầu bổ sung")
    await desk.said("Người khác đang giữ việc này nên chưa ghi nhận gì.")
    assert await desk.page.get_by_label("Nội dung gửi người dân").input_value() == "Xin bổ sung giấy tờ"
    assert (await stack.get(f"/v1/tasks/{task}", "clerk")).json()["state"] == "open"


async def test_taking_a_task_leaves_what_was_typed_as_it_is(stack: Stack, desk: Desk) -> None:
    task = await reviewing(stack)
    await desk.log_in("clerk", f"/desk/tasks/{task}")
    await desk.page.locator("summary", has_text="Yêu cầu bổ sung").click()
    await desk.page.locator("input[name=documents]").first.check()
    await desk.page.get_by_label("Nội dung gửi người dân").fill("Xin bổ sung giấy tờ")
    await desk.press("Nhận việc")
    await desk.said("Bạn đang giữ việc này từ")
    await act(stack, task, "claim", {"from": "clerk-sample"}, "chair-sample")
    await desk.said(f"{CHAIR} đang giữ việc này")
    await desk.page.locator("summary", has_text="Nhận thay").click()
    await desk.press("Tôi nhận việc này")
    await desk.said("Bạn đang giữ việc này từ")
    assert await desk.page.get_by_label("Nội dung gửi người dân").input_value() == "Xin bổ sung giấy tờ"
    await desk.press("Gửi yêu cầu bổ sung")
    await desk.said("Đã ghi nhận kết quả xem xét.")


async def test_a_task_is_handed_over_to_a_colleague_and_put_back_for_anyone(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    task = await reviewing(stack)
    page = f"/desk/tasks/{task}"
    await desk.log_in("clerk", page)
    await desk.press("Nhận việc")
    await desk.page.locator("summary", has_text="Bàn giao").click()
    await desk.page.get_by_label("Bàn giao cho").select_option(label=f"{CHAIR} (người ký)")
    await desk.page.get_by_label("Lý do (không bắt buộc)").fill("Nghỉ phép")
    await desk.looked_at("handing-over")
    await desk.press("Bàn giao")
    await desk.said(f"{CHAIR} đang giữ việc này")
    await other_desk.log_in("chair", page)
    await other_desk.said("Bạn đang giữ việc này từ")
    await other_desk.press("Trả lại")
    await other_desk.said("Chưa ai nhận việc này.")
    await desk.said("Mở lại trang để làm tiếp")
    await desk.press("Mở lại trang để làm tiếp", "link")
    assert await desk.page.get_by_role("button", name="Chấp nhận").is_enabled()


async def test_the_list_is_narrowed_by_hand_and_tells_live_who_has_what(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    task = await reviewing(stack)
    await desk.log_in("clerk")
    await other_desk.log_in("chair")
    row = other_desk.page.locator("tr", has=other_desk.page.locator(f"a[href='/desk/tasks/{task}']"))
    await row.get_by_role("button", name="Nhận việc").wait_for()
    assert (await act(stack, task, "claim")).status_code == 200
    await row.get_by_text(CLERK).wait_for(timeout=15_000)
    await desk.page.get_by_label("Người giữ").select_option(label="Việc của tôi")
    await desk.press("Lọc")
    mine = desk.page.locator(f"a[href='/desk/tasks/{task}']")
    await mine.wait_for()
    await desk.page.locator("tr", has=mine).get_by_role("button", name="Trả lại").press("Enter")
    await mine.wait_for(state="detached")
    assert task in await listed(stack, holder="nobody")


async def hears_nothing(route: Route) -> None:
    """The list asks what is new, and is told nothing."""
    await route.fulfill(status=204)


async def test_what_another_took_a_moment_before_is_told_in_the_list(stack: Stack, desk: Desk) -> None:
    task = await reviewing(stack)
    await desk.page.route("**/desk/rows?*", hears_nothing)  # else the list may tell it before the button is pressed
    await desk.log_in("clerk")
    row = desk.page.locator("tr", has=desk.page.locator(f"a[href='/desk/tasks/{task}']"))
    await act(stack, task, "claim", who="chair-sample")
    await row.get_by_role("button", name="Nhận việc").click()
    await desk.said("Người khác đang giữ việc này")
    await row.get_by_text(CHAIR).wait_for()
    await desk.page.unroute_all(behavior="ignoreErrors")


async def test_without_any_script_a_task_is_taken_all_the_same(stack: Stack, chromium: Browser) -> None:
    task = await reviewing(stack)
    context = await chromium.new_context(java_script_enabled=False, locale="vi-VN")
    plain = Desk(await context.new_page(), stack)
    await plain.log_in("clerk", "/desk")
    row = plain.page.locator("tr", has=plain.page.locator(f"a[href='/desk/tasks/{task}']"))
    await row.get_by_role("button", name="Nhận việc").click()
    await row.locator(".tag.mine").wait_for()
    await row.get_by_role("button", name="Trả lại").click()
    await row.get_by_role("button", name="Nhận việc").wait_for()
    await context.close()


async def test_after_a_decision_comes_my_next_task_then_a_free_one_and_never_anothers(stack: Stack, desk: Desk) -> None:
    first, theirs, free, mine = [await reviewing(stack) for _ in range(4)]
    for each in await listed(stack, kind="review"):
        if each not in {first, free, mine}:
            await act(stack, each, "claim", who="chair-sample")
    await act(stack, mine, "claim")
    await desk.log_in("clerk", f"/desk/tasks/{first}")
    for goes_to in (mine, free):
        await desk.press("Chấp nhận")
        await desk.page.wait_for_url(f"**/desk/tasks/{goes_to}?done=review")
    await desk.press("Chấp nhận")
    await desk.page.wait_for_url("**/desk?done=review")
    assert theirs in await listed(stack, holder="chair-sample")


async def test_an_office_whose_seal_has_ended_signs_nothing_until_there_is_a_new_one(stack: Stack, desk: Desk) -> None:
    task = await signing(stack)
    page, sha = f"/desk/tasks/{task['id']}", {"document_sha256": task["document_sha256"]}
    await desk.log_in("chair", page)
    assert await desk.page.locator("#pin").count() == 1
    async with sealed_until(stack, datetime.now(UTC) - timedelta(days=1)):
        await desk.page.fill("#pin", PIN)
        await desk.press("Ký và phát hành")
        await desk.said("Đơn vị hiện chưa thể ký.")
        await desk.said("con dấu đã hết hiệu lực")
        assert await desk.page.locator("#pin").count() == 0
        await desk.looked_at("blocked")
        await desk.open("/desk")
        row = desk.page.locator("tr", has=desk.page.locator(f"a[href='{page}']"))
        await row.get_by_text("bị chặn").wait_for()
        assert await desk.page.locator(".notice.bad").count() == 1
        await desk.looked_at("inbox-blocked")
        await desk.open("/desk/batch")
        await desk.said("con dấu đã hết hiệu lực")
        await desk.said("văn bản đang bị chặn vì đơn vị hiện chưa thể ký")
        assert await desk.page.locator('[name="item"]').count() == 0
        await desk.looked_at("batch-blocked")
        await desk.open("/desk")

        assert task["id"] in await listed(stack, state="blocked")
        assert task["id"] not in await listed(stack)
        assert (await stack.get(f"/v1/tasks/{task['id']}", "clerk")).json()["state"] == "blocked"
        assert [each["state"] for each in (await stack.view(task["dossier"]))["tasks"]] == ["done", "blocked"]
        body = {"method": "remote", "pin": PIN, **sha}
        told = problem(await act(stack, task["id"], "signature", body, "chair-sample"), 409, "office-not-ready")
        assert [each["lack"] for each in told["shortfalls"]] == ["seal-expired"]
        many = {"method": "remote", "pin": PIN, "items": [{"task": task["id"], **sha}]}
        [receipt] = (await stack.post("/v1/tasks/signatures", many, "chair")).json()["items"]
        assert receipt["problem"]["type"] == "urn:lienthong:problem:office-not-ready"
        found = (await stack.get(f"/v1/offices/{OFFICE}/readiness", "clerk")).json()
        assert (found["ready"], [each["lack"] for each in found["shortfalls"]]) == (False, ["seal-expired"])
    await row.get_by_text("bị chặn").wait_for(state="detached", timeout=15_000)
    assert await desk.page.locator(".notice.bad").count() == 0
    assert (await stack.get(f"/v1/offices/{OFFICE}/readiness", "support")).json()["ready"]
    await desk.open(page)
    await desk.page.fill("#pin", PIN)
    await desk.press("Ký và phát hành")
    await desk.said("Đã ký văn bản;")


async def test_what_soon_runs_out_is_told_in_time_and_in_both_languages(stack: Stack, desk: Desk) -> None:
    async with sealed_until(stack, datetime.now(UTC) + timedelta(days=10, hours=1)):
        await desk.log_in("clerk")
        await desk.said("con dấu sắp hết hiệu lực")
        await desk.said("còn 10 ngày")
        assert await desk.page.locator(".notice.warn").count() == 1
        await desk.looked_at("inbox-soon")
        await desk.press("English", "link")
        await desk.said("10 days left")

    async def warned() -> list[Any]:
        found: list[Any] = (await stack.get(f"/v1/offices/{OFFICE}/readiness", "clerk")).json()["shortfalls"]
        return found

    assert await eventually(warned, lambda each: not each) == []


async def test_readiness_is_told_of_ones_own_offices_and_of_those_there_are(stack: Stack) -> None:
    problem(await stack.get("/v1/offices/00008/readiness", "clerk"), 403, "wrong-office")
    problem(await stack.get("/v1/offices/99999/readiness", "support"), 404, "office-unknown")
    problem(await stack.get(f"/v1/offices/{OFFICE}/readiness", "portal"), 403, "scope-missing")
