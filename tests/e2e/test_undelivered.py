"""A status that a partner would not take is shown, tried again, and holds no other dossier."""

import asyncio

from tests.stack import Stack


async def troubled(stack: Stack) -> set[str]:
    """The dossiers of which something waits."""
    answer = await stack.get("/v1/undelivered")
    assert answer.status_code == 200, answer.text
    return {item["dossier"] for item in answer.json()["items"]}


async def until_taken(stack: Stack, code: str, statuses: int) -> None:
    async with asyncio.timeout(40):
        while await stack.effects("one-stop", code, "status") < statuses:
            await asyncio.sleep(0.1)


async def test_an_unreadable_partner_is_shown_and_every_status_arrives_in_the_end(stack: Stack) -> None:
    await stack.faults("one-stop", malformed_rate=1)
    try:
        code = await stack.file()
        async with asyncio.timeout(20):
            while code not in await troubled(stack):
                await asyncio.sleep(0.1)
    finally:
        await stack.clear("one-stop")
    await stack.walk(code)
    await until_taken(stack, code, 5)
    rows = [row for row in await stack.ledger("one-stop", code) if row["effect"] == "status"]
    assert [row["idempotency_key"].rsplit(":", 1)[1] for row in rows] == ["1", "2", "3", "4", "5"]
    assert code not in await troubled(stack)


async def test_the_list_is_for_support_alone(stack: Stack) -> None:
    assert (await stack.get("/v1/undelivered", "clerk")).status_code == 403
