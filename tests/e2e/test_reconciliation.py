"""A day of ours beside an agency's: what was lost, changed or too many there is found, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from cli.legal_time import today
from contracts import queues
from policy.calendar import legal_day
from records.database import Database
from records.tables.base import core
from records.tables.outbox import OutboxRow
from tests.e2e.acting import settled
from tests.e2e.asking import eventually
from tests.e2e.browsing import Desk, chromium, desk, other_desk
from tests.e2e.rolled_out import lienthong
from tests.stack import Stack, leg, running

__all__ = ["chromium", "desk", "other_desk"]

pytestmark = pytest.mark.timeout(600)
ALL_OF_IT = timedelta(minutes=5)
"""So long these tests take at most."""
DAILY = timedelta(hours=2)
"""When every agency is compared by itself, in Viet Nam."""
BIRTHS = 30
FLOW = 6
STRANGE = "G22.99.08-260101-999999"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, list[str]]]:
    """A product of its own, in which thirty births were returned today, and nothing else happened."""
    state = tmp_path_factory.mktemp("town")
    quick = {"first_enquiry": 6.0, "expected_answer": 2.0, "retry_cap": 1.0}
    async with running(state, reconciliation_settles=0.0, **quick) as product:
        await undisturbed(ALL_OF_IT)
        turns = asyncio.Semaphore(FLOW)

        async def born() -> str:
            async with turns:
                code = await product.file()
                await product.walk(code, patience=60)
                return code

        codes = list(await asyncio.gather(*(born() for _ in range(BIRTHS))))
        await eventually(lambda: undelivered(product), lambda count: count == 0)
        yield product, codes


async def undisturbed(span: timedelta) -> None:
    """Return once neither the legal day ends so soon, to which all that is decided belongs, nor a daily run begins."""

    def passes(hour: timedelta) -> bool:
        now = datetime.now(UTC) - hour
        return legal_day(now) != legal_day(now + span)

    while passes(timedelta()) or passes(DAILY):
        await asyncio.sleep(1)


async def undelivered(stack: Stack) -> int:
    """How many statuses partners have not taken, or we have not noted as taken: the last follow a dossier's end."""
    table, database = core(OutboxRow), Database(stack.settings.database)
    told = table.c.partner.in_(["one-stop", "national-portal"])
    waiting = select(func.count()).select_from(table).where(told, table.c.settled_at.is_(None))
    try:
        return await database.read(lambda connection: connection.execute(waiting).scalar_one())
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(town: tuple[Stack, list[str]]) -> Stack:
    """What browsers are opened on."""
    return town[0]


async def tampered(stack: Stack, agency: str, how: str, **body: str) -> None:
    (await stack.http.post(f"{stack.agencies}/{agency}/control/{how}", json=body)).raise_for_status()


async def begun(stack: Stack, agency: str, key: str | None = None, **more: str) -> dict[str, Any]:
    body = {"agency": agency, "day": today().isoformat(), **more}
    answer = await stack.post("/v1/reconciliations", body, "support", key)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ended(stack: Stack, run: dict[str, Any], patience: float = 40) -> dict[str, Any]:
    async with asyncio.timeout(patience):
        while run["ended_at"] is None:
            await asyncio.sleep(0.1)
            items = (await stack.get(f"/v1/reconciliations?agency={run['agency']}")).json()["items"]
            run = next(each for each in items if each["id"] == run["id"])
    return run


async def reconciled(stack: Stack, agency: str) -> dict[str, Any]:
    return await ended(stack, await begun(stack, agency))


async def differing(stack: Stack, **wanted: str) -> list[tuple[str, str, str, str, str]]:
    items = (await stack.get("/v1/discrepancies", params=wanted)).json()["items"]
    return sorted((each["agency"], each["key"], each["kind"], each["ours"], each["theirs"]) for each in items)


def sums(run: dict[str, Any]) -> tuple[int, int, int]:
    return run["ours"], run["theirs"], run["agreeing"]


@pytest.mark.parametrize(
    "agency",
    ["civil-status", "population", "residence", "social-insurance", "vneid", "one-stop", "national-portal"],
)
async def test_a_day_without_trouble_agrees_with_every_agency(town: tuple[Stack, list[str]], agency: str) -> None:
    stack, _ = town
    run = await reconciled(stack, agency)
    assert run["problem"] is None
    assert run["theirs"] >= BIRTHS
    assert sums(run) == (run["theirs"], run["theirs"], run["theirs"])
    assert await differing(stack, agency=agency) == []


async def test_what_was_tampered_with_is_found_at_its_agency_and_settled_once_it_is_repaired(
    town: tuple[Stack, list[str]],
) -> None:
    stack, codes = town
    lost, changed = (f"{code}:register_residence:1" for code in codes[:2])
    extra = f"{STRANGE}:issue_card:1"
    await tampered(stack, "residence", "forget", key=lost)
    await tampered(stack, "residence", "overwrite", key=changed, standing="refused")
    await tampered(stack, "social-insurance", "overwrite", key=extra, standing="granted")
    assert sums(await reconciled(stack, "residence")) == (BIRTHS, BIRTHS - 1, BIRTHS - 2)
    assert sums(await reconciled(stack, "social-insurance")) == (BIRTHS, BIRTHS + 1, BIRTHS)
    await reconciled(stack, "civil-status")
    found = [
        ("residence", changed, "different", "granted", "refused"),
        ("residence", lost, "missing", "granted", "unknown"),
        ("social-insurance", extra, "extra", "unknown", "granted"),
    ]
    assert await differing(stack) == sorted(found)
    assert await differing(stack, agency="residence", kind="missing") == [found[1]]
    await seen_by_the_watchdog(stack, {codes[0], codes[1], STRANGE})

    await reconciled(stack, "residence")
    assert await differing(stack) == sorted(found), "what is still so is still one row"

    told = await done_once_more(stack, {"cause": "views-differ", "agency": "residence"})
    assert (told["selected"], told["verified"], told["failed"]) == (2, 2, 0)
    for code in codes[:2]:
        assert await registered(stack, code) == 1
    await tampered(stack, "social-insurance", "forget", key=extra)
    run = await reconciled(stack, "residence")
    assert (sums(run), counts(run)) == ((BIRTHS, BIRTHS + 1, BIRTHS), (0, 0, 0, 2)), "what was refused stays there"
    run = await reconciled(stack, "social-insurance")
    assert (sums(run), counts(run)) == ((BIRTHS, BIRTHS, BIRTHS), (0, 0, 0, 1))
    assert await differing(stack) == []
    assert await differing(stack, open="false") == sorted(found)
    await seen_by_the_watchdog(stack, set())


def counts(run: dict[str, Any]) -> tuple[int, int, int, int]:
    return run["missing"], run["extra"], run["different"], run["settled"]


async def done_once_more(stack: Stack, selection: dict[str, Any]) -> dict[str, int]:
    """Support selects differences, somebody else approves, and the run ends; how many ended how."""
    body = {"selection": selection, "act": "replay", "reason": "cơ quan đã mất kết quả", "rate": 10}
    draft = (await stack.post("/v1/replays", body, "support")).json()
    told = {each["preview"]["possible"] for each in draft["sample"]}
    assert told <= {True}, draft["sample"]
    agreed = {"selection_hash": draft["selection_hash"], "reason": "đã đối chiếu"}
    assert (await stack.post(f"/v1/replays/{draft['id']}/approval", agreed, "approver")).status_code == 200
    async with asyncio.timeout(60):
        while (found := (await stack.get(f"/v1/replays/{draft['id']}")).json())["state"] != "done":
            await asyncio.sleep(0.1)
    ended_so: dict[str, int] = found["counts"]
    return ended_so


async def registered(stack: Stack, first: str) -> int:
    """How often residence was registered, in the first dossier and in those that follow it."""
    followers = (await stack.view(first))["followed_by"]
    return sum([await stack.effects("residence", code, "register_residence") for code in (first, *followers)])


async def test_what_an_agency_lost_is_shown_opened_again_by_two_people_and_settled_by_the_next_comparison(
    town: tuple[Stack, list[str]], desk: Desk, other_desk: Desk
) -> None:
    stack, codes = town
    code = codes[5]
    await tampered(stack, "residence", "forget", key=f"{code}:register_residence:1")
    await desk.log_in("support", "/support")
    await desk.press("Đối chiếu", "link")
    await compared(desk)
    await desk.said("cơ quan thiếu")
    await desk.looked_at("console-reconciliation")
    page = desk.page.url
    await desk.press("Mở lại hồ sơ")
    await desk.page.get_by_label("Đăng ký thường trú").check()
    await desk.page.get_by_label("Lý do").fill("Cơ quan mất kết quả")
    await desk.press("Đề nghị phê duyệt")
    await desk.said("người đề nghị không tự phê duyệt")
    act = {"id": desk.page.url.rsplit("/", 1)[1]}
    await other_desk.log_in("approver", f"/support/acts/{act['id']}")
    await other_desk.page.get_by_label("Lý do").fill("Đã trao đổi với cơ quan")
    await other_desk.press("Phê duyệt")
    opened = (await settled(stack, act))["told"]["opened"]
    await desk.page.goto(page)
    await desk.said("lần đối chiếu sau sẽ xác nhận")
    await desk.looked_at("console-reconciliation-mended")
    await seen_by_the_watchdog(stack, {code})
    told = await done_once_more(stack, {"codes": [code]})
    assert (told["skipped"], told["verified"]) == (1, 0), "nobody does it a third time before it was compared"

    await desk.press("Đối chiếu", "link")
    await compared(desk)
    await desk.said("đã khớp lúc")
    await desk.looked_at("console-reconciliation-settled")
    for language in ("en", "vi"):
        await desk.open(f"/session/language/{language}?then=/support/reconciliations")
        await desk.looked_at(f"console-reconciliations-{language}")
    assert await differing(stack) == []
    assert await stack.effects("residence", code, "register_residence") == 0
    assert await stack.effects("residence", opened, "register_residence") == 1


async def compared(desk: Desk) -> None:
    """Today is compared with residence, from the page."""
    form = desk.page.locator("form", has=desk.page.get_by_role("button", name="Đối chiếu"))
    await form.locator("[name=agency]").select_option("residence")
    await form.locator("[name=day]").fill(today().isoformat())
    await desk.press("Đối chiếu")
    await desk.page.locator("#reconciliation .tag.done", has_text="đã xong").wait_for()


async def seen_by_the_watchdog(stack: Stack, dossiers: set[str]) -> None:
    async with asyncio.timeout(20):
        while True:
            items = (await stack.get("/v1/stuck", params={"cause": "views-differ"})).json()["items"]
            if {each["dossier"] for each in items} == dossiers:
                return
            await asyncio.sleep(0.1)


async def test_a_run_of_another_day_settles_what_agrees_by_now(town: tuple[Stack, list[str]]) -> None:
    stack, codes = town
    lost = f"{codes[2]}:register:1"
    await tampered(stack, "civil-status", "forget", key=lost)
    await reconciled(stack, "civil-status")
    assert [each[:3] for each in await differing(stack)] == [("civil-status", lost, "missing")]
    await tampered(stack, "civil-status", "overwrite", key=lost, standing="granted")
    yesterday = (today() - timedelta(days=1)).isoformat()
    run = await ended(stack, await begun(stack, "civil-status", day=yesterday))
    assert sums(run) == (0, 0, 0)
    assert await differing(stack) == []


async def test_an_agency_that_goes_down_in_the_middle_is_gone_on_with_when_it_is_back(
    town: tuple[Stack, list[str]],
) -> None:
    stack, codes = town
    await tampered(stack, "civil-status", "forget", key=f"{codes[3]}:register:1")
    await stack.faults("civil-status", down=True)
    try:
        run = await begun(stack, "civil-status")
        await eventually(lambda: exchanges(stack), bool)
    finally:
        await stack.clear("civil-status")
    assert sums(await ended(stack, run)) == (BIRTHS, BIRTHS - 1, BIRTHS - 1)
    assert [each[2] for each in await differing(stack, agency="civil-status")] == ["missing"]
    await tampered(stack, "civil-status", "overwrite", key=f"{codes[3]}:register:1", standing="granted")
    await reconciled(stack, "civil-status")
    assert await differing(stack) == []


async def exchanges(stack: Stack) -> int:
    """How many calls to civil status failed lately."""
    items = (await stack.get("/v1/agencies")).json()["items"]
    return next(int(each["failures"]) for each in items if each["agency"] == "civil-status")


async def test_a_case_in_hand_on_both_sides_or_given_up_here_is_no_difference(town: tuple[Stack, list[str]]) -> None:
    stack, _ = town
    before = sums(await reconciled(stack, "residence"))
    one_more = tuple(count + 1 for count in before)
    await stack.faults("residence", pending_rate=1, answer_delay_s=[3600, 3600], callback_drop_rate=1)
    try:
        code = await stack.file()
        await stack.accept(code)
        await stack.sign(code)
        await stack.until(code, lambda v: leg(v, "residence")["state"] == "pending")
    finally:
        await stack.clear("residence")
    assert sums(await reconciled(stack, "residence")) == one_more
    assert await stack.answer_now("residence", code) == 1
    await stack.stage(code, "returned", patience=60)
    assert sums(await reconciled(stack, "residence")) == one_more
    assert await differing(stack) == []


async def test_every_agency_has_its_daily_schedule_for_the_day_before(town: tuple[Stack, list[str]]) -> None:
    stack, _ = town
    schedules = {each.id async for each in await stack.client.list_schedules()}
    assert {f"reconciliation/{agency}" for agency in queues.AGENCIES} <= schedules
    daily = stack.client.get_schedule_handle("reconciliation/labour")
    [hour] = (await daily.describe()).schedule.spec.calendars[0].hour
    assert hour.start == 19, "two o'clock in Viet Nam"
    await daily.trigger()
    async with asyncio.timeout(30):
        while not (items := (await stack.get("/v1/reconciliations?agency=labour")).json()["items"]):
            await asyncio.sleep(0.1)
    run = await ended(stack, items[0])
    assert run["id"].startswith("reconciliation/labour/daily")
    assert run["day"] == (today() - timedelta(days=1)).isoformat()


async def test_a_run_is_asked_for_once_per_key_by_those_who_may(town: tuple[Stack, list[str]]) -> None:
    stack, _ = town
    first, again = await begun(stack, "labour", "once"), await begun(stack, "labour", "once")
    assert first["id"] == again["id"]
    other = await stack.post("/v1/reconciliations", {"agency": "vneid"}, "support", "once")
    assert other.status_code == 409
    future = {"agency": "labour", "day": (today() + timedelta(days=1)).isoformat()}
    assert (await stack.post("/v1/reconciliations", future, "support")).status_code == 422
    assert (await stack.post("/v1/reconciliations", {"agency": "signing"}, "support")).status_code == 422
    assert (await stack.post("/v1/reconciliations", {"agency": "labour"}, "clerk")).status_code == 403
    assert (await stack.get("/v1/discrepancies", "clerk")).status_code == 403
    pages = await stack.get("/v1/reconciliations?limit=1")
    assert pages.json()["next"]
    assert (await stack.get(f"/v1/reconciliations?limit=1&cursor={pages.json()['next']}")).json()["items"]
    await ended(stack, first)


async def test_an_operator_compares_from_the_terminal(town: tuple[Stack, list[str]]) -> None:
    stack, codes = town
    day = today().isoformat()
    agreed = await lienthong(stack, "reconcile", "population", day)
    assert (agreed.code, "nothing differs" in agreed.out) == (0, True), agreed
    await tampered(stack, "population", "forget", key=f"{codes[4]}:issue_id:1")
    differs = await lienthong(stack, "reconcile", "population", day)
    assert (differs.code, "missing" in differs.out, codes[4] in differs.out) == (1, True, True), differs
    await tampered(stack, "population", "overwrite", key=f"{codes[4]}:issue_id:1", standing="granted")
    assert (await lienthong(stack, "reconcile", "population", day)).code == 0


async def test_a_thousand_lines_come_in_pages_and_a_thousand_differences_settle(
    town: tuple[Stack, list[str]],
) -> None:
    stack, _ = town
    strange = [f"G22.99.08-260102-{number:06}:decide_funeral:1" for number in range(1000)]
    for key in strange:
        await tampered(stack, "labour", "overwrite", key=key, standing="granted")
    run = await ended(stack, await begun(stack, "labour"), patience=120)
    assert (sums(run), await found_in_pages(stack, "labour")) == ((0, 1000, 0), set(strange))
    for key in strange:
        await tampered(stack, "labour", "forget", key=key)
    again = await ended(stack, await begun(stack, "labour"), patience=120)
    assert (sums(again), await found_in_pages(stack, "labour")) == ((0, 0, 0), set())
    took = [lasted(each) for each in (run, again)]
    print(f"1,000 differences found in {took[0]:.1f} s, settled in {took[1]:.1f} s")


async def found_in_pages(stack: Stack, agency: str) -> set[str]:
    keys: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = (await stack.get("/v1/discrepancies", params={"agency": agency, "limit": "200", **more})).json()
        keys += [each["key"] for each in page["items"]]
        if page["next"] is None:
            assert len(keys) == len(set(keys))
            return set(keys)
        more = {"cursor": page["next"]}


def lasted(run: dict[str, Any]) -> float:
    ends, began = (datetime.fromisoformat(run[name]) for name in ("ended_at", "began_at"))
    return (ends - began).total_seconds()
