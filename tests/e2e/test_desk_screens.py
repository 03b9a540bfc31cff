"""Every page of the desk and the public one in both languages, on a wide screen and on a phone; pictures of each."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.stack import PIN, Stack, leg, open_tasks

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(180)
NEVER = {"pending_rate": 1, "answer_delay_s": [10_000_000, 10_000_000]}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def numbers_at_once(stack: Stack) -> AsyncIterator[None]:
    await stack.faults("population", pending_rate=0)
    yield
    await stack.clear("population", "vneid")


async def two_versions(stack: Stack) -> tuple[str, str, str]:
    """A birth whose number came after its certificate: its code, the first draft's hash, the task of the second."""
    await stack.faults("population", **NEVER)
    code = await stack.file()
    await stack.accept(code)
    first = (await stack.task(code, "signature"))["document_sha256"]
    await stack.sign(code)
    assert await stack.answer_now("population", code) == 1
    return code, first, (await stack.task(code, "signature"))["id"]


async def in_both(desk: Desk, path: str, name: str, status: int = 200) -> None:
    """The page is fit to be read in Vietnamese and in English."""
    for language in ("en", "vi"):
        assert await desk.open(f"/session/language/{language}?then={path}") == status
        assert await desk.page.locator("html").get_attribute("lang") == language
        await desk.looked_at(f"{name}-{language}" if language == "en" else name)


async def test_pages_of_a_birth_are_fit_to_be_read(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    code = await stack.file()
    review = await stack.task(code, "review")
    await in_both(other_desk, "/desk", "screen-login")
    await desk.log_in("clerk")
    await in_both(desk, "/desk", "screen-inbox")
    await in_both(desk, f"/desk/tasks/{review['id']}", "screen-review")
    await stack.accept(code)
    task = await stack.task(code, "signature")
    await in_both(desk, f"/desk/tasks/{task['id']}", "screen-signature-other")
    await other_desk.log_in("chair")
    await in_both(other_desk, f"/desk/tasks/{task['id']}", "screen-signature")
    await stack.sign(code)
    view = await stack.stage(code, "returned")
    await in_both(desk, f"/desk/tasks/{task['id']}", "screen-over")
    await in_both(desk, f"/desk/dossiers/{code}", "screen-birth")
    await in_both(desk, f"/verify/{view['documents'][0]['id']}", "screen-verify")


async def test_pages_of_a_death_are_fit_to_be_read(stack: Stack, desk: Desk) -> None:
    filing = await stack.bereaved("V-D08")
    filing["declaration"]["benefits"]["categories"] += ["emergency"]
    code = await stack.file(filing)
    await desk.log_in("clerk")
    await in_both(desk, f"/desk/tasks/{(await stack.task(code, 'review'))['id']}", "screen-review-death")
    await stack.accept(code)
    await stack.sign(code)
    await in_both(desk, f"/desk/tasks/{(await stack.task(code, 'decision'))['id']}", "screen-decision")
    await in_both(desk, f"/desk/dossiers/{code}", "screen-death")


async def test_pages_that_have_nothing_to_show_say_so(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    await desk.log_in("clerk")
    await in_both(desk, "/desk/nothing", "screen-unknown", 404)
    await in_both(desk, "/desk/dossiers/G22.99.08-261122-999999", "screen-no-dossier", 404)
    await in_both(desk, f"/verify/{'0' * 32}.v1", "screen-verify-unknown", 404)
    await desk.open("/desk?kind=consent")
    await desk.said("Không còn việc nào đang mở.")
    await desk.looked_at("screen-empty")
    for text, said, name in (
        ("Không Có Người Này", "Không tìm thấy hồ sơ nào", "screen-nothing-found"),
        ("   ", "Hãy nhập mã hồ sơ", "screen-unclear"),
    ):
        await desk.page.fill("#search-text", text)
        await desk.press("Tìm")
        await desk.said(said)
        await desk.looked_at(name)
    await stack.faults("vneid", down=True)
    assert await other_desk.open("/session/login") == 503
    await other_desk.looked_at("screen-login-away")


async def test_a_certificate_made_anew_says_what_is_new_in_it(stack: Stack, desk: Desk) -> None:
    code, first, task = await two_versions(stack)
    number = leg(await stack.view(code), "personal_id")["result"]["personal_id"]
    body = {"method": "remote", "document_sha256": first, "pin": PIN}
    told = (await stack.post(f"/v1/tasks/{task}/signature", body, "chair")).json()
    assert (told["type"], told["changed"]) == ("urn:lienthong:problem:stale-document", ["personal_id"])
    assert number not in str(told)
    unseen = await stack.post(f"/v1/tasks/{task}/signature", body | {"document_sha256": "0" * 64}, "chair")
    assert unseen.json()["changed"] == []
    await desk.log_in("chair", f"/desk/tasks/{task}")
    await desk.page.locator("[name=document_sha256]").first.evaluate("(field, seen) => { field.value = seen }", first)
    await desk.page.fill("#pin", PIN)
    await desk.press("Ký và phát hành")
    await desk.said("Khác với bản bạn đã xem:")
    await desk.said(f"(trống) → {number}")
    await desk.looked_at("screen-stale")
    assert open_tasks(await stack.view(code), "signature")
    await desk.page.fill("#pin", PIN)
    await desk.press("Ký và phát hành")
    await desk.said("Đã ký văn bản; con dấu của cơ quan được đóng tiếp theo.")
    view = await stack.until(code, lambda view: "superseded" in {each["state"] for each in view["documents"]})
    old = next(each for each in view["documents"] if each["version"] == 1)
    await in_both(desk, f"/verify/{old['id']}", "screen-verify-replaced")


async def test_what_was_written_when_the_session_ended_is_still_there_to_take_along(stack: Stack, desk: Desk) -> None:
    code = await stack.file()
    page = f"/desk/tasks/{(await stack.task(code, 'review'))['id']}"
    await desk.log_in("clerk", page)
    await desk.page.locator("summary", has_text="Yêu cầu bổ sung").click()
    await desk.page.get_by_role("checkbox").first.check()
    await desk.page.get_by_label("Nội dung gửi người dân").fill("Xin bổ sung <b>bản chụp</b>")
    await desk.page.context.clear_cookies()
    await desk.press("Gửi yêu cầu bổ sung")
    await desk.said("Phiên làm việc đã hết")
    assert await desk.page.get_by_label("Bạn đã viết").input_value() == "Xin bổ sung <b>bản chụp</b>"
    await desk.looked_at("screen-session-lost")
    async with desk.page.context.expect_page() as opened:
        await desk.press("Đăng nhập bằng VNeID")
    tab = await opened.value
    await tab.get_by_role("button", name="Trần Thị Mẫu").click()
    await tab.wait_for_url(f"**{page}")
    assert await desk.page.get_by_label("Bạn đã viết").is_visible(), "it stays in the first tab"
    assert open_tasks(await stack.view(code), "review")
