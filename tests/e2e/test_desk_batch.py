"""Many documents under one PIN in a real browser: fifty at once, a mismatch on the way, trouble in the middle."""

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from tests.e2e import tokens
from tests.e2e.asking import kinds
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.stack import PIN, Stack, open_tasks, ready, running

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(300)
FIFTY = 50
AT_ONCE = 6
PATIENCE_MS = 120_000
SEE, RIGHT, OUT, STOP = "Xem từng văn bản đã chọn", "Đúng, sẽ ký", "Bỏ ra", "Dừng xem"
ONCE, RECEIPTS = "Xác nhận ký một lần", "Biên nhận ký văn bản"
Task = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A product of its own: its chair has nothing to sign but what these tests filed. Agencies answer at once."""
    state = tmp_path_factory.mktemp("batch")
    async with running(state, first_enquiry=6.0, expected_answer=2.0, retry_cap=2.0) as product:
        for agency in ("population", "labour", "social-insurance"):
            await product.faults(agency, pending_rate=0)
        yield product


@pytest_asyncio.fixture(loop_scope="session")
async def emptied(stack: Stack) -> AsyncIterator[None]:
    """Whatever a test left open is signed before the next one looks at the list."""
    yield
    await stack.clear("signing")
    page = (await stack.get("/v1/tasks?kind=signature&limit=200", "chair")).json()
    for each in page["items"]:
        await stack.sign(each["dossier"])


async def to_sign(stack: Stack, count: int) -> list[Task]:
    """So many documents that wait for the chair, births and deaths in turn."""
    hands = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Task:
        async with hands:
            filing = await (stack.bereaved("V-D01") if number % 2 else stack.family())
            code = await stack.file(filing)
            await stack.accept(code)
            return await stack.task(code, "signature")

    return list(await asyncio.gather(*(one(number) for number in range(count))))


def box(desk: Desk, task: Task) -> Any:
    return desk.page.locator(f'input[name="item"][value^="{task["id"]}/"]')


async def choose(desk: Desk, tasks: list[Task]) -> list[Task]:
    """Nothing but these; in the order of the list."""
    await desk.open("/desk/batch?pick=none")
    for task in tasks:
        await box(desk, task).check()
    listed = await desk.page.locator('input[name="item"]').evaluate_all("all => all.map(each => each.value)")
    order = [value.partition("/")[0] for value in listed]
    await desk.press(SEE)
    return sorted(tasks, key=lambda task: order.index(task["id"]))


def signed(view: dict[str, Any]) -> bool:
    return any(each["signed"] for each in view["documents"])


async def see_all(desk: Desk, tasks: list[Task]) -> None:
    """Each is shown as it waits, and found right."""
    for number, task in enumerate(tasks, 1):
        await desk.said(f"Văn bản {number}/{len(tasks)}")
        await desk.said(task["document_sha256"])
        await desk.press(RIGHT)
    await desk.said(ONCE)


async def authorise(desk: Desk, count: int, pin: str = PIN) -> None:
    await desk.page.fill("#pin", pin)
    await desk.page.get_by_role("button", name=f"Ký {count} văn bản").click(timeout=PATIENCE_MS)
    await desk.page.wait_for_load_state(timeout=PATIENCE_MS)  # every row of what it tells


async def receipts(desk: Desk) -> list[str]:
    """What became of each, as the page tells."""
    await desk.page.get_by_role("heading", name=RECEIPTS).wait_for(timeout=PATIENCE_MS)
    return await desk.page.locator("tbody .tag").all_inner_texts()


async def test_fifty_documents_are_chosen_seen_and_signed_under_one_pin(
    stack: Stack, desk: Desk, emptied: None
) -> None:
    tasks = await to_sign(stack, FIFTY + 1)
    await desk.log_in("chair")
    await desk.said(f"{FIFTY + 1} văn bản đang chờ bạn ký")
    await desk.press("Ký nhiều văn bản", "link")
    ticked = desk.page.locator('input[name="item"]:checked')
    assert await ticked.count() == FIFTY
    await desk.looked_at("batch")
    left = desk.page.locator('input[name="item"]:not(:checked)')
    alone = (await left.get_attribute("value") or "").partition("/")[0]
    await left.check()
    await desk.press(SEE)
    await desk.said("Bạn đã chọn 51 văn bản.")
    assert await ticked.count() == FIFTY + 1
    await desk.looked_at("batch-too-many")
    chosen = await choose(desk, [task for task in tasks if task["id"] != alone])
    await desk.looked_at("batch-see")
    await see_all(desk, chosen)
    await desk.said(f"Sẽ ký {FIFTY} văn bản")
    await desk.looked_at("batch-authorise")
    await authorise(desk, FIFTY)
    assert await receipts(desk) == ["đã ký"] * FIFTY
    await desk.looked_at("batch-receipts")
    await agree(stack, chosen, await downloaded(desk))
    assert open_tasks(await stack.view(alone.partition(".signature")[0]), "signature")


async def downloaded(desk: Desk) -> list[dict[str, str]]:
    async with desk.page.expect_download() as started:
        await desk.press("Tải biên nhận (CSV)")
    return rows(await (await started.value).path())


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


async def agree(stack: Stack, tasks: list[Task], told: list[dict[str, str]]) -> None:
    """Receipts, dossiers, journals and the one-stop's ledger tell the same."""
    assert [each["Hồ sơ"] for each in told] == [task["dossier"] for task in tasks]
    for task, receipt in zip(tasks, told, strict=True):
        code = task["dossier"]
        view = await stack.stage(code, "returned", patience=120)
        [document] = [each for each in view["documents"] if each["signed"]]
        by_person = document["under_seal"] or document  # the seal is put over what the person signed
        assert (receipt["Văn bản"], receipt["SHA-256"]) == (by_person["id"], by_person["sha256"])
        assert document["signed_by"] == "chair-sample"
        assert (await kinds(stack, code)).count("document_signed") == 1
        assert await stack.effects("one-stop", code, "hand_over") == 1


async def test_what_another_chair_signed_meanwhile_ends_the_batch_and_the_rest_goes_on(
    stack: Stack, desk: Desk, emptied: None
) -> None:
    await desk.log_in("chair", "/desk/batch")
    tasks = await choose(desk, await to_sign(stack, 5))
    await see_all(desk, tasks)
    await signed_by_the_deputy(stack, tasks[2])
    await authorise(desk, 5)
    assert await receipts(desk) == ["đã ký", "đã ký", "bị từ chối", "giữ nguyên", "giữ nguyên"]
    await desk.said("Việc này đã được người khác giải quyết")
    await desk.looked_at("batch-mismatch")
    for task in tasks[3:]:
        assert open_tasks(await stack.view(task["dossier"]), "signature")
        assert not {"document_signed", "signature_refused"} & set(await kinds(stack, task["dossier"]))
    await desk.press("Ký tiếp 2 văn bản giữ nguyên")
    await authorise(desk, 2)
    assert await receipts(desk) == ["đã ký"] * 2


async def signed_by_the_deputy(stack: Stack, task: Task) -> None:
    body = {"method": "remote", "document_sha256": task["document_sha256"], "pin": PIN}
    await by_the_deputy(stack, task, "signature", body)


async def by_the_deputy(stack: Stack, task: Task, verb: str, body: dict[str, str]) -> None:
    bearer = {"Authorization": f"Bearer {tokens.signer_token(stack, 'vice-chair-sample')}", "Idempotency-Key": "deputy"}
    answer = await stack.http.post(f"/v1/tasks/{task['id']}/{verb}", json=body, headers=bearer)
    assert answer.status_code == 200, answer.text


async def test_a_wrong_pin_signs_nothing_and_keeps_what_was_chosen(stack: Stack, desk: Desk, emptied: None) -> None:
    await desk.log_in("chair", "/desk/batch")
    tasks = await choose(desk, await to_sign(stack, 2))
    await see_all(desk, tasks)
    await authorise(desk, 2, "000000")
    await desk.said("Mã PIN không đúng, chưa ký.")
    assert re.search(r"Còn \d lần thử", await desk.page.inner_text("#problem"))
    await desk.looked_at("batch-wrong-pin")
    for task in tasks:
        assert open_tasks(await stack.view(task["dossier"]), "signature")
    await authorise(desk, 2)
    assert await receipts(desk) == ["đã ký"] * 2


def engine_of(stack: Stack) -> psutil.Process:
    """The server that this stack talks to."""
    port = stack.settings.temporal_address.rpartition(":")[2]
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a browser's processes come and go
            if "temporal" in each.name() and port in each.cmdline():
                return each
    raise AssertionError("the engine is no process of ours")


async def test_with_the_engine_away_in_the_middle_the_same_button_ends_it_right(
    stack: Stack, desk: Desk, emptied: None
) -> None:
    await desk.log_in("chair", "/desk/batch")
    tasks = await choose(desk, await to_sign(stack, 5))
    await see_all(desk, tasks)
    await stack.faults("signing", latency_ms=[300, 300])  # so that there is a middle
    engine = engine_of(stack)
    pressed = asyncio.create_task(authorise(desk, 5))
    await stack.until(tasks[0]["dossier"], signed)
    engine.suspend()
    try:
        await pressed
        await desk.said("hãy bấm lại đúng nút đó")
        await desk.said("Đến lúc này đã thấy 1/5 văn bản được ký.")
        shown = await desk.page.locator("tbody .tag").all_inner_texts()
        assert shown[0] == "đã ký"
        assert shown[-1] == "chưa ký"
        await desk.looked_at("batch-engine-away")
    finally:
        engine.resume()
        await stack.clear("signing")
    await ready(stack)
    await authorise(desk, 5)
    assert await receipts(desk) == ["đã ký"] * 5
    for task in tasks:
        assert (await kinds(stack, task["dossier"])).count("document_signed") == 1


async def test_the_signing_service_away_signs_nothing_and_says_so(stack: Stack, desk: Desk, emptied: None) -> None:
    await desk.log_in("chair", "/desk/batch")
    tasks = await choose(desk, await to_sign(stack, 2))
    await see_all(desk, tasks)
    await stack.faults("signing", down=True)
    await authorise(desk, 2)
    await desk.said("Dịch vụ ký số không trả lời")
    await stack.clear("signing")
    await authorise(desk, 2)
    assert await receipts(desk) == ["đã ký"] * 2


async def by_key(desk: Desk, letter: str) -> None:
    """Alt and a letter, as a keyboard sends it: Playwright's own leaves out what browsers find access keys by."""
    await desk.page.locator(f'[accesskey="{letter}"]').wait_for()
    keyboard = await desk.page.context.new_cdp_session(desk.page)
    pressed = {"modifiers": 1, "key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": ord(letter) - 32}
    for kind in ("rawKeyDown", "char", "keyUp"):
        text = {"text": letter, "unmodifiedText": letter} if kind == "char" else {}
        await keyboard.send("Input.dispatchKeyEvent", {"type": kind, **pressed, **text})


async def test_what_is_left_out_or_not_seen_is_not_signed(stack: Stack, desk: Desk, emptied: None) -> None:
    await desk.log_in("chair", "/desk/batch")
    out, unseen, right, behind = tasks = await choose(desk, await to_sign(stack, 4))
    await by_key(desk, "b")
    await desk.said("Văn bản 2/4")
    await by_key(desk, "n")
    await desk.said("Văn bản 3/4")
    await by_key(desk, "d")
    await desk.said("Văn bản 4/4")
    await by_key(desk, "p")
    await desk.said("Văn bản này bạn đã đánh dấu là đúng.")
    await desk.press(STOP)
    await desk.said("Bạn đã bỏ ra 1 văn bản.")
    await desk.said("2 văn bản chưa được xem xong")
    await authorise(desk, 1)
    assert await receipts(desk) == ["đã ký"]
    assert [bool(open_tasks(await stack.view(task["dossier"]), "signature")) for task in tasks] == [
        task is not right for task in (out, unseen, right, behind)
    ]


async def test_the_button_pressed_in_two_windows_signs_each_once(stack: Stack, desk: Desk, emptied: None) -> None:
    await desk.log_in("chair", "/desk/batch")
    tasks = await choose(desk, await to_sign(stack, 3))
    await see_all(desk, tasks)
    form = await desk.page.locator("form.pin input").evaluate_all("all => all.map(each => [each.name, each.value])")
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in await desk.page.context.cookies())
    fields: dict[str, Any] = {"item": [value for name, value in form if name == "item"], "pin": PIN}
    fields |= {name: value for name, value in form if name in {"csrf", "key"}}
    press = [stack.http.post("/desk/batch/sign", data=fields, headers={"Cookie": cookie}) for _ in range(2)]
    for answer in await asyncio.gather(*press):
        assert answer.text.count('<span class="tag signed">') == 3, answer.text
    for task in tasks:
        assert (await kinds(stack, task["dossier"])).count("document_signed") == 1


async def test_a_lost_session_leads_back_to_what_is_still_open(stack: Stack, desk: Desk, emptied: None) -> None:
    await desk.log_in("chair", "/desk/batch")
    first, second = await choose(desk, await to_sign(stack, 2))
    await desk.page.wait_for_load_state()  # the document too
    await desk.page.context.clear_cookies()
    await desk.press(RIGHT)
    await desk.said("Phiên làm việc đã hết")
    await desk.press("Đăng nhập bằng VNeID")
    await desk.press("Lê Thị Mẫu")
    await desk.page.wait_for_url("**/desk/batch")
    for task in (first, second):
        assert await box(desk, task).is_checked()


async def test_who_is_not_on_duty_is_offered_no_batch(stack: Stack, desk: Desk, emptied: None) -> None:
    (task,) = await to_sign(stack, 1)
    await desk.log_in("clerk")
    assert await desk.page.get_by_role("link", name="Ký nhiều văn bản").count() == 0
    await desk.open("/desk/batch")
    await desk.said("Bạn không có trong danh sách trực ký")
    assert await box(desk, task).count() == 0


async def test_what_somebody_else_has_in_hand_is_not_offered(stack: Stack, desk: Desk, emptied: None) -> None:
    held, free = await to_sign(stack, 2)
    await by_the_deputy(stack, held, "claim", {})
    await desk.log_in("chair", "/desk/batch")
    await desk.said("người khác đang giữ")
    assert await box(desk, held).is_disabled()
    assert await box(desk, free).is_checked()
    await signed_by_the_deputy(stack, held)


async def test_a_draft_that_was_replaced_since_it_was_shown_is_not_signed(
    stack: Stack, desk: Desk, emptied: None
) -> None:
    await desk.log_in("chair", "/desk/batch")
    [task] = await choose(desk, await to_sign(stack, 1))
    await see_all(desk, [task])
    await desk.page.locator("form.pin input[name=item]").evaluate(
        f"each => each.value = each.value.replace('{task['document_sha256']}', '{'0' * 64}')"
    )
    await authorise(desk, 1)
    assert await receipts(desk) == ["bị từ chối"]
    await desk.said("Văn bản đã thay đổi kể từ khi hiển thị cho bạn")
    assert open_tasks(await stack.view(task["dossier"]), "signature")
