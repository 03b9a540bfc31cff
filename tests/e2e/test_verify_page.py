"""Whoever holds a paper can ask whether it is genuine and still counts, and learns nothing of the people on it."""

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.e2e.test_followups import ORDER
from tests.stack import Stack, leg, open_tasks

pytestmark = pytest.mark.timeout(120)
Document = dict[str, Any]
UNKNOWN = "0" * 32 + ".v1"


class Page(HTMLParser):
    """What stands on the page, and whatever a strict policy would keep from it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.language: str | None = None
        self.forbidden: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = dict(attrs)["lang"]
        inline = [name for name, _ in attrs if name == "style" or name.startswith("on")]
        self.forbidden += [*inline, *([tag] if tag in {"script", "style", "iframe", "object"} else [])]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


async def asked(stack: Stack, document: str, status: int = 200, **query: str) -> Page:
    return shown(await stack.http.get(f"/verify/{document}", params=query), status)


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    assert page.forbidden == []
    return page


async def signed(stack: Stack) -> tuple[dict[str, Any], dict[str, Any], Document]:
    """A filing, its dossier, and its published certificate."""
    await stack.faults("population", pending_rate=0)
    try:
        filing = await stack.family()
        view = await stack.walk(await stack.file(filing))
    finally:
        await stack.clear("population")
    [document] = view["documents"]
    return filing, view, document


async def test_a_current_paper_is_genuine_and_names_nobody(stack: Stack) -> None:
    filing, view, document = await signed(stack)
    page = await asked(stack, document["id"])
    assert page.language == "vi"
    registered = leg(view, "civil_status")["result"]
    year, month, day = registered["registered_on"].split("-")
    for said in (
        "Giấy tờ này là thật",
        "Đang có giá trị.",
        "Giấy khai sinh",
        registered["register_number"],
        f"{day}/{month}/{year}",
        "Ủy ban nhân dân phường",
        "người có thẩm quyền ký của cơ quan cấp",
        "Con dấu số Ủy ban nhân dân phường Mẫu Một (giả lập)",
    ):
        assert said in page.text
    declared = filing["declaration"]
    child = declared["child"]
    people = [declared["mother"]["full_name"], declared["father"]["full_name"], child["surname"] + " "]
    for said in (*people, declared["mother"]["personal_id"], child["place_of_birth"]["detail"], view["code"]):
        assert said not in page.text
    english = await asked(stack, document["id"], lang="en")
    assert (english.language, "This document is genuine It is in force." in english.text) == ("en", True)
    assert (await asked(stack, document["id"], lang="xx")).language == "vi"


async def test_a_file_is_compared_byte_by_byte(stack: Stack) -> None:
    _, view, document = await signed(stack)
    pdf = (await stack.get(f"/v1/dossiers/{view['code']}/documents/{document['id']}", "portal")).content
    for content, said in ((pdf, "không sai một byte"), (pdf + b"\n", "không phải là bản đã phát hành")):
        files = {"file": ("giay.pdf", content, "application/pdf")}
        assert said in shown(await stack.http.post(f"/verify/{document['id']}", files=files)).text
    assert "Chưa chọn tệp" in shown(await stack.http.post(f"/verify/{document['id']}")).text


async def test_what_was_not_issued_has_no_page(stack: Stack) -> None:
    code = await stack.file()
    await stack.faults("population", pending_rate=0)
    try:
        await stack.accept(code)
        draft = (await stack.task(code, "signature"))["document"]["id"]
    finally:
        await stack.clear("population")
    for unknown in (UNKNOWN, draft, draft.split(".")[0] + ".v1", code, "x" * 300, "%00", "Nguyễn"):
        page = await asked(stack, unknown, 404)
        assert "Không tìm thấy giấy tờ" in page.text
        assert code not in page.text


async def test_the_language_is_switched_as_at_the_desk_and_the_page_stays(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.http.base_url, follow_redirects=True) as browser:
        page = await browser.get(f"/verify/{UNKNOWN}")
        [switch] = re.findall(r'href="(/session/language/en[^"]+)"', page.text)
        answer = await browser.get(switch)
        assert answer.url.path == f"/verify/{UNKNOWN}"
        assert "No such document" in shown(answer, 404).text
        assert 'href="/desk' not in answer.text, "nobody is led to where clerks work"


async def test_a_version_that_was_replaced_says_so(stack: Stack) -> None:
    await stack.faults("population", pending_rate=1, answer_delay_s=[10_000_000, 10_000_000])
    try:
        code = await stack.file()
        await stack.accept(code)
        await stack.sign(code)
    finally:
        await stack.clear("population")
    assert await stack.answer_now("population", code) == 1
    await stack.until(code, lambda view: open_tasks(view, "signature"))
    await stack.sign(code)
    view = await stack.published(code)
    first, second = sorted(view["documents"], key=lambda each: each["version"])
    old = await asked(stack, first["id"])
    assert "Đã được thay thế bằng bản mới hơn" in old.text
    assert re.search(r"Được thay thế lúc \d\d:\d\d \d\d/\d\d/\d{4}", old.text)
    assert "Đang có giá trị." in (await asked(stack, second["id"])).text


async def test_a_registration_that_was_struck_says_so(stack: Stack) -> None:
    code = await stack.file(await stack.bereaved("V-D08"))
    await stack.walk(code)
    [extract] = (await stack.view(code))["documents"]
    assert "Trích lục khai tử" in (await asked(stack, extract["id"])).text
    answer = await stack.post(f"/v1/dossiers/{code}/reversal", ORDER, "clerk")
    assert answer.status_code in {200, 202}, answer.text
    async with asyncio.timeout(30):
        while "Việc đăng ký đã bị hủy" not in (page := await asked(stack, extract["id"])).text:
            assert "Đã có quyết định hủy" in page.text
            await asyncio.sleep(2)  # each address may ask thirty times a minute
