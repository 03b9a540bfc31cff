"""The clerk's desk in a real browser: login, review, signature, supplement, trouble, two clerks, a phone."""

import re
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.asking import eventually, journal
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.e2e.test_holding_by_api import listed
from tests.stack import PIN, Stack, leg, open_tasks, ready

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(120)
SIGN = "Ký và phát hành"


@pytest_asyncio.fixture(autouse=True, loop_scope="session", scope="module")
async def numbers_at_once(stack: Stack) -> AsyncIterator[None]:
    await stack.faults("population", pending_rate=0)
    yield
    await stack.clear("population")


async def to_review(stack: Stack) -> tuple[str, str]:
    """A new dossier and its review task's page."""
    code = await stack.file()
    return code, f"/desk/tasks/{(await stack.task(code, 'review'))['id']}"


async def to_sign(stack: Stack) -> tuple[str, str]:
    code = await stack.file()
    await stack.accept(code)
    return code, f"/desk/tasks/{(await stack.task(code, 'signature'))['id']}"


def name_in(filing: dict[str, Any], whom: str = "child") -> str:
    told = filing["declaration"][whom]
    return " ".join(told[part] for part in ("surname", "middle_name", "given_name") if told.get(part))


def stripped(name: str) -> str:
    """As somebody types it who has no Vietnamese keyboard."""
    plain = "".join(each for each in unicodedata.normalize("NFD", name) if not unicodedata.combining(each))
    return plain.replace("đ", "d").replace("Đ", "D")


async def test_a_birth_goes_from_login_to_published_in_the_browser(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    filing = await stack.family()
    code = await stack.file(filing)
    review = await stack.task(code, "review")
    assert await desk.open("/desk") == 200
    await desk.looked_at("login")
    await desk.log_in("clerk")
    await desk.said("Việc cần làm")
    await desk.looked_at("inbox")
    await desk.open(f"/desk/tasks/{review['id']}")
    await desk.said(name_in(filing))
    await desk.looked_at("review")
    await desk.press("Chấp nhận")
    await desk.said("Đã ghi nhận kết quả xem xét.")
    task = await stack.task(code, "signature")
    await other_desk.log_in("chair", f"/desk/tasks/{task['id']}")
    await other_desk.said(task["document_sha256"])
    await other_desk.looked_at("signature")
    assert await lies_beside(other_desk, ".document", ".declared")
    assert await path_of(other_desk) == ["done", "here", "next", "later", "later"]
    await other_desk.page.fill("#pin", PIN)
    await other_desk.press(SIGN)
    await other_desk.said("Đã ký văn bản; con dấu của cơ quan được đóng tiếp theo.")
    view = await stack.stage(code, "returned")
    assert [each["state"] for each in view["documents"] if each["signed"]] == ["published"]
    await other_desk.open(f"/desk/dossiers/{code}")
    await other_desk.said("đã trả kết quả")
    await other_desk.said("Lê Thị Mẫu Chủ Tịch")
    await other_desk.said("Con dấu: hợp lệ Ủy ban nhân dân phường Mẫu Một (giả lập)")
    assert await path_of(other_desk) == ["done", "done", "done", "done", "here"]
    assert await other_desk.page.get_by_text("Thu hồi chứng thư Lê Thị Mẫu Chủ Tịch: hỏi").count() == 2
    link = other_desk.page.get_by_role("link", name="Tải kết quả kiểm tra chữ ký")
    answer = await other_desk.page.request.get(f"{stack.http.base_url}{await link.get_attribute('href')}")
    assert answer.headers["content-disposition"].startswith("attachment;")
    kept = await answer.json()
    assert (kept["ok"], kept["seal"]["ok"]) == (True, True)
    assert {each["status"] for each in kept["revocation"] if each["source"] == "ocsp"} == {"good"}
    await other_desk.looked_at("dossier")
    assert other_desk.trouble == []


async def lies_beside(desk: Desk, left: str, right: str) -> bool:
    """One begins where the other does, to its right; nothing asks for a PIN before both."""
    first, second, pin = [await desk.page.locator(each).bounding_box() for each in (left, right, "#pin")]
    assert first
    assert second
    assert pin
    assert pin["y"] > second["y"]
    return first["y"] == second["y"] and first["x"] + first["width"] <= second["x"]


async def path_of(desk: Desk) -> list[str]:
    """How the document's steps are shown, the newest document's first."""
    steps = desk.page.locator("ol.path").first.locator("li")
    return [str(await each.get_attribute("class")) for each in await steps.all()]


async def test_a_wrong_pin_signs_nothing_and_says_how_many_tries_are_left(stack: Stack, desk: Desk) -> None:
    code, page = await to_sign(stack)
    await desk.log_in("chair", page)
    await desk.page.fill("#pin", "000000")
    await desk.press(SIGN)
    await desk.said("Mã PIN không đúng, chưa ký.")
    assert re.search(r"Còn \d lần thử", await desk.page.inner_text("#problem"))
    await desk.looked_at("wrong-pin")
    assert open_tasks(await stack.view(code), "signature")
    await desk.page.fill("#pin", PIN)
    await desk.press(SIGN)
    await desk.said("Đã ký văn bản; con dấu của cơ quan được đóng tiếp theo.")
    await stack.stage(code, "returned")


async def test_who_is_not_on_duty_is_told_so_before_signing(stack: Stack, desk: Desk) -> None:
    _, page = await to_sign(stack)
    await desk.log_in("clerk", page)
    await desk.said("danh sách trực ký")
    assert await desk.page.locator("#pin").count() == 0


async def test_a_supplement_round_asks_for_what_the_law_allows_and_stops_the_clock(stack: Stack, desk: Desk) -> None:
    code, page = await to_review(stack)
    await desk.log_in("clerk", page)
    await desk.page.locator("summary", has_text="Yêu cầu bổ sung").click()
    await (
        desk.page.get_by_label("Giấy tờ chứng minh chỗ ở hợp pháp")
        .or_(desk.page.get_by_label("Chỉnh sửa tờ khai"))
        .first.check()
    )
    await desk.page.get_by_label("Nội dung gửi người dân").fill("Xin bổ sung giấy tờ")
    await desk.looked_at("supplement")
    await desk.press("Gửi yêu cầu bổ sung")
    await desk.said("Đã ghi nhận kết quả xem xét.")
    asked = (await stack.view(code, "portal"))["supplement"]
    assert asked["reason"] == "Xin bổ sung giấy tờ"
    await desk.open(f"/desk/dossiers/{code}")
    await desk.said("thời hạn không chạy")
    await desk.looked_at("paused")
    answer = await stack.post(
        f"/v1/dossiers/{code}/supplement", {"request": asked["id"], "declaration": {"copies": 3}}, "portal"
    )
    assert answer.status_code == 200, answer.text
    again = await stack.task(code, "review")
    await desk.open(f"/desk/tasks/{again['id']}")
    await desk.said("thời hạn được lùi tương ứng")


async def test_what_the_law_leaves_open_after_a_death_is_chosen_with_amounts_and_articles(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    filing = await stack.bereaved("V-D08")
    filing["declaration"]["benefits"]["categories"] += ["emergency"]
    code = await stack.file(filing)
    await desk.log_in("clerk", f"/desk/tasks/{(await stack.task(code, 'review'))['id']}")
    await desk.said(name_in(filing, "deceased"))
    await desk.press("Chấp nhận")
    await desk.said("Đã ghi nhận kết quả xem xét.")
    await other_desk.log_in("chair", f"/desk/tasks/{(await stack.task(code, 'signature'))['id']}")
    await other_desk.page.fill("#pin", PIN)
    await other_desk.press(SIGN)
    await other_desk.said("Đã ký văn bản; con dấu của cơ quan được đóng tiếp theo.")
    task = await stack.task(code, "decision")
    await desk.open(f"/desk/tasks/{task['id']}")
    await desk.said("Pháp luật có thể hiểu theo nhiều cách")
    await desk.looked_at("decision")
    await desk.page.locator("label.reading", has_text="Bảo hiểm xã hội").locator("input").check()
    await desk.page.get_by_label("Lý do của quyết định").fill("Bảo hiểm xã hội chi trả")
    await desk.press("Ghi nhận quyết định")
    await desk.said("Đã ghi nhận quyết định.")
    assert leg(await stack.stage(code, "returned"), "funeral")["payer"] == "social_insurance"
    await desk.open(f"/desk/dossiers/{code}")
    await desk.looked_at("death")


async def test_a_dossier_is_found_by_name_without_diacritics_number_and_code(stack: Stack, desk: Desk) -> None:
    filing, death = await stack.family(), await stack.bereaved("V-D01")
    while stripped(name_in(filing)) == name_in(filing):  # a few people have a name without any diacritics
        filing = await stack.family()
    while stripped(name_in(death, "deceased")) == name_in(death, "deceased"):
        death = await stack.bereaved("V-D01")
    code, other = await stack.file(filing), await stack.file(death)
    for each in (code, other):
        await stack.task(each, "review")
    await desk.log_in("clerk")
    mother = filing["declaration"]["mother"]
    for wanted, text in (
        (other, stripped(name_in(death, "deceased"))),
        (code, stripped(name_in(filing))),
        (code, mother["full_name"]),
        (code, mother["full_name"].upper()),
        (code, mother["personal_id"]),
        (code, code.lower()),
    ):
        await desk.page.fill("#search-text", text)
        await desk.press("Tìm")
        await desk.page.get_by_role("link", name=wanted).wait_for()
        assert desk.page.url.endswith("/desk/search")
    await desk.looked_at("search")


async def test_the_list_changes_by_itself_when_something_comes(stack: Stack, desk: Desk) -> None:
    await desk.log_in("clerk")
    shown = desk.page.locator(".counts b").first
    before = int(await shown.inner_text())
    code = await stack.file()
    await stack.task(code, "review")

    async def told() -> tuple[int, int]:
        return int(await shown.inner_text()), len(await listed(stack))

    now, _ = await eventually(told, lambda both: both[0] == both[1])  # earlier tests' dossiers may bring tasks, too
    assert now > before


async def test_two_clerks_on_one_task_are_told_apart(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    code, page = await to_review(stack)
    await desk.log_in("clerk", page)
    await other_desk.log_in("chair", page)
    await desk.press("Chấp nhận")
    await desk.said("Đã ghi nhận kết quả xem xét.")
    await other_desk.press("Chấp nhận")
    await other_desk.said("Việc này đã được người khác giải quyết")
    await other_desk.looked_at("too-late")
    assert [each["actor"] for each in await journal(stack, code) if each["kind"] == "accepted"] == ["clerk-sample"]


async def test_while_the_engine_is_away_the_same_button_is_safe_to_press_again(stack: Stack, desk: Desk) -> None:
    code, page = await to_review(stack)
    await desk.log_in("clerk", page)
    await stack.workers.stop()
    try:
        await desk.press("Chấp nhận")
        await desk.said("hãy bấm lại đúng nút đó")
        await desk.looked_at("engine-away")
    finally:
        await stack.workers.start()
        await ready(stack)
    await desk.press("Chấp nhận")
    await desk.said("Đã ghi nhận kết quả xem xét.")
    reviews = [each for each in (await stack.view(code))["tasks"] if each["kind"] == "review"]
    assert [each["state"] for each in reviews] == ["done"]


async def test_a_lost_session_does_nothing_and_leads_back_to_the_task(stack: Stack, desk: Desk) -> None:
    code, page = await to_review(stack)
    await desk.log_in("clerk", page)
    await desk.page.context.clear_cookies()
    await desk.press("Chấp nhận")
    await desk.said("Phiên làm việc đã hết")
    assert open_tasks(await stack.view(code), "review")
    await desk.press("Đăng nhập bằng VNeID")
    await desk.press("Trần Thị Mẫu")
    await desk.page.wait_for_url(f"**{page}")


async def test_a_session_that_ends_under_open_pages_is_said_on_them_and_nothing_typed_is_lost(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    code, page = await to_review(stack)
    await desk.log_in("clerk")
    inbox = desk.page
    await inbox.goto(f"{stack.http.base_url}/desk?kind=review")
    task, dossier = [await inbox.context.new_page() for _ in range(2)]
    await task.goto(f"{stack.http.base_url}{page}")
    await task.locator("summary", has_text="Yêu cầu bổ sung").click()
    await task.get_by_label("Nội dung gửi người dân").fill("Xin bổ sung")
    await dossier.goto(f"{stack.http.base_url}/desk/dossiers/{code}")
    await other_desk.log_in("support", "/support")
    for who in (desk, other_desk):
        await revoked(who)
    for each in (inbox, task, dossier, other_desk.page):
        await each.locator(".lost", has_text="Phiên làm việc đã hết").wait_for()
        assert await each.locator("main main, h1 + h1").count() == 0
        assert await each.locator("#rows, #hand, #thread, #numbers").count() == 1
    assert await task.get_by_label("Nội dung gửi người dân").input_value() == "Xin bổ sung"
    then = await other_desk.page.locator(".lost a").get_attribute("href")
    assert then == "/session/login?then=/support"
    await desk.looked_at("session-ended")
    for each in (inbox, task):
        await each.get_by_role("button", name="Nhận việc").first.click()
        await each.locator(".lost", has_text="chưa có gì được thực hiện").wait_for()
        assert await each.locator(".lost:visible").count() == 1
    assert await task.get_by_label("Nội dung gửi người dân").input_value() == "Xin bổ sung"
    async with inbox.context.expect_page() as opened:
        await inbox.locator(".lost a:visible").click()
    tab = await opened.value
    await tab.get_by_role("button", name="Trần Thị Mẫu").click()
    await tab.wait_for_url("**/desk?kind=review")


async def revoked(desk: Desk) -> None:
    """The session ends at the server; the browser learns of it when it asks next."""
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in await desk.page.context.cookies())
    csrf = await desk.page.locator("[name=csrf]").first.get_attribute("value")
    answer = await desk.stack.http.post("/session/logout", data={"csrf": csrf}, headers={"Cookie": cookies})
    assert answer.status_code == 200


async def test_english_is_one_switch_away_and_an_unknown_page_says_so(stack: Stack, desk: Desk) -> None:
    await desk.log_in("clerk")
    await desk.open("/desk?kind=review&holder=nobody")
    await desk.press("English", "link")
    await desk.said("To do")
    assert desk.page.url.endswith("/desk?kind=review&holder=nobody")
    assert await desk.page.locator("select[name=kind]").input_value() == "review"
    assert await desk.open("/desk/nothing/here") == 404
    await desk.said("There is no such page.")
    await desk.looked_at("not-found")
    await desk.press("Log out")
    await desk.said("Log in with VNeID")
    assert await desk.open("/desk") == 200
    await desk.said("Log in with VNeID")


async def test_the_desk_can_be_used_by_keyboard_alone(stack: Stack, desk: Desk) -> None:
    _, page = await to_review(stack)
    await desk.log_in("clerk", page)
    await desk.page.keyboard.press("Tab")
    assert await desk.page.evaluate("document.activeElement.className") == "skip"
    await desk.page.keyboard.press("Enter")
    assert await desk.page.evaluate("document.activeElement.id") == "content"
    for _ in range(20):
        await desk.page.keyboard.press("Tab")
        if await desk.page.evaluate("document.activeElement.value") == "accept":
            break
    await desk.page.keyboard.press("Enter")
    await desk.said("Đã ghi nhận kết quả xem xét.")
