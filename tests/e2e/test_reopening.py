"""A closed dossier that the engine has forgotten is opened again: legs done once more, from our records alone."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from contracts.dossier import LegKind
from orchestrator import Orchestrator
from records.database import Database
from records.support.acts import Acts
from records.tables.base import core
from records.tables.support import SupportAct
from tests.e2e.acting import approved, carried_out, settled
from tests.e2e.asking import paid, problem, reject
from tests.e2e.rolled_out import forgotten
from tests.e2e.tokens import minted
from tests.stack import Stack, leg
from workers.reopenings import NotReopenable, Reopenings
from workers.rooms import Rooms

WHY = "cơ quan không có hồ sơ"


async def wished(stack: Stack, code: str, *legs: str, key: str | None = None) -> httpx.Response:
    return await stack.post(f"/v1/dossiers/{code}/reopening", {"legs": list(legs), "reason": WHY}, "support", key)


async def decided(stack: Stack, wish: dict[str, Any]) -> dict[str, Any]:
    """The act, approved and carried out."""
    answer = await approved(stack, wish)
    assert answer.status_code == 200, answer.text
    return await carried_out(stack, answer)


async def reopened(stack: Stack, code: str, *legs: str) -> tuple[dict[str, Any], str]:
    """The act, approved by a second person, and the dossier that was opened."""
    wish = await wished(stack, code, *legs)
    assert (wish.status_code, wish.json()["state"]) == (202, "waiting"), wish.text
    act = await decided(stack, wish.json())
    assert act["state"] in {"done", "verified"}, act
    return act, act["told"]["opened"]


@pytest.mark.timeout(240)
async def test_a_refused_leg_is_done_once_more_after_the_engine_forgot_the_dossier(stack: Stack) -> None:
    await stack.faults("residence", refuse_rate=1)
    try:
        first = await stack.file()
        view = await stack.walk(first)
    finally:
        await stack.clear("residence")
    assert leg(view, "residence")["state"] == "refused"
    await forgotten(stack, f"birth/{first}")

    act, code = await reopened(stack, first, "residence")
    view = await stack.stage(code, "returned")
    assert [(each["kind"], each["state"]) for each in view["legs"]] == [("residence", "granted")]
    assert (view["follows"], view["channel"]) == (first, "office")
    assert (await stack.view(first, "portal"))["followed_by"] == [code]
    [row] = [row for row in await stack.ledger("residence", code) if row["effect"] == "register_residence"]
    assert (row["idempotency_key"], row["requests"]) == (f"{code}:register_residence:1", 1)
    await settled(stack, act)
    entries = (await stack.get(f"/v1/dossiers/{code}/journal")).json()["items"]
    [accepted] = [each["data"] for each in entries if each["kind"] == "accepted"]
    assert (accepted["act"], accepted["reason"], accepted["by"]) == (act["id"], WHY, "support-sample")


@pytest.mark.timeout(240)
async def test_money_that_was_paid_is_not_paid_again_and_what_was_given_up_is(stack: Stack) -> None:
    await stack.faults("social-insurance", malformed_rate=1)
    try:
        first = await stack.file(await stack.bereaved("V-D08"))
        await stack.accept(first)
        await stack.sign(first)
        view = await stack.until(first, lambda v: leg(v, "funeral")["state"] == "parked")
        for incident in view["incidents"]:
            answer = await stack.resolve(incident["id"], "give_up")
            assert answer.status_code == 200, answer.text
    finally:
        await stack.clear("social-insurance")
    view = await stack.until(first, lambda v: v["stage"] == "returned" or v["incidents"])
    for incident in view["incidents"]:
        await stack.resolve(incident["id"], "give_up")
    view = await stack.stage(first, "returned")
    assert leg(view, "funeral")["reason"] == "given-up"
    assert leg(view, "one_off")["state"] == "granted"
    await forgotten(stack, f"death/{first}")

    _, code = await reopened(stack, first, "funeral", "one_off")
    view = await stack.stage(code, "returned", 60)
    assert (leg(view, "funeral")["state"], leg(view, "one_off")["state"]) == ("granted", "refused")
    assert leg(view, "one_off")["reason"] == "paid-elsewhere"
    assert await paid(stack, "social-insurance", code) == ["funeral"]
    assert await paid(stack, "labour", first) == ["one_off"]
    assert await paid(stack, "labour", code) == []


async def test_only_legs_that_were_asked_for_and_have_ended_are_done_once_more(stack: Stack) -> None:
    rejected = await stack.file()
    await reject(stack, rejected)
    told = problem(await wished(stack, rejected, "residence"), 409, "not-reopenable")
    assert told["legs"] == []
    first = await stack.file()
    problem(await wished(stack, first, "residence"), 409, "not-reopenable")
    await stack.walk(first)
    told = problem(await wished(stack, first, "civil_status", "residence"), 409, "not-reopenable")
    assert told["legs"] == ["residence", "health_card"]
    portal = await stack.post(f"/v1/dossiers/{first}/reopening", {"legs": ["residence"], "reason": WHY}, "portal")
    problem(portal, 403, "scope-missing")
    nothing = await stack.post(f"/v1/dossiers/{first}/reopening", {"legs": [], "reason": WHY}, "support")
    problem(nothing, 422)


async def expired(stack: Stack, act: str) -> None:
    """Nobody decided in time."""
    table, database = core(SupportAct), Database(stack.settings.database)
    statement = update(table).where(table.c.id == act).values(expires_at=datetime.now(UTC))
    await database.write(lambda connection: connection.execute(statement) and None)
    await database.close()


async def test_what_is_being_done_once_more_is_not_begun_twice(stack: Stack) -> None:
    first = await stack.file()
    await stack.walk(first)
    same = [await wished(stack, first, "residence", key="k-twice") for _ in range(2)]
    assert same[0].json()["id"] == same[1].json()["id"]
    other, late = [await wished(stack, first, "residence") for _ in range(2)]
    assert other.json()["id"] != same[0].json()["id"]
    scope = "support:read support:act support:approve"
    stack.tokens["two-hats"] = minted(stack, sub="support-sample", client_id="another", scope=scope)
    problem(await approved(stack, same[0].json(), "two-hats"), 403, "same-person")
    await expired(stack, late.json()["id"])
    problem(await approved(stack, late.json()), 409, "approval-expired")
    assert (await stack.view(first))["followed_by"] == []
    await stack.faults("residence", pending_rate=1, answer_delay_s=[3600, 3600])
    try:
        await decided(stack, same[0].json())
        problem(await approved(stack, other.json()), 409, "selection-changed")
        problem(await wished(stack, first, "residence"), 409, "not-reopenable")
    finally:
        await stack.clear("residence")


async def test_of_two_approved_at_once_one_alone_is_done(stack: Stack) -> None:
    first = await stack.file()
    await stack.walk(first)
    wishes = [(await wished(stack, first, "residence")).json() for _ in range(4)]
    await stack.faults("residence", pending_rate=1, answer_delay_s=[3600, 3600])
    try:
        answers = await asyncio.gather(*(approved(stack, each) for each in wishes))
        ended = [await carried_out(stack, each) for each in answers if each.status_code == 200]
        done = [each for each in ended if each["state"] == "done"]
        assert len(done) == 1, [each.text for each in answers]
        await stack.until(done[0]["told"]["opened"], lambda view: leg(view, "residence")["state"] == "pending")
        assert (await stack.view(first))["followed_by"] == [done[0]["told"]["opened"]]
    finally:
        await stack.clear("residence")


async def test_what_was_agreed_to_before_another_did_it_is_not_done_again_afterwards(stack: Stack) -> None:
    first = await stack.file()
    await stack.walk(first)
    done, code = await reopened(stack, first, "residence")
    await stack.stage(code, "returned")
    rooms = Rooms.open(stack.settings)
    try:
        known = await Acts(rooms.database, rooms.keys).get(done["id"])
        reopenings = Reopenings.of(rooms, Orchestrator(stack.client, 10.0))
        assert await reopenings.open(known, [LegKind.RESIDENCE]) == code, "the same act finds its own"
        with pytest.raises(NotReopenable):
            await reopenings.open(known.model_copy(update={"id": "carried-out-late"}), [LegKind.RESIDENCE])
    finally:
        await rooms.close()
    assert (await stack.view(first))["followed_by"] == [code]
    _, again = await reopened(stack, first, "residence")  # whoever agrees knowing of it may have it once more
    assert (await stack.view(first))["followed_by"] == [code, again]


@pytest.mark.timeout(120)
async def test_a_reversal_takes_back_what_was_done_once_more(stack: Stack) -> None:
    await stack.faults("residence", refuse_rate=1)
    try:
        first = await stack.file(await stack.bereaved("V-D08"))
        view = await stack.walk(first)
    finally:
        await stack.clear("residence")
    assert leg(view, "residence_removal")["state"] == "refused"
    _, code = await reopened(stack, first, "residence_removal")
    await stack.stage(code, "returned")
    order = {"number": "15/QĐ-UBND", "issued_on": "2026-11-20", "issuer": "UBND phường", "reason": "còn sống"}
    answer = await stack.post(f"/v1/dossiers/{first}/reversal", {"order": order}, "clerk")
    view = await stack.stage(answer.json()["code"], "returned")
    assert leg(view, "residence_removal")["state"] == "granted"
    problem(await wished(stack, first, "funeral"), 409, "not-reopenable")
