"""Guided cases over HTTP and in the browser: a clerk asks, support answers, the answer helps with the next case."""

import asyncio
import re
import sys
import uuid
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from cli.legal_time import today
from tests.e2e.asking import eventually
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.stack import OFFICE, Stack, running

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Support owes its answers within ten seconds."""
    async with running(tmp_path_factory.mktemp("questions"), first_enquiry=6.0, answer_within=10.0) as product:
        yield product


async def a_dossier(stack: Stack, filing: dict[str, Any] | None = None) -> str:
    code = await stack.file(filing)
    await stack.task(code, "review")
    return code


async def asked(stack: Stack, code: str, text: str = "Hồ sơ này cần làm gì tiếp?") -> dict[str, Any]:
    answer = await stack.post(f"/v1/dossiers/{code}/questions", {"text": text}, "clerk")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def parked(stack: Stack) -> str:
    """A dossier whose residence leg stands still for a suspected duplicate."""
    await stack.faults("population", pending_rate=0)
    await stack.faults("residence", suspect_duplicate_rate=1)
    try:
        code = await stack.file()
        await stack.accept(code)
        await stack.sign(code)
        await stack.incident(code)
    finally:
        await stack.clear("residence", "population")

    async def noticed() -> bool:
        rows = (await stack.get("/v1/stuck", params={"limit": 200})).json()["items"]
        return code in {each["dossier"] for each in rows}

    await eventually(noticed, bool)  # the watchdog looks every two seconds, and a question's cause is what it found
    return code


async def in_both(desk: Desk, path: str, name: str) -> None:
    for language in ("en", "vi"):
        assert await desk.open(f"/session/language/{language}?then={path}") == 200
        await desk.looked_at(f"{name}-{language}" if language == "en" else name)


async def in_words(stack: Stack) -> list[str]:
    """What the operator reads at the terminal."""
    where = ("--url", str(stack.http.base_url), "--agencies", stack.agencies)
    command = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli", "digest", *where, stdout=PIPE)
    told, _ = await command.communicate()
    assert command.returncode == 0
    return told.decode().splitlines()


async def test_a_clerk_asks_support_answers_and_the_clerk_asks_on(stack: Stack) -> None:
    code, key, body = await a_dossier(stack), uuid.uuid4().hex, {"text": "Cần làm gì?"}
    path = f"/v1/dossiers/{code}/questions"
    first = await stack.post(path, body, "clerk", key)
    again = await stack.post(path, body, "clerk", key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert (await stack.post(path, {"text": "Khác"}, "clerk", key)).status_code == 409
    question = f"/v1/questions/{first.json()['id']}"
    key, body = uuid.uuid4().hex, {"text": "Chờ cơ quan", "cause": "agency-slow"}
    for _ in range(2):
        told = (await stack.post(f"{question}/messages", body, "support", key)).json()
    assert (told["state"], told["cause"]) == ("answered", "agency-slow")
    assert [each["side"] for each in told["messages"]] == ["clerk", "support"]
    told = (await stack.post(f"{question}/close", None, "clerk")).json()
    assert told["state"] == "closed"
    told = (await stack.post(f"{question}/messages", {"text": "Vẫn chưa được"}, "clerk")).json()
    assert (told["state"], len(told["messages"])) == ("open", 3)
    assert told == (await stack.get(question, "support")).json() | {"late": told["late"]}
    assert (await stack.get("/v1/questions", "clerk", params={"state": "open"})).json()["items"][-1]["dossier"] == code


async def test_who_may_not_ask_or_answer_is_refused(stack: Stack) -> None:
    code = await a_dossier(stack)
    path = f"/v1/dossiers/{code}/questions"
    assert (await stack.post(path, {"text": "?"}, "portal")).status_code == 403
    assert (await stack.post(path, {"text": "?"}, "support")).status_code == 403
    assert (await stack.post(path, {"text": " "}, "clerk")).status_code == 422
    question = f"/v1/questions/{(await asked(stack, code))['id']}"
    assert (await stack.get(question, "portal")).status_code == 403
    assert (await stack.post(f"{question}/messages", {"text": "?"}, "approver")).status_code == 403
    told = await stack.post(f"{question}/messages", {"text": "?", "cause": "task-late"}, "clerk")
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/cause")
    assert (await stack.get("/v1/questions/none", "clerk")).json()["type"].endswith(":question-unknown")
    assert (await stack.get("/v1/questions", "clerk", params={"office": "00001"})).status_code == 403
    assert (await stack.get("/v1/digests/2026-11-01", "clerk", params={"office": "00001"})).status_code == 403
    assert (await stack.get("/v1/digests/2999-11-01")).status_code == 422
    for day in ("0", "0001-01-01", "9999-12-31"):
        assert (await stack.get(f"/v1/digests/{day}")).status_code == 422


async def test_advice_tells_of_nobody(stack: Stack) -> None:
    filing = await stack.family()
    question = await asked(stack, await a_dossier(stack, filing))
    mother = filing["declaration"]["mother"]
    entry = {"cause": "unit-unknown", "title": "Mã xã", "text": "Báo cơ quan", "question": question["id"]}
    for field, text in (("text", f"Nhờ {mother['full_name']}"), ("title", mother["personal_id"])):
        told = await stack.post("/v1/advice", {**entry, field: text}, "support")
        assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, f"/{field}")
        assert text not in told.text
    assert (await stack.post("/v1/advice", entry, "clerk")).status_code == 403
    key = uuid.uuid4().hex
    for _ in range(2):
        assert (await stack.post("/v1/advice", entry, "support", key)).status_code == 201
    kept = (await stack.get("/v1/advice", "clerk", params={"cause": "unit-unknown", "agency": "residence"})).json()
    assert [each["title"] for each in kept["items"]] == ["Mã xã"]


async def test_a_late_question_is_marked_and_counted(stack: Stack, desk: Desk) -> None:
    question = await asked(stack, await a_dossier(stack))
    await desk.log_in("support", f"/support/questions/{question['id']}")
    await desk.page.locator("#thread .tag.late").wait_for(timeout=20_000)
    assert datetime.fromisoformat(question["answer_by"]) < datetime.now(UTC)
    told = (await stack.get("/v1/statistics/questions", "manager")).json()
    assert told["late"] >= 1
    assert told["open"] >= told["late"]
    await desk.open("/support/questions")
    await desk.page.locator("tbody tr .tag.late").first.wait_for()
    await in_both(desk, "/support/questions", "questions-late")
    await desk.open("/support")
    line = desk.page.locator(".counts li.late a[href='/support/questions']")
    assert re.fullmatch(r"\d+ câu hỏi chờ trả lời · chờ lâu nhất \d+/0 phút · \d+ trễ hạn", await line.inner_text())
    await desk.looked_at("console-overview-questions")
    await line.click()
    await desk.page.wait_for_url("**/support/questions")


async def test_a_question_is_answered_live_and_its_answer_stands_beside_the_next_case(
    stack: Stack, desk: Desk, other_desk: Desk
) -> None:
    code = await parked(stack)
    await other_desk.log_in("support", "/support/questions")
    await desk.log_in("clerk", f"/desk/dossiers/{code}")
    await in_both(desk, f"/desk/dossiers/{code}", "desk-ask")
    await desk.page.get_by_label("Bạn muốn hỏi gì về hồ sơ này?").fill("Cư trú báo trùng, chúng tôi cần làm gì?")
    await desk.press("Hỏi bộ phận hỗ trợ")
    await desk.said("chờ trả lời")
    await other_desk.page.get_by_role("link", name=code).click()
    await other_desk.said("Cư trú báo trùng, chúng tôi cần làm gì?")
    assert await other_desk.page.locator("#cause").input_value() == "suspected-duplicate"
    await other_desk.page.get_by_label("Câu trả lời").fill("Cơ quan đang gộp hồ sơ, không cần nộp lại.")
    await other_desk.press("Gửi câu trả lời")
    await desk.said("Cơ quan đang gộp hồ sơ, không cần nộp lại.")
    await in_both(desk, f"/desk/dossiers/{code}", "desk-answered")
    await other_desk.page.locator("summary", has_text="Ghi thành lời khuyên chung").click()
    await other_desk.page.get_by_label("Tiêu đề").fill(f"Hồ sơ {code} báo trùng")
    await other_desk.press("Ghi vào danh mục")
    await other_desk.said("Lời khuyên không được có tên người")
    await other_desk.looked_at("question-refused-entry")
    await other_desk.page.get_by_label("Tiêu đề").fill("Cơ quan cư trú báo trùng")
    await other_desk.press("Ghi vào danh mục")
    await other_desk.said("Đã ghi vào danh mục lời khuyên.")
    await in_both(other_desk, other_desk.page.url.removeprefix(str(stack.http.base_url)).split("?")[0], "question")
    await desk.press("Đã rõ, đóng câu hỏi")
    await desk.said("đã đóng")
    await other_desk.said("đã đóng")
    following = await parked(stack)
    await other_desk.open(f"/support/dossiers/{following}")
    await other_desk.said("Cơ quan cư trú báo trùng")
    await other_desk.looked_at("console-case-advice")


async def test_the_digest_counts_what_the_lists_show(stack: Stack, desk: Desk, other_desk: Desk) -> None:
    await asked(stack, await a_dossier(stack))
    shown = (await stack.get("/v1/questions", "support", params={"limit": 200})).json()["items"]
    waits = [each for each in shown if not each["answered_at"] and not each["closed_at"]]
    told = (await stack.get(f"/v1/digests/{today()}")).json()
    lines = [each for each in told["lines"] if each["told"] == "question"]
    assert sum(each["open"] for each in lines) == len(waits)
    assert sum(each["new"] for each in lines) == len(shown)

    async def cases() -> tuple[int, int]:
        told = (await stack.get(f"/v1/digests/{today()}")).json()
        stuck = (await stack.get("/v1/stuck", params={"limit": 200})).json()["items"]
        return sum(each["open"] for each in told["lines"] if each["told"] == "case"), len(stuck)

    await eventually(cases, lambda both: both[0] == both[1])  # the watchdog may have looked between the two
    printed = await in_words(stack)
    assert "questions to support" in printed
    assert any(each.split()[:3] == ["together", str(len(shown)), str(len(shown) - len(waits))] for each in printed)
    mine = (await stack.get(f"/v1/digests/{today()}", "clerk")).json()
    assert {each["office"] for each in mine["lines"]} == {OFFICE}
    await desk.log_in("support", "/support/digest")
    assert await desk.open("/support/digest?day=0001-01-01") == 200
    await in_both(desk, "/support/digest", "digest")
    await other_desk.log_in("clerk", "/desk/digest")
    await other_desk.looked_at("desk-digest")
    await desk.press("Ngày trước", "link")
    await desk.said("Không có gì mới, không có gì hết, không còn gì.")
