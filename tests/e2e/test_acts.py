"""Acts of support on one case, over HTTP: each says before what it does, does it once, and ends verified."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from records.support.masking import COVER
from tests.e2e.acting import (
    AGENCIES,
    PAPER,
    approved,
    asked,
    calls,
    done,
    given,
    looked,
    previewed,
    settled,
    signed,
    standing_at,
)
from tests.stack import Stack, leg


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(stack: Stack) -> AsyncIterator[None]:
    """Every test begins and ends with agencies in normal operation."""
    yield
    await stack.clear(*AGENCIES)


async def test_what_parked_is_asked_again_under_the_key_that_the_preview_named(stack: Stack) -> None:
    await stack.faults("residence", suspect_duplicate_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("residence")
    told = await previewed(stack, code, "again", incident=incident["id"])
    assert (told["cause"], told["possible"], told["second_person"]) == ("suspected-duplicate", True, False)
    assert calls(told) == [("register_residence:2", True, "unknown", "sent")]
    assert told["suppressed"] == ["appointment", "document_published"]
    assert await stack.ledger("residence", code) == []
    act = await done(stack, code, "again", incident=incident["id"])
    assert act["state"] in {"done", "verified"}
    await settled(stack, act)
    assert await standing_at(stack, "residence", code) == ["register_residence:2"]
    await stack.stage(code, "returned")


async def test_a_result_obtained_outside_needs_a_paper_a_second_person_and_the_agencys_own_word(stack: Stack) -> None:
    await stack.faults("residence", malformed_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("residence")
    result = await given(stack, "residence", code)
    told = await previewed(stack, code, "record_result", leg="residence")
    assert (told["second_person"], told["evidence"]) == (True, True)
    assert calls(told) == [("register_residence:1", False, "granted", None)]
    act = await done(stack, code, "record_result", leg="residence", result=result, evidence=PAPER)
    assert (act["state"], act["incident"]) == ("waiting", incident["id"])
    assert leg(await stack.view(code), "residence")["state"] == "parked"
    answer = await approved(stack, act)
    assert answer.status_code == 200, answer.text
    assert answer.json()["approved_by"] == "approver-sample"
    await settled(stack, act)
    view = await stack.stage(code, "returned")
    assert leg(view, "residence")["result"] == result
    assert await stack.effects("residence", code, "register_residence") == 1
    paper = f"/v1/acts/{act['id']}/evidence"
    refused = await stack.get(paper, "approver")
    assert (refused.status_code, name_of(refused)) == (403, "reason-needed")
    await looked(stack, code, "approver")
    assert (await stack.get(paper, "approver")).content.startswith(b"%PDF")


async def test_what_is_pending_is_enquired_and_asked_about_without_parking(stack: Stack) -> None:
    await stack.faults("residence", pending_rate=1, answer_delay_s=[3600, 3600], callback_drop_rate=1)
    code = await signed(stack)
    await stack.until(code, lambda v: leg(v, "residence")["state"] == "pending")
    told = await previewed(stack, code, "again", leg="residence", reason="the act's own body")
    assert calls(told) == [("register_residence:1", True, "pending", "asked-again")]
    question = await done(stack, code, "ask", leg="residence")
    assert [each["standing"] for each in question["told"]["standings"]] == ["pending"]
    await settled(stack, question)
    assert await stack.answer_now("residence", code) == 1
    act = await done(stack, code, "again", leg="residence")
    await settled(stack, act)
    await stack.stage(code, "returned")
    assert await standing_at(stack, "residence", code) == ["register_residence:1"]
    [row] = await stack.ledger("residence", code)
    assert row["requests"] == 1


async def test_a_number_that_is_recorded_from_a_paper_is_open_again_once_the_agency_gives_another(
    stack: Stack,
) -> None:
    await stack.faults("population", pending_rate=1, answer_delay_s=[7200, 7200])
    code = await stack.file()
    child = (await stack.task(code, "review"))["declaration"]["child"]
    await stack.accept(code)
    await stack.sign(code)
    await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    wrong = await asked(stack, code, "record_result", leg="personal_id", result={"personal_id": 5}, evidence=PAPER)
    assert (wrong.status_code, pointers(wrong)) == (422, {"/result/personal_id"})
    bare = await asked(stack, code, "record_result", leg="personal_id")
    assert (bare.status_code, pointers(bare)) == (422, {"/result", "/evidence"})
    told = await previewed(stack, code, "record_result", leg="personal_id")
    assert (told["notices"], calls(told)) == (["number_arrived"], [("issue_id:1", False, "pending", None)])
    result = {"personal_id": f"001{'2' if child['sex'] == 'male' else '3'}{child['born_on'][2:4]}000001"}
    act = await done(stack, code, "record_result", leg="personal_id", result=result, evidence=PAPER)
    assert leg(await stack.view(code), "personal_id")["state"] == "pending"
    answer = await approved(stack, act)
    assert answer.status_code == 200, answer.text
    recorded = await settled(stack, act, "done")
    assert recorded["incident"].endswith(".issue_id.1")
    assert await stack.answer_now("population", code) == 1
    assert (await given(stack, "population", code)) != result
    assert (await settled(stack, act, "reopened"))["problem"] == "result-differs"
    assert leg(await stack.view(code), "personal_id")["result"] == result
    assert await stack.effects("population", code, "issue_id") == 1


async def test_a_leg_given_up_is_proven_while_the_agency_has_nothing_and_the_citizen_hears_once(stack: Stack) -> None:
    await stack.faults("residence", suspect_duplicate_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    told = await previewed(stack, code, "give_up", incident=incident["id"])
    assert (told["notices"], told["undo"]) == (["leg_refused"], "replay")
    assert calls(told) == [("register_residence:1", False, "unknown", None)]
    act = await done(stack, code, "give_up", incident=incident["id"])
    await settled(stack, act)
    view = await stack.stage(code, "returned")
    assert leg(view, "residence")["reason"] == "given-up"
    notices = [row for row in await stack.ledger("notification", code) if row["result"].get("notice") == "leg_refused"]
    assert len(notices) <= 1
    assert await stack.ledger("residence", code) == []


async def test_what_is_given_up_and_granted_all_the_same_is_open_again(stack: Stack) -> None:
    await stack.faults("residence", pending_rate=1, answer_delay_s=[3600, 3600], callback_drop_rate=1)
    code = await signed(stack)
    await stack.until(code, lambda v: leg(v, "residence")["state"] == "pending")
    act = await done(stack, code, "give_up", leg="residence")
    assert act["state"] == "done"
    assert await stack.answer_now("residence", code) == 1
    again = await settled(stack, act, "reopened")
    assert again["problem"] == "views-differ"


async def test_a_dossier_is_held_and_let_go(stack: Stack) -> None:
    code = await stack.file()
    await stack.task(code, "review")
    told = await previewed(stack, code, "hold")
    assert (told["calls"], told["undo"]) == ([], "release")
    await settled(stack, await done(stack, code, "hold"))
    assert (await stack.view(code))["held"] is True
    twice = await asked(stack, code, "hold")
    assert (twice.status_code, name_of(twice)) == (409, "act-not-offered")
    assert "release" in twice.json()["offered"]
    await settled(stack, await done(stack, code, "release"))
    await stack.walk(code)


async def test_a_refused_leg_is_done_once_more_and_a_closed_dossier_is_not(stack: Stack) -> None:
    await stack.faults("residence", refuse_rate=1)
    await stack.faults("social-insurance", pending_rate=1, answer_delay_s=[3600, 3600])
    code = await signed(stack)
    await stack.until(code, lambda v: leg(v, "residence")["state"] == "refused")
    await stack.until(code, lambda v: leg(v, "health_card")["state"] == "pending")  # it keeps the dossier open
    await stack.clear("residence")
    told = await previewed(stack, code, "replay", leg="residence")
    assert (told["second_person"], told["undo"]) == (True, None)
    assert calls(told) == [("register_residence:2", True, "unknown", "sent")]
    assert told["calls"][0]["before"] == "refused"
    act = await done(stack, code, "replay", leg="residence")
    assert (await approved(stack, act)).status_code == 200
    await settled(stack, act)
    assert leg(await stack.view(code), "residence")["state"] == "granted"
    assert await standing_at(stack, "residence", code) == ["register_residence:2"]
    assert await stack.answer_now("social-insurance", code) == 1
    await stack.stage(code, "returned")
    closed = await asked(stack, code, "replay", leg="residence")
    assert (closed.status_code, name_of(closed)) == (409, "dossier-closed")


async def test_only_the_fields_that_the_cause_permits_are_corrected_and_both_values_are_kept(stack: Stack) -> None:
    await stack.faults("social-insurance", suspect_duplicate_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("social-insurance")
    told = await previewed(stack, code, "retry_with", incident=incident["id"])
    assert {"child", "guardian_name"} <= set(told["fields"])
    assert "facility" not in told["fields"]
    changes = {"facility": "01-001", "case": {}, "guardian_name": "Nguyễn Thị Mẫu"}
    wrong = await asked(stack, code, "retry_with", incident=incident["id"], input=changes)
    assert (wrong.status_code, pointers(wrong)) == (422, {"/input/facility", "/input/case"})
    misfit = await done(stack, code, "retry_with", incident=incident["id"], input={"guardian_name": 5})
    assert (misfit["state"], misfit["problem"]) == ("failed", "resolution-invalid")
    assert [each["pointer"] for each in misfit["told"]["errors"]] == ["/input/guardian_name"]
    changes = {"guardian_name": "Nguyễn Thị Mẫu"}
    act = await settled(stack, await done(stack, code, "retry_with", incident=incident["id"], input=changes))
    [kept] = act["told"]["corrections"]
    assert kept == {"field": "guardian_name", "before": COVER, "after": COVER}
    await looked(stack, code)
    [kept] = (await stack.get(f"/v1/acts/{act['id']}")).json()["told"]["corrections"]
    assert (kept["field"], kept["after"]) == ("guardian_name", "Nguyễn Thị Mẫu")
    assert kept["before"] not in {None, kept["after"]}
    assert await standing_at(stack, "social-insurance", code) == ["issue_card:2"]


async def test_what_a_partner_would_not_take_is_brought_now(stack: Stack) -> None:
    await stack.faults("one-stop", malformed_rate=1)
    code = await stack.file()
    await stack.task(code, "review")
    nothing = await asked(stack, code, "redeliver", agency="population")
    assert (nothing.status_code, name_of(nothing)) == (409, "nothing-waits")
    act = await done(stack, code, "redeliver", agency="one-stop")
    assert (act["state"], act["told"]["waits"]) == ("done", [f"{code}:status:one-stop:1"])
    await stack.clear("one-stop")
    await settled(stack, act)
    assert await stack.effects("one-stop", code, "status") == 1


async def test_a_hand_over_that_parked_is_made_once(stack: Stack) -> None:
    await stack.faults("vneid", malformed_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("vneid")
    told = await previewed(stack, code, "again", incident=incident["id"])
    [call] = told["calls"]
    assert (call["agency"], call["step"], call["standing"], call["meaning"]) == (
        "vneid",
        "hand_over",
        "granted",
        "found",
    )
    await settled(stack, await done(stack, code, "again", incident=incident["id"]))
    await stack.stage(code, "returned")
    keys = [row["idempotency_key"] for row in await stack.ledger("vneid", code)]
    assert len(keys) == len(set(keys)) == 2


async def test_a_look_up_that_parked_is_made_again_and_has_no_key(stack: Stack) -> None:
    await stack.faults("health-facility", malformed_rate=1)
    code = await stack.file()
    incident = await stack.incident(code)
    await stack.clear("health-facility")
    told = await previewed(stack, code, "again", incident=incident["id"])
    [call] = told["calls"]
    assert (call["agency"], call["key"], call["meaning"]) == ("health-facility", None, "looked-up")
    nothing = await asked(stack, code, "ask", incident=incident["id"])
    assert (nothing.status_code, name_of(nothing)) == (409, "nothing-to-ask")
    await settled(stack, await done(stack, code, "again", incident=incident["id"]))
    await stack.walk(code)


async def test_a_benefit_that_parked_is_decided_under_a_new_key_and_paid_once(stack: Stack) -> None:
    await stack.faults("labour", suspect_duplicate_rate=1)
    code = await stack.file(await stack.bereaved("V-D08"))
    await stack.accept(code)
    await stack.sign(code)
    view = await stack.until(code, lambda v: leg(v, "one_off")["state"] == "parked")
    [incident] = [each["id"] for each in view["incidents"] if each["leg"] == "one_off"]
    await stack.clear("labour")
    told = await previewed(stack, code, "again", leg="one_off")
    assert told["target"]["incident"] == incident
    [call] = told["calls"]
    assert (call["agency"], call["step"], call["standing"]) == ("labour", "decide_one_off", "unknown")
    assert call["key"].endswith(":2")
    act = await settled(stack, await done(stack, code, "again", leg="one_off"))
    assert (act["leg"], act["incident"]) == ("one_off", incident)
    rows = [row for row in await stack.ledger("labour", code) if row["effect"].endswith("one_off")]
    assert sorted(row["effect"] for row in rows) == ["decide_one_off", "pay_one_off"]
    assert call["key"] in {row["idempotency_key"] for row in rows}
    told = await previewed(stack, code, "ask", leg="one_off")
    assert {(each["step"], each["standing"]) for each in told["calls"]} == {
        ("decide_one_off", "granted"),
        ("pay_one_off", "granted"),
    }
    assert all(each["meaning"] == "only-asked" for each in told["calls"])


async def test_an_agency_that_is_away_is_silent_in_the_preview_and_asked_under_the_same_key(stack: Stack) -> None:
    await stack.faults("residence", down=True)
    code = await signed(stack)
    await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    told = await previewed(stack, code, "again", leg="residence")
    assert calls(told) == [("register_residence:1", True, None, "agency-silent")]
    silent = await done(stack, code, "ask", leg="residence")
    assert (silent["state"], silent["problem"]) == ("failed", "agency-silent")
    act = await done(stack, code, "again", leg="residence")
    assert act["state"] == "done"
    await stack.clear("residence")
    await settled(stack, act)
    assert await standing_at(stack, "residence", code) == ["register_residence:1"]


async def test_a_wish_is_kept_once_per_key_and_seen_in_lists(stack: Stack) -> None:
    code = await stack.file()
    await stack.task(code, "review")
    body = {"act": "hold", "reason": "chờ kiểm tra"}
    first, second = [await stack.post(f"/v1/dossiers/{code}/acts", body, "support", "hold-once") for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]
    other = await stack.post(f"/v1/dossiers/{code}/acts", {**body, "act": "ask"}, "support", "hold-once")
    assert (other.status_code, name_of(other)) == (409, "key-reused")
    listed = (await stack.get(f"/v1/dossiers/{code}/acts")).json()["items"]
    assert [each["id"] for each in listed] == [first.json()["id"]]
    assert (await stack.get("/v1/acts?state=waiting&limit=1")).status_code == 200
    assert (await stack.get(f"/v1/dossiers/{code}/acts", "clerk")).status_code == 403
    await settled(stack, first.json())
    await done(stack, code, "release")


@pytest.mark.parametrize(
    ("act", "where", "status", "problem"),
    [
        ("again", {"leg": "residence"}, 409, "act-not-offered"),
        ("again", {"leg": "funeral"}, 422, "invalid"),
        ("give_up", {"incident": "none.residence.1"}, 409, "incident-not-open"),
        ("release", {}, 409, "act-not-offered"),
        ("retry_with", {"leg": "residence"}, 409, "act-not-offered"),
        ("ask", {"leg": "residence"}, 409, "act-not-offered"),
        ("ask", {"leg": "residence", "step": "register"}, 422, "invalid"),
    ],
)
async def test_what_a_place_does_not_offer_is_refused(
    stack: Stack, act: str, where: dict[str, Any], status: int, problem: str
) -> None:
    code = await stack.file()
    await stack.task(code, "review")
    answer = await asked(stack, code, act, **where)
    assert (answer.status_code, name_of(answer)) == (status, problem)


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


def name_of(answer: Any) -> str:
    return str(answer.json()["type"].rsplit(":", 1)[1])
