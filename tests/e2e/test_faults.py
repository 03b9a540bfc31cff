"""Each fault of a stand-in, at the agency where it hurts most: the dossier ends as it should, one effect a key."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.asking import eventually, journal
from tests.stack import Stack, leg

EFFECT = {
    "civil-status": "register",
    "population": "issue_id",
    "residence": "register_residence",
    "social-insurance": "issue_card",
}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(stack: Stack) -> AsyncIterator[None]:
    """Every test begins and ends with agencies in normal operation."""
    yield
    await stack.clear(*EFFECT, "vneid", "one-stop", "national-portal", "health-facility", "notification", "signing")


async def one_effect_each(stack: Stack, code: str) -> None:
    for agency, effect in EFFECT.items():
        assert await stack.effects(agency, code, effect) == 1, agency


async def requests(stack: Stack, agency: str, code: str) -> int:
    """How often the one effect was asked for."""
    [row] = [row for row in await stack.ledger(agency, code) if row["effect"] == EFFECT[agency]]
    return int(row["requests"])


async def test_an_agency_that_is_down_makes_its_leg_overdue_and_nothing_is_lost(stack: Stack) -> None:
    await stack.faults("civil-status", down=True)
    code = await stack.file()
    await stack.accept(code)
    view = await stack.until(code, lambda v: leg(v, "civil_status")["overdue"])
    assert leg(view, "civil_status")["state"] == "sent"
    assert not view["incidents"]
    await stack.clear("civil-status")
    await stack.sign(code)
    await stack.stage(code, "returned")
    await one_effect_each(stack, code)


async def test_a_slow_agency_only_takes_its_time(stack: Stack) -> None:
    await stack.faults("residence", latency_ms=[800, 1200])
    code = await stack.file()
    await stack.walk(code)
    await one_effect_each(stack, code)


async def test_errors_before_the_effect_are_asked_again_until_they_end(stack: Stack) -> None:
    await stack.faults("civil-status", error_rate=0.7, seed=3)
    code = await stack.file()
    await stack.walk(code)
    await one_effect_each(stack, code)


async def test_a_response_lost_after_the_effect_is_found_by_the_same_key(stack: Stack) -> None:
    await stack.faults("social-insurance", lost_response_rate=1)
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    await stack.until(code, lambda v: leg(v, "residence")["state"] == "granted")
    async with asyncio.timeout(20):
        while await stack.effects("social-insurance", code, "issue_card") == 0:
            await asyncio.sleep(0.05)
    await stack.clear("social-insurance")
    await stack.stage(code, "returned")
    await one_effect_each(stack, code)
    assert await requests(stack, "social-insurance", code) > 1


async def test_an_unreadable_answer_parks_after_three_attempts_and_a_retry_finds_the_effect(stack: Stack) -> None:
    await stack.faults("civil-status", malformed_rate=1)
    code = await stack.file()
    await stack.accept(code)
    incident = await stack.incident(code)
    assert incident["code"] == "answer-unreadable"
    assert incident["attempts"] == 3
    assert leg(await stack.view(code), "civil_status")["state"] == "parked"
    await stack.clear("civil-status")
    assert (await stack.resolve(incident["id"], "retry")).status_code == 200
    await stack.sign(code)
    await stack.stage(code, "returned")
    await one_effect_each(stack, code)
    assert await requests(stack, "civil-status", code) == 4


async def test_an_agency_that_answers_late_calls_back(stack: Stack) -> None:
    await stack.faults("residence", pending_rate=1, answer_delay_s=[0.5, 1])
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    await stack.stage(code, "returned")
    moves = [entry["data"].get("state") for entry in await journal(stack, code) if entry["leg"] == "residence"]
    assert "pending" in moves  # for too short a time to be sure to see it in a view
    await one_effect_each(stack, code)


async def test_a_number_that_takes_hours_does_not_hold_the_certificate(stack: Stack) -> None:
    await stack.faults("population", pending_rate=1, answer_delay_s=[7200, 7200])
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)  # the local stack waits ten seconds for the number, not until the law's date
    view = await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    assert view["stage"] == "in_progress"
    assert await stack.answer_now("population", code) == 1
    await stack.sign(code)
    view = await stack.stage(code, "returned")
    assert [(d["version"], d["state"]) for d in view["documents"]] == [(1, "superseded"), (2, "published")]
    await one_effect_each(stack, code)


async def test_a_lost_callback_is_made_up_for_by_the_enquiry(stack: Stack) -> None:
    await stack.faults("population", pending_rate=1, answer_delay_s=[1, 2], callback_drop_rate=1)
    code = await stack.file()
    await stack.walk(code)
    await one_effect_each(stack, code)


async def test_a_doubled_callback_changes_nothing(stack: Stack) -> None:
    await stack.faults("population", pending_rate=1, answer_delay_s=[0.3, 0.6], callback_duplicate_rate=1)
    code = await stack.file()
    view = await stack.walk(code)
    assert [d["version"] for d in view["documents"]] == [1]
    await one_effect_each(stack, code)


async def test_a_refused_registration_ends_the_dossier(stack: Stack) -> None:
    await stack.faults("civil-status", refuse_rate=1)
    code = await stack.file()
    await stack.accept(code)
    view = await stack.stage(code, "rejected")
    assert view["reason"]
    assert [each["state"] for each in view["legs"]] == ["refused", *["not_applicable"] * 3]
    assert leg(view, "civil_status")["legal_basis"]
    assert await stack.ledger("population", code) == []


async def test_a_refused_number_parks_and_asking_anew_takes_a_new_key(stack: Stack) -> None:
    await stack.faults("population", refuse_rate=1, pending_rate=0)
    code = await stack.file()
    await stack.accept(code)
    incident = await stack.incident(code)
    assert incident["code"] == "personal-id-refused"
    await stack.clear("population")
    assert (await stack.resolve(incident["id"], "retry")).status_code == 200
    await stack.sign(code)
    await stack.until(code, lambda v: leg(v, "personal_id")["state"] == "granted")
    [row] = await stack.ledger("population", code)
    assert row["idempotency_key"].endswith(":issue_id:2")


async def test_a_refused_residence_ends_that_leg_alone(stack: Stack) -> None:
    await stack.faults("residence", refuse_rate=1)
    code = await stack.file()
    view = await stack.walk(code)
    assert leg(view, "residence")["state"] == "refused"
    assert leg(view, "residence")["reason"]
    assert leg(view, "health_card")["state"] == "granted"


async def test_a_suspected_duplicate_parks_until_somebody_decides(stack: Stack) -> None:
    await stack.faults("residence", suspect_duplicate_rate=1)
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    incident = await stack.incident(code)
    assert incident["code"] == "suspected-duplicate"
    view = await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    assert leg(view, "residence")["state"] == "parked"
    await stack.clear("residence")
    assert (await stack.resolve(incident["id"], "retry")).status_code == 200
    await stack.stage(code, "returned")
    await one_effect_each(stack, code)


async def test_a_wallet_that_cannot_be_read_parks_the_hand_over_alone(stack: Stack) -> None:
    await stack.faults("vneid", malformed_rate=1)
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    incident = await stack.incident(code)
    assert incident["step"] == "hand_over"
    await stack.until(code, lambda v: leg(v, "residence")["state"] == "granted")
    await stack.clear("vneid")
    assert (await stack.resolve(incident["id"], "retry")).status_code == 200
    await stack.stage(code, "returned")
    keys = [row["idempotency_key"] for row in await stack.ledger("vneid", code)]
    assert len(keys) == len(set(keys)) == 2


async def test_statuses_wait_for_a_partner_that_is_away_and_keep_their_order(stack: Stack) -> None:
    await stack.faults("one-stop", down=True)
    code = await stack.file()
    await stack.accept(code)
    await stack.clear("one-stop")
    await stack.sign(code)
    await stack.stage(code, "returned")
    async with asyncio.timeout(40):
        while await stack.effects("one-stop", code, "status") < 5:
            await asyncio.sleep(0.1)
    rows = [row for row in await stack.ledger("one-stop", code) if row["effect"] == "status"]
    assert [row["idempotency_key"].rsplit(":", 1)[1] for row in rows] == ["1", "2", "3", "4", "5"]


async def test_signing_that_is_down_answers_503_and_signs_once_it_is_back(stack: Stack) -> None:
    code = await stack.file()
    await stack.accept(code)
    task = await stack.task(code, "signature")
    await stack.faults("signing", down=True)
    body = {"method": "remote", "document_sha256": task["document_sha256"], "pin": "246810"}
    answer = await stack.post(f"/v1/tasks/{task['id']}/signature", body, "chair", "sign-once")
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:lienthong:problem:signing-unavailable"
    await stack.clear("signing")
    again = await eventually(  # as callers do, for as long as the answer says to come again
        lambda: stack.post(f"/v1/tasks/{task['id']}/signature", body, "chair", "sign-once"),
        lambda answer: answer.status_code not in {429, 503},
    )
    assert again.status_code == 200, again.text
    await stack.stage(code, "returned")
