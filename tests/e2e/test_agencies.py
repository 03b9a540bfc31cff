"""Agencies as support sees them, and the switch: nothing goes out, so many calls a second, everything again."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from cli import place
from contracts import queues
from records.tables.base import core
from records.tables.exchanges import Exchange
from runtime.task_queues import TaskQueues
from tests.e2e.asking import eventually, pointers, problem
from tests.stack import Stack, leg, running
from workers.rooms import Rooms

pytestmark = pytest.mark.timeout(150)
REASON = "bảo trì theo công văn"
CALLS = core(Exchange)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Agencies that nobody else switches."""
    moved = {"breaker_opens_after": 1.0, "breaker_probes_every": 0.5, "retry_cap": 1.0, "expected_answer": 1.0}
    async with running(tmp_path_factory.mktemp("agencies"), first_enquiry=6.0, **moved) as product:
        await product.faults("population", pending_rate=0)
        yield product


async def put(stack: Stack, agency: str, role: str = "support", key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {await stack.token(role)}", "Idempotency-Key": key or uuid.uuid4().hex}
    return await stack.http.put(f"/v1/agencies/{agency}/switch", json={"reason": REASON} | body, headers=headers)


async def switch(stack: Stack, agency: str, rate: float | None, **more: Any) -> dict[str, Any]:
    answer = await put(stack, agency, rate=rate, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state(stack: Stack, agency: str) -> dict[str, Any]:
    answer = await stack.get("/v1/agencies")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [each["agency"] for each in items] == list(queues.AGENCIES)
    return next(each for each in items if each["agency"] == agency)


async def until(stack: Stack, agency: str, **wanted: Any) -> dict[str, Any]:
    return await eventually(lambda: state(stack, agency), lambda seen: wanted.items() <= seen.items())


async def calls(stack: Stack, agency: str, since: datetime) -> list[datetime]:
    """When something was said to an agency."""
    rooms = Rooms.open(stack.settings)
    wanted = select(CALLS.c.at).where(CALLS.c.agency == agency, CALLS.c.at > since).order_by(CALLS.c.at)
    found = await rooms.database.read(lambda c: c.execute(wanted).scalars().all())
    await rooms.close()
    return list(found)


async def signed(stack: Stack) -> str:
    """A dossier whose certificate is signed: residence and health card are next."""
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    return code


async def test_nothing_goes_out_while_an_agency_is_off_and_all_of_it_afterwards(stack: Stack) -> None:
    began = datetime.now(UTC)
    told = await switch(stack, "residence", 0)
    assert (told["rate"], told["switch"]["rate"], told["switch"]["by"]) == (0, 0, "support-sample")
    assert told["switch"]["reason"] == REASON
    codes = [await signed(stack) for _ in range(3)]
    promised = [(await stack.view(code))["promised_at"] for code in codes]
    for code in codes:  # the others go on, the clock too, and a switch is no incident
        view = await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
        assert not view["incidents"]
        await stack.until(code, lambda v: leg(v, "residence")["overdue"])
    waits = await eventually(  # the engine's estimate, whose parts come when they come
        lambda: state(stack, "residence"), lambda seen: seen["backlog"] >= 3 and seen["oldest_s"] > 0
    )
    assert (waits["served"], waits["held"]) == (True, None)

    await stack.workers.stop()
    await stack.workers.start()
    code = await signed(stack)
    await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    assert (await state(stack, "residence"))["rate"] == 0
    assert await calls(stack, "residence", began) == []

    assert (await switch(stack, "residence", None))["switch"] is None
    for each in [*codes, code]:
        await stack.stage(each, "returned")
        assert await stack.effects("residence", each, "register_residence") == 1
    assert [(await stack.view(each))["promised_at"] for each in codes] == promised
    assert (await until(stack, "residence", rate=None, backlog=0))["health"] == "well"


async def test_a_switch_ends_by_itself_and_not_before(stack: Stack) -> None:
    assert pointers(await put(stack, "labour", rate=0, until=(datetime.now(UTC)).isoformat())) == {"/until"}
    assert (await state(stack, "labour"))["switch"] is None
    ends = datetime.now(UTC) + timedelta(seconds=4)
    began = datetime.now(UTC)
    await switch(stack, "residence", 0, until=ends.isoformat())
    code = await signed(stack)
    await stack.stage(code, "returned")
    said = await eventually(lambda: calls(stack, "residence", began), len)  # written down a moment after it was said
    assert min(said) >= ends
    assert (await state(stack, "residence"))["switch"] is None


async def test_so_many_calls_a_second_go_out_and_no_more(stack: Stack) -> None:
    rate, waiting = 2, 8
    await switch(stack, "residence", 0)
    codes = [await signed(stack) for _ in range(waiting)]
    await eventually(lambda: state(stack, "residence"), lambda seen: seen["backlog"] >= waiting)
    began = datetime.now(UTC)
    assert (await switch(stack, "residence", rate))["rate"] == rate
    for code in codes:
        await stack.until(code, lambda v: leg(v, "residence")["state"] == "granted", patience=60)
    told = await eventually(lambda: calls(stack, "residence", began), lambda said: len(said) >= waiting)
    made = told[:waiting]
    at_once = rate + 1  # what a second lets through together, and one that was on its way
    assert (made[-1] - made[0]).total_seconds() >= (waiting - at_once) / rate - 1
    await switch(stack, "residence", None)
    for code in codes:
        await stack.stage(code, "returned", patience=60)


async def test_the_switch_has_the_last_word_over_the_breaker(stack: Stack) -> None:
    await stack.faults("residence", down=True)
    code = await signed(stack)
    held = await eventually(  # failures are written down a moment after they were met
        lambda: state(stack, "residence"), lambda seen: seen["held"] and seen["last_failure"]
    )
    assert (held["rate"], held["health"] in {"down", "troubled"}) == (0, True)
    await switch(stack, "residence", 50)
    await until(stack, "residence", rate=50, held=None)
    await TaskQueues(stack.client).limit("agency.residence", None, "an engine that lost it")
    await until(stack, "residence", rate=50, held=None)
    await switch(stack, "residence", None)
    await eventually(lambda: state(stack, "residence"), lambda seen: seen["held"] and seen["rate"] == 0)
    await stack.clear("residence")
    await until(stack, "residence", rate=None, held=None)
    await stack.stage(code, "returned")


async def test_every_turn_is_kept_and_a_repeated_call_turns_nothing(stack: Stack) -> None:
    assert (await put(stack, "labour", key="one", rate=0)).status_code == 200
    await switch(stack, "labour", 3)
    again = await put(stack, "labour", key="one", rate=0)
    assert (again.status_code, again.json()["switch"]["rate"]) == (200, 3)
    problem(await put(stack, "labour", key="one", rate=1), 409, "key-reused")
    await switch(stack, "labour", None)
    turns = (await stack.get("/v1/agencies/labour/switches", "approver")).json()["items"]
    assert [each["rate"] for each in turns[:3]] == [None, 3, 0]
    assert [each["until"] for each in turns[1:3]] == [each["since"] for each in turns[:2]]
    assert {each["by"] for each in turns} == {"support-sample"}


async def test_only_support_turns_a_switch_and_only_of_agencies_that_there_are(stack: Stack) -> None:
    for role, status in (("clerk", 403), ("approver", 403), ("portal", 403)):
        problem(await put(stack, "labour", role, rate=0), status, "scope-missing")
    problem(await stack.get("/v1/agencies", "clerk"), 403, "scope-missing")
    for name in ("signing", "nobody"):
        problem(await put(stack, name, rate=0), 404, "agency-unknown")
        problem(await stack.get(f"/v1/agencies/{name}/switches"), 404, "agency-unknown")
    assert pointers(await put(stack, "labour", rate=-1)) == {"/rate"}
    assert pointers(await put(stack, "labour", rate=0, reason="")) == {"/reason"}
    assert "/rate" in pointers(await put(stack, "labour"))
    problem(await put(stack, "labour", rate=None, until="2040-01-01T00:00:00Z"), 422)
    bare = {"Authorization": f"Bearer {await stack.token('support')}"}
    answer = await stack.http.put("/v1/agencies/labour/switch", json={"rate": 0, "reason": REASON}, headers=bare)
    problem(answer, 400, "idempotency-key-missing")


async def test_the_operators_command_shows_and_turns(stack: Stack) -> None:
    told = await command(stack, "switch", "vneid", "--rate", "2.5", "--reason", REASON, "--until", "2040-01-01T08:00")
    assert "2.5/s" in told
    assert "01/01/2040 08:00" in told
    assert REASON in await command(stack, "agencies")
    opened = await command(stack, "switch", "vneid", "--rate", "open", "--reason", "xong")
    assert REASON not in opened


async def command(stack: Stack, *arguments: str) -> str:
    where = ("--url", str(stack.http.base_url), "--agencies", stack.agencies)
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments, *where),
        cwd=place.ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told = (await run.communicate())[0].decode()
    assert run.returncode == 0, told
    return told
