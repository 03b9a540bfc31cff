"""The console of support in a real browser: from what is stuck, over an act, to its proof."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.acting import given, looked, noticed, settled, who_looked
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.stack import Stack, leg

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(180)
AGENCIES = ("civil-status", "population", "residence", "social-insurance")
PAPER: Any = {"name": "van-ban.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 cong an phuong"}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(stack: Stack) -> AsyncIterator[None]:
    """Every test begins and ends with agencies that answer at once."""
    await stack.faults("population", pending_rate=0)
    yield
    await stack.clear(*AGENCIES)


async def signed(stack: Stack, filing: dict[str, Any] | None = None) -> str:
    code = await stack.file(filing)
    await stack.accept(code)
    await stack.sign(code)
    return code


async def proven(stack: Stack, desk: Desk) -> None:
    """The act on whose page they are is verified, however long its agency takes, and the page says so."""
    await desk.page.wait_for_url("**/support/acts/*")
    await settled(stack, {"id": desk.page.url.rsplit("/", 1)[1]})
    await desk.said("đã xác minh")


async def in_both(desk: Desk, path: str, name: str) -> None:
    """The page is fit to be read in Vietnamese and in English."""
    for language in ("en", "vi"):
        assert await desk.open(f"/session/language/{language}?then={path}") == 200
        assert await desk.page.locator("html").get_attribute("lang") == language
        await desk.looked_at(f"{name}-{language}" if language == "en" else name)


async def test_the_console_asks_for_a_login_and_shows_nothing_to_clerks(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    assert await desk.open("/support") == 200
    await desk.said("dành cho tổ hỗ trợ")
    await desk.looked_at("console-login")
    await desk.log_in("support", "/support")
    await desk.said("Tổng quan")
    await desk.looked_at("console-overview-empty")
    await other_desk.log_in("clerk", "/support")
    await other_desk.said("Tài khoản của bạn không có quyền xem trang này.")
    assert await other_desk.open("/support/cases") == 403
    assert await other_desk.page.get_by_role("navigation").count() == 0
    await other_desk.looked_at("console-forbidden")
    assert await desk.open("/support/nothing/here") == 404
    await desk.press("Đăng xuất")
    await desk.said("dành cho tổ hỗ trợ")


async def test_a_document_opens_for_support_once_they_have_said_why(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    filing = await stack.family()
    code = await signed(stack, filing)
    document = (await stack.stage(code, "returned"))["documents"][0]["id"]
    at_desk, by_api = f"/desk/documents/{code}/{document}", f"/v1/dossiers/{code}/documents/{document}"
    child = filing["declaration"]["child"]["given_name"]
    await desk.log_in("support", f"/support/dossiers/{code}")
    await desk.open(f"/desk/dossiers/{code}")
    assert desk.page.url.endswith(f"/support/dossiers/{code}")
    for path in (f"/desk/papers/{code}/x", at_desk):
        assert await desk.open(path) == 403
        await desk.said("Cần nêu lý do để xem")
        assert child not in await desk.page.inner_text("main")
    await desk.looked_at("console-reason")
    await desk.page.get_by_label("Lý do").fill("Đối chiếu giấy khai sinh với cơ quan")
    async with desk.page.expect_response(lambda r: r.url.endswith(at_desk) and r.status == 200) as shown:
        await desk.press("Hiện trong 15 phút")
    headers = (await shown.value).headers
    assert (headers["content-type"], headers["cache-control"]) == ("application/pdf", "no-store")
    refused = await stack.get(by_api)
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[1]) == (403, "reason-needed")
    await looked(stack, code)
    answer = await stack.get(by_api)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await stack.get(by_api, "approver")).status_code == 403
    assert "immutable" in (await stack.get(by_api, "portal")).headers["cache-control"]
    assert await who_looked(stack, code) == ["support-sample"] * 2
    await other_desk.log_in("clerk", f"/desk/dossiers/{code}")
    clerks = await other_desk.page.request.get(f"{stack.http.base_url}{at_desk}")
    assert (clerks.status, "immutable" in clerks.headers["cache-control"]) == (200, True)


async def test_a_closed_dossier_is_opened_again_with_a_reason_and_a_second_person(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    await stack.faults("residence", refuse_rate=1)
    code = await signed(stack)
    await stack.stage(code, "returned")
    await stack.clear("residence")
    await desk.log_in("support", f"/support/dossiers/{code}/act/replay/leg.residence")
    await desk.said("Hồ sơ đã kết thúc.")
    await desk.looked_at("console-replay-closed")
    await desk.press("Mở lại hồ sơ")
    await in_both(desk, f"/support/dossiers/{code}/reopening", "console-reopening")
    await reasoned(desk, "Đề nghị phê duyệt")
    await desk.said("Biểu mẫu chưa đầy đủ")
    assert await desk.page.locator("textarea[name=reason]").input_value() == "Đã trao đổi với cơ quan"
    await desk.page.get_by_label("Đăng ký thường trú").check()
    await desk.press("Đề nghị phê duyệt")
    await desk.said("người đề nghị không tự phê duyệt")
    await desk.open(f"/support/dossiers/{code}")
    await desk.said("chờ người thứ hai")
    await in_both(desk, f"/support/dossiers/{code}", "console-case-closed")
    await other_desk.log_in("approver", "/support/approvals")
    await other_desk.page.locator("tr", has_text=code).get_by_role("link", name="Mở lại hồ sơ đã kết thúc").click()
    await other_desk.said("Đăng ký thường trú")
    await other_desk.looked_at("console-reopening-approve")
    await reasoned(other_desk, "Phê duyệt")
    opened = (await stack.until(code, lambda view: view["followed_by"]))["followed_by"][0]
    await stack.stage(opened, "returned")
    await desk.page.locator("#reopening ~ ul a", has_text=opened).wait_for()
    await desk.looked_at("console-reopened")
    assert await stack.effects("residence", opened, "register_residence") == 1


async def test_what_parks_is_told_with_its_cause_and_looked_at_for_a_reason(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    filing = await stack.family()
    mother = filing["declaration"]["mother"]
    await stack.faults("residence", suspect_duplicate_rate=1)
    code = await signed(stack, filing)
    await noticed(stack, code)
    await desk.log_in("support", "/support")
    await desk.said("Cơ quan nghi trùng hồ sơ")
    await in_both(desk, "/support", "console-overview")
    await in_both(desk, "/support/cases", "console-cases")
    await desk.page.get_by_label("Mã hồ sơ", exact=True).fill(code)
    await desk.press("Lọc")
    await desk.press(code, "link")
    await desk.said("mắc, chờ hỗ trợ")
    page = await desk.page.content()
    assert mother["full_name"] not in page
    assert mother["personal_id"] not in page
    await in_both(desk, f"/support/dossiers/{code}", "console-case")
    await desk.page.locator("summary", has_text="Xem dữ liệu cá nhân").click()
    await desk.page.get_by_label("Lý do").fill("Cơ quan hỏi lại tên người mẹ")
    await desk.press("Hiện trong 15 phút")
    await desk.said("đang hiện cho phiên này")
    assert mother["full_name"] in await desk.page.content()
    assert await who_looked(stack, code) == ["support-sample"]
    await desk.looked_at("console-unmasked")
    await other_desk.log_in("support", f"/support/dossiers/{code}")
    await other_desk.said("Dữ liệu cá nhân được che")
    assert mother["full_name"] not in await other_desk.page.content()


async def test_a_filter_is_kept_under_a_name_opened_and_deleted(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    await desk.log_in("support", "/support/cases")
    await desk.page.locator("[name=agency]").select_option("residence")
    await desk.press("Lọc")
    await desk.page.get_by_label("Tên bộ lọc").fill("Cư trú")
    await desk.press("Lưu bộ lọc")
    await desk.looked_at("console-filter")
    for language in ("English", "Tiếng Việt"):
        await desk.press(language, "link")
        await desk.page.wait_for_url("**/support/cases?agency=residence")
    await desk.open("/support/cases")
    await desk.press("Cư trú", "link")
    await desk.page.wait_for_url("**/support/cases?agency=residence")
    await other_desk.log_in("approver", "/support/cases")
    assert await other_desk.page.get_by_role("link", name="Cư trú").count() == 0
    await desk.press("Xóa bộ lọc Cư trú")
    await desk.page.get_by_role("link", name="Cư trú").wait_for(state="detached")


async def chosen(desk: Desk, code: str, act: str) -> None:
    """The act's page, from the case's."""
    await desk.open(f"/support/dossiers/{code}")
    await desk.page.locator("a", has_text=act).first.click()
    await desk.said("Điều sẽ xảy ra")


async def reasoned(desk: Desk, button: str) -> None:
    form = desk.page.locator("form", has=desk.page.get_by_role("button", name=button, exact=True))
    await form.get_by_label("Lý do").fill("Đã trao đổi với cơ quan")
    await desk.press(button)


def until(view: dict[str, Any]) -> float:
    """How many milliseconds are left until the residence leg's answer is overdue."""
    due = datetime.fromisoformat(leg(view, "residence")["expected_by"])
    return max(0.0, (due - datetime.now(UTC)).total_seconds() * 1000)


async def test_an_agency_that_is_down_is_seen_and_its_case_is_asked_again_until_it_is_proven(
    stack: Stack, desk: Desk
) -> None:
    await desk.log_in("support", "/support")
    await stack.faults("residence", down=True)
    code = await signed(stack)
    view = await stack.until(code, lambda v: leg(v, "residence")["expected_by"])
    patience = 25_000 + until(view)  # how soon it is seen when nothing else runs: test_stuck.py
    await desk.page.get_by_role("link", name="Cơ quan không trả lời").first.wait_for(timeout=patience)
    await desk.press("Cơ quan không trả lời", "link")
    await desk.page.get_by_role("link", name=code).first.wait_for(timeout=patience)  # the overview has the oldest alone
    await desk.press(code, "link")
    await desk.said("Hệ thống của cơ quan ngừng chạy")
    await desk.looked_at("console-down")
    assert await desk.page.locator(".acts a").first.inner_text() == "Hỏi cơ quan"
    await chosen(desk, code, "Làm lại ngay")
    await desk.said("cơ quan không trả lời khi được hỏi")
    await in_both(desk, f"/support/dossiers/{code}/act/again/leg.residence", "console-act")
    await reasoned(desk, "Thực hiện ngay")
    await desk.said("đã làm, đang đối chiếu")
    await desk.looked_at("console-act-done")
    await stack.clear("residence")
    await proven(stack, desk)
    await desk.looked_at("console-act-verified")
    assert await stack.effects("residence", code, "register_residence") == 1
    await stack.stage(code, "returned")
    await desk.open(f"/support/dossiers/{code}")
    await desk.said("Hồ sơ này không mắc ở đâu")


async def test_a_parked_step_is_done_again_with_what_its_cause_lets_correct(stack: Stack, desk: Desk) -> None:
    await stack.faults("social-insurance", suspect_duplicate_rate=1)
    code = await signed(stack)
    await stack.incident(code)
    await stack.clear("social-insurance")
    await desk.log_in("support", f"/support/dossiers/{code}")
    await chosen(desk, code, "Làm lại với nội dung sửa")
    await desk.page.locator("summary", has_text="Xem dữ liệu cá nhân").click()
    await reasoned(desk, "Hiện trong 15 phút")
    await desk.said("Nội dung được phép sửa")
    assert await desk.page.locator("[name^='f.facility']").count() == 0, "its cause does not permit it"
    await desk.page.locator("[name='f.guardian_name']").fill("Nguyễn Thị Mẫu")
    await desk.looked_at("console-corrections")
    await reasoned(desk, "Thực hiện ngay")
    await proven(stack, desk)
    await desk.said("→ Nguyễn Thị Mẫu")
    await stack.stage(code, "returned")


async def test_a_result_from_outside_needs_evidence_and_another_persons_approval(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    await stack.faults("residence", malformed_rate=1)
    code = await signed(stack)
    await stack.incident(code)
    await stack.clear("residence")
    result = await given(stack, "residence", code)
    await desk.log_in("support", f"/support/dossiers/{code}")
    await chosen(desk, code, "Ghi nhận kết quả có bên ngoài")
    await desk.page.get_by_label("Số thông báo").fill(result["notice_number"])
    await desk.page.locator("[name='f.registered_on']").fill(result["registered_on"])
    await desk.page.get_by_label("Văn bản chứng minh").set_input_files(PAPER)
    await desk.looked_at("console-record")
    await reasoned(desk, "Đề nghị phê duyệt")
    await desk.said("người đề nghị không tự phê duyệt")
    assert await desk.page.get_by_role("button", name="Phê duyệt").count() == 0
    act = desk.page.url.rsplit("/", 1)[1]
    asked = (await stack.get(f"/v1/acts/{act}")).json()
    body = {"decision": "approve", "reason": "tự duyệt", "asked_hash": asked["asked_hash"]}
    assert (await stack.post(f"/v1/acts/{act}/approval", body, "support")).status_code == 403
    await other_desk.log_in("approver", "/support/approvals")
    await in_both(other_desk, "/support/approvals", "console-approvals")
    await other_desk.page.locator(f"a[href='/support/acts/{act}']").click()
    await other_desk.page.wait_for_url(f"**/support/acts/{act}")
    assert await other_desk.page.get_by_role("button", name="Phê duyệt").count() == 0, "nobody approves unseen"
    assert result["notice_number"] not in await other_desk.page.content()
    await other_desk.open(f"/support/acts/{act}/evidence")
    assert other_desk.page.url.endswith(f"/support/acts/{act}")
    await other_desk.page.locator("summary", has_text="Xem dữ liệu cá nhân").click()
    await reasoned(other_desk, "Hiện trong 15 phút")
    await other_desk.said(result["notice_number"])
    await other_desk.looked_at("console-approve")
    await reasoned(other_desk, "Phê duyệt")
    await proven(stack, other_desk)
    await desk.said("đã xác minh")
    assert leg(await stack.stage(code, "returned"), "residence")["result"] == result
    assert await stack.effects("residence", code, "register_residence") == 1


async def test_a_dossier_is_held_and_let_go_again(stack: Stack, desk: Desk) -> None:
    code = await stack.file()
    await stack.task(code, "review")
    await desk.log_in("support", f"/support/dossiers/{code}")
    await chosen(desk, code, "Tạm giữ hồ sơ")
    await reasoned(desk, "Thực hiện ngay")
    await proven(stack, desk)
    await desk.open(f"/support/dossiers/{code}")
    await desk.said("đang tạm giữ")
    await chosen(desk, code, "Thả hồ sơ")
    await reasoned(desk, "Thực hiện ngay")
    await proven(stack, desk)
    assert (await stack.walk(code))["held"] is False


async def test_what_belongs_to_no_case_has_its_lists_and_a_search(stack: Stack, desk: Desk) -> None:
    filing = await stack.family()
    code = await stack.file(filing)
    await stack.task(code, "review")
    await desk.log_in("support", "/support/undelivered")
    await in_both(desk, "/support/undelivered", "console-undelivered")
    await in_both(desk, "/support/callbacks", "console-callbacks")
    mother = filing["declaration"]["mother"]["full_name"]
    await desk.page.fill("#search-text", mother)
    await desk.press("Tìm")
    await desk.page.get_by_role("link", name=code).wait_for()
    assert mother not in await desk.page.inner_text("main")
    await desk.looked_at("console-search")


async def replayed(stack: Stack, replay: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.get(f"/v1/replays/{replay}")).json()
    return found


async def test_many_are_chosen_in_the_list_approved_by_another_person_and_watched(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    await stack.faults("residence", suspect_duplicate_rate=1)
    codes = [await signed(stack) for _ in range(3)]
    for code in codes:
        await stack.incident(code)
    await stack.clear("residence")
    await noticed(stack, *codes)
    await desk.log_in("support", "/support/cases")
    await desk.open("/support/cases?cause=suspected-duplicate&agency=residence")
    for code in codes:
        await desk.page.locator(f"input[value='{code}']").check()
    await desk.press("Thao tác với các hồ sơ đã chọn")
    await desk.page.locator("select[name=act]").select_option("again")
    await desk.looked_at("console-replay-new")
    await reasoned(desk, "Lập và xem trước")
    await desk.said("người đề nghị không tự phê duyệt")
    await desk.said("sẽ được gửi lần đầu")
    path = "/" + desk.page.url.split("/", 3)[3]
    await in_both(desk, path, "console-replay-draft")
    await other_desk.log_in("approver", "/support/replays")
    await other_desk.looked_at("console-replays")
    await other_desk.open(path)
    await reasoned(other_desk, "Phê duyệt")
    await other_desk.page.locator("#replay .tag.done").wait_for(timeout=60_000)
    await desk.page.locator("#replay .tag.done").wait_for(timeout=20_000)
    await desk.looked_at("console-replay-done")
    counts = (await replayed(stack, path.rsplit("/", 1)[1]))["counts"]
    assert (counts["selected"], counts["verified"], counts["remaining"]) == (3, 3, 0)


async def test_a_run_is_paused_resumed_and_stopped_and_tells_what_failed(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    await stack.faults("residence", suspect_duplicate_rate=1)
    codes = [await signed(stack) for _ in range(3)]
    for code in codes:
        await stack.incident(code)
    await desk.log_in("support", "/support/cases")
    for code in codes:
        await desk.open(f"/support/cases?code={code}")
        await desk.page.get_by_role("link", name=code).wait_for()
    await desk.open("/support/replays")
    await desk.press("Lập từ danh sách mã hồ sơ", "link")
    await desk.page.get_by_label("Mã hồ sơ, mỗi dòng một mã").fill("\n".join(codes))
    await desk.page.locator("select[name=act]").select_option("again")
    await desk.page.get_by_label("Tối đa").fill("0.1")
    await reasoned(desk, "Lập và xem trước")
    await desk.said("người đề nghị không tự phê duyệt")
    path = "/" + desk.page.url.split("/", 3)[3]
    await other_desk.log_in("approver", path)
    await reasoned(other_desk, "Phê duyệt")
    await desk.page.locator("#replay h2", has_text="Không thành công").wait_for(timeout=30_000)
    await reasoned(desk, "Tạm dừng")
    await desk.said("Hỗ trợ tạm dừng.")
    await desk.looked_at("console-replay-paused")
    await reasoned(desk, "Chạy tiếp")
    await desk.page.locator("#replay .tag.running").wait_for()
    await reasoned(desk, "Dừng hẳn")
    await desk.page.locator("#replay .tag.stopped").wait_for()
    file = await desk.page.get_by_role("link", name="Tải danh sách (CSV)").get_attribute("href")
    table = await (await desk.page.request.get(f"{stack.http.base_url}{file}")).text()
    assert any(code in table for code in codes)
    counts = (await replayed(stack, path.rsplit("/", 1)[1]))["counts"]
    assert counts["selected"] == sum(counts[name] for name in ("verified", "failed", "skipped", "remaining"))
