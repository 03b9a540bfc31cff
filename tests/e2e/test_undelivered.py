"""A status that a partner would not take is shown, tried again, and holds no other dossier."""

import asyncio

from tests.e2e.acting import done, previewed, settled, standing_at
from tests.e2e.asking import eventually
from tests.stack import Stack


async def troubled(stack: Stack) -> set[str]:
    """The dossiers of which something waits, page by page; others have left some."""
    found, cursor = set[str](), ""
    while cursor is not None:
        answer = await stack.get("/v1/undelivered", params={"limit": 2, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found |= {item["dossier"] for item in page["items"]}
        cursor = page["next"]
    return found


async def until_taken(stack: Stack, code: str, statuses: int) -> None:
    async with asyncio.timeout(40):
        while await stack.effects("one-stop", code, "status") < statuses:
            await asyncio.sleep(0.1)


async def filed_in_trouble(stack: Stack, partner: str, **fault: float) -> str:
    """A dossier whose first message the partner would not take; the partner is well again."""
    await stack.faults(partner, **fault)
    try:
        code = await stack.file()
        async with asyncio.timeout(20):
            while code not in await troubled(stack):
                await asyncio.sleep(0.1)
    finally:
        await stack.clear(partner)
    return code


async def test_an_unreadable_partner_is_shown_and_every_status_arrives_in_the_end(stack: Stack) -> None:
    code = await filed_in_trouble(stack, "one-stop", malformed_rate=1)
    await stack.walk(code)
    await until_taken(stack, code, 5)
    rows = [row for row in await stack.ledger("one-stop", code) if row["effect"] == "status"]
    assert [row["idempotency_key"].rsplit(":", 1)[1] for row in rows] == ["1", "2", "3", "4", "5"]
    await eventually(lambda: troubled(stack), lambda waiting: code not in waiting)  # we note it once it has said so


async def test_what_a_partner_refused_for_good_is_brought_under_a_new_key_in_order_and_once(stack: Stack) -> None:
    code = await filed_in_trouble(stack, "one-stop", refuse_rate=1)
    await stack.walk(code)
    assert await stack.effects("one-stop", code, "status") == 0, "what comes later waits for what was refused"
    told = await previewed(stack, code, "redeliver", agency="one-stop")
    name = f"{code}:status:one-stop"
    sent = [(each["key"], each["before"], each["meaning"]) for each in told["calls"]]
    assert sent == [(f"{name}:1:2", "refused", "sent"), *((f"{name}:{n}", None, "sent") for n in range(2, 6))]
    act = await settled(stack, await done(stack, code, "redeliver", agency="one-stop"))
    assert [each["key"] for each in act["told"]["standings"]] == [each["key"] for each in told["calls"]]
    rows = [row for row in await stack.ledger("one-stop", code) if row["effect"] == "status"]
    assert [row["idempotency_key"] for row in rows] == [each["key"] for each in told["calls"]]
    assert [row["result"]["status"] for row in rows] == [1, 3, 7, 4, 5]
    assert code not in await troubled(stack)


async def test_what_is_refused_again_reopens_the_act_and_is_brought_by_the_next(stack: Stack) -> None:
    code = await filed_in_trouble(stack, "notification", refuse_rate=1)
    await stack.faults("notification", refuse_rate=1)
    try:
        act = await settled(stack, await done(stack, code, "redeliver", agency="notification"), "reopened")
    finally:
        await stack.clear("notification")
    assert act["problem"] == "refused-again"
    await settled(stack, await done(stack, code, "redeliver", agency="notification"))
    assert await standing_at(stack, "notification", code) == ["notice:notification:1:3"]


async def test_the_list_is_for_support_alone(stack: Stack) -> None:
    assert (await stack.get("/v1/undelivered", "clerk")).status_code == 403
