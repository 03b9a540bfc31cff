"""Clerk and citizen: acceptance, rejection, papers asked for, withdrawal; partners hear the same story."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.e2e.asking import (
    a_paper,
    ask_for_papers,
    eventually,
    journal,
    kinds,
    pointers,
    problem,
    reject,
    review,
)
from tests.stack import Stack, leg, open_tasks

PARTNERS = ("one-stop", "national-portal")
PENDING = {"pending_rate": 1, "answer_delay_s": [3600, 3600]}


async def supplement(
    stack: Stack, code: str, asked: dict[str, Any], key: str | None = None, **answer: Any
) -> httpx.Response:
    """The portal's answer to a supplement request."""
    return await stack.post(f"/v1/dossiers/{code}/supplement", {"request": asked["id"], **answer}, "portal", key)


async def withdraw(stack: Stack, code: str, key: str | None = None, **more: Any) -> httpx.Response:
    body = {"reason": "Gia đình rút hồ sơ", **more}
    return await stack.post(f"/v1/dossiers/{code}/withdrawal", body, "portal", key)


async def told(stack: Stack, partner: str, code: str, count: int) -> tuple[int, int]:
    """How many statuses a partner has taken, and the last one, as soon as it has taken so many."""
    await eventually(lambda: stack.effects(partner, code, "status"), lambda taken: taken >= count)
    shown = (await stack.http.get(f"{stack.agencies}/{partner}/control/dossiers/{code}")).raise_for_status().json()
    return await stack.effects(partner, code, "status"), shown.get("trangThai") or shown.get("TrangThai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest_asyncio.fixture(loop_scope="session")
async def late_numbers(stack: Stack) -> AsyncIterator[None]:
    """The population database takes requests and does not answer."""
    await stack.faults("population", **PENDING)
    yield
    await stack.clear("population")


# ---- rejection


async def test_a_rejection_ends_the_dossier_and_every_partner_hears_it(stack: Stack) -> None:
    code = await stack.file()
    view = await reject(stack, code)
    reasons = (await journal(stack, code))[-1]["data"]
    assert {each["state"] for each in view["legs"]} == {"not_applicable"}
    assert view["reason"] == reasons["reason"]
    assert [task["state"] for task in view["tasks"]] == ["done"]
    assert (await kinds(stack, code))[-1] == "rejected"
    assert await told(stack, "one-stop", code, 2) == (2, 6)
    assert await told(stack, "national-portal", code, 2) == (2, 3)
    for agency in ("civil-status", "population", "residence", "social-insurance", "vneid"):
        assert not await stack.ledger(agency, code)


async def test_a_reason_that_is_not_listed_is_refused_and_the_task_stays_open(stack: Stack) -> None:
    code = await stack.file()
    task = await stack.task(code, "review")
    for reason in ("no-such-reason", "Thiếu giấy tờ", "x" * 65, "#"):
        assert pointers(await review(stack, task, decision="reject", reason=reason)) == {"/reason"}
    problem(await review(stack, task, decision="reject"), 422)
    problem(await review(stack, task, decision="burn", reason="x"), 422)
    assert open_tasks(await stack.view(code), "review")


# ---- review tasks


async def test_a_closed_task_is_closed_but_the_same_key_tells_its_outcome_again(stack: Stack) -> None:
    code, key = await stack.file(), uuid4().hex
    task = await stack.task(code, "review")
    first = await review(stack, task, key, decision="accept")
    again = await review(stack, task, key, decision="accept")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["code"] == again.json()["code"] == code
    problem(await review(stack, task, decision="accept"), 409, "task-closed")
    problem(await review(stack, task, decision="reject", reason=task["choices"]["reasons"][0]), 409, "task-closed")
    problem(await review(stack, task, key, decision="reject", reason="x"), 409, "key-reused")
    assert (await kinds(stack, code)).count("accepted") == 1


async def test_after_the_end_the_same_key_still_tells_the_outcome(stack: Stack) -> None:
    code, key = await stack.file(), uuid4().hex
    task = await stack.task(code, "review")
    decision = {"decision": "reject", "reason": task["choices"]["reasons"][0]}
    assert (await review(stack, task, key, **decision)).json()["stage"] == "rejected"
    again = await review(stack, task, key, **decision)
    assert (again.status_code, again.json()["stage"]) == (200, "rejected")
    problem(await review(stack, task, **decision), 409, "task-closed")


@pytest.mark.parametrize("wishes", [["accept", "reject"] * 3, ["reject"] * 6], ids=["at odds", "of one mind"])
async def test_of_several_clerks_at_once_one_wins(stack: Stack, wishes: list[str]) -> None:
    code = await stack.file()
    task = await stack.task(code, "review")
    reason = task["choices"]["reasons"][0]
    answers = await asyncio.gather(*(review(stack, task, decision=wish, reason=reason) for wish in wishes))
    [winner] = [answer for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer is not winner:
            problem(answer, 409, "task-closed")
    ends = set(await kinds(stack, code)) & {"accepted", "rejected"}
    assert ends == {"rejected" if winner.json()["stage"] == "rejected" else "accepted"}


async def test_an_unknown_task_is_a_404(stack: Stack) -> None:
    for task in ("x", "G22.99.08-000000-000000.review.1"):
        problem(await stack.get(f"/v1/tasks/{task}", "clerk"), 404, "task-unknown")
        problem(await review(stack, {"id": task}, decision="accept"), 404, "task-unknown")


# ---- supplements


async def test_only_listed_papers_may_be_asked_for(stack: Stack) -> None:
    code = await stack.file()
    task = await stack.task(code, "review")
    listed = task["choices"]["papers"][0]
    for documents, wrong in (([listed, "household-book"], "/documents/1"), ([], "/documents")):
        answer = await review(stack, task, decision="supplement", reason="Thiếu", documents=documents)
        assert pointers(answer, 422, "paper-not-allowed") == {wrong}
    problem(await review(stack, task, decision="supplement", documents=[listed]), 422)
    assert (await stack.view(code))["stage"] == "submitted"


async def test_a_supplement_round_merges_the_answer_and_begins_a_second_review(stack: Stack) -> None:
    filing = await stack.family()
    code = await stack.file(filing)
    promised = (await stack.view(code))["promised_at"]
    asked = await ask_for_papers(stack, code)
    view = await stack.view(code, "portal")
    assert (view["stage"], view["supplement"]) == ("needs_supplement", asked)
    assert asked["reason"] == "Xin bổ sung giấy tờ"
    assert at(asked["due_at"]) > at(view["filed_at"])
    assert await told(stack, "one-stop", code, 2) == (2, 2)
    assert await told(stack, "national-portal", code, 2) == (2, 5)

    changes = {"child": {"given_name": "Bổ Sung", "middle_name": None}, "copies": 7}
    answer = await supplement(stack, code, asked, declaration=changes, attachments=[a_paper(asked["documents"][0])])
    assert (answer.status_code, answer.json()["stage"], answer.json()["supplement"]) == (200, "submitted", None)
    task = await stack.task(code, "review")
    assert task["id"].endswith("review.2")
    child, before = task["declaration"]["child"], filing["declaration"]["child"]
    assert (child["surname"], child["middle_name"], child["given_name"]) == (before["surname"], None, "Bổ Sung")
    assert child["born_on"] == before["born_on"]
    assert task["declaration"]["copies"] == 7
    assert [paper["kind"] for paper in task["papers"]] == asked["documents"]
    assert at((await stack.view(code))["promised_at"]) >= at(promised)
    happened = await kinds(stack, code)
    for kind in ("supplement_requested", "clock_paused", "supplement_answered", "clock_resumed"):
        assert happened.count(kind) == 1
    await stack.walk(code)
    assert await told(stack, "one-stop", code, 6) == (6, 5)
    assert await told(stack, "national-portal", code, 6) == (6, 10)


async def test_the_changed_child_is_found_by_its_new_name(stack: Stack) -> None:
    filing = await stack.family()
    name = f"Tên{uuid4().hex[:8]}"
    code = await stack.file(filing)
    asked = await ask_for_papers(stack, code)
    await supplement(stack, code, asked, declaration={"child": {"given_name": name}})
    found = await stack.post("/v1/searches", {"name": name}, "clerk")
    assert [item["code"] for item in found.json()["items"]] == [code]


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"child": {"nickname": "Tí"}}, "/declaration/child/nickname"),
    "a value of another type": ({"copies": "2"}, "/declaration/copies"),
    "a field that is needed, taken away": ({"child": {"surname": None}}, "/declaration/child/surname"),
    "text in place of an object": ({"mother": "x"}, "/declaration/mother"),
    "a birth in the future": ({"child": {"born_on": "2999-01-01"}}, "/declaration/child/born_on"),
    "a case that has no path yet": ({"case": "abandoned"}, "/declaration/case"),
    "the notice taken away for nothing": ({"birth_notice": None}, "/declaration/birth_notice"),
}


async def test_an_answer_that_breaks_the_filing_is_named_by_pointer_and_changes_nothing(stack: Stack) -> None:
    code = await stack.file()
    before = (await stack.task(code, "review"))["declaration"]
    asked = await ask_for_papers(stack, code)
    for name, (changes, wrong) in INVALID.items():
        assert wrong in pointers(await supplement(stack, code, asked, declaration=changes)), name
    paper = a_paper(asked["documents"][0]) | {"sha256": "0" * 64}
    assert pointers(await supplement(stack, code, asked, attachments=[paper])) == {"/attachments/0/sha256"}
    assert (await stack.view(code))["stage"] == "needs_supplement"
    assert (await supplement(stack, code, asked)).status_code == 200
    assert (await stack.task(code, "review"))["declaration"] == before


async def test_answering_twice_with_one_key_is_one_answer_and_a_closed_request_stays_closed(stack: Stack) -> None:
    code, key = await stack.file(), uuid4().hex
    asked = await ask_for_papers(stack, code)
    problem(await supplement(stack, code, {"id": f"{asked['id']}0"}), 409, "supplement-not-open")
    changes = {"copies": 9}
    answers = [await supplement(stack, code, asked, key, declaration=changes) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    problem(await supplement(stack, code, asked, key, declaration={"copies": 8}), 409, "key-reused")
    problem(await supplement(stack, code, asked, declaration=changes), 409, "supplement-not-open")
    assert (await kinds(stack, code)).count("supplement_answered") == 1
    second = await ask_for_papers(stack, code)
    assert second["id"] != asked["id"]
    problem(await supplement(stack, code, asked), 409, "supplement-not-open")
    at_once = await asyncio.gather(*(supplement(stack, code, second) for _ in range(3)))
    assert sorted(answer.status_code for answer in at_once) == [200, 409, 409]
    assert (await stack.task(code, "review"))["declaration"]["copies"] == 9


# ---- withdrawal


@pytest.mark.parametrize("moment", ["under review", "asked for papers"])
async def test_what_no_clerk_has_accepted_can_be_withdrawn_whole(stack: Stack, moment: str) -> None:
    code, key = await stack.file(), uuid4().hex
    await stack.task(code, "review")
    if moment == "asked for papers":
        await ask_for_papers(stack, code)
    assert pointers(await withdraw(stack, code, legs=["residence"])) == {"/legs"}
    answer = await withdraw(stack, code, key)
    assert (answer.status_code, answer.json()["stage"]) == (200, "withdrawn")
    assert {each["state"] for each in answer.json()["legs"]} == {"withdrawn"}
    assert not [task for task in answer.json()["tasks"] if task["state"] == "open"]
    assert answer.json()["supplement"] is None
    assert (await withdraw(stack, code, key)).json()["stage"] == "withdrawn"
    problem(await withdraw(stack, code), 409, "dossier-closed")
    statuses = 2 if moment == "under review" else 3
    assert await told(stack, "one-stop", code, statuses) == (statuses, 6)
    assert await told(stack, "national-portal", code, statuses) == (statuses, 7)


async def test_a_withdrawn_child_can_be_filed_again(stack: Stack) -> None:
    filing = await stack.family()
    code = await stack.file(filing)
    await stack.task(code, "review")
    await withdraw(stack, code)
    await stack.task(await stack.file(filing), "review")


async def test_after_the_registration_only_what_was_not_sent_can_be_withdrawn(stack: Stack, late_numbers: None) -> None:
    code = await stack.file()
    await stack.accept(code)
    await stack.until(code, lambda view: leg(view, "personal_id")["state"] == "pending")
    for legs in (["civil_status"], ["personal_id"], ["residence", "personal_id"]):
        wrong = f"/legs/{len(legs) - 1}"
        assert pointers(await withdraw(stack, code, legs=legs), 409, "irreversible") == {wrong}
    answer = await withdraw(stack, code, legs=["residence"])
    states = {each["kind"]: each["state"] for each in answer.json()["legs"]}
    assert states == {
        "civil_status": "granted",
        "personal_id": "pending",
        "residence": "withdrawn",
        "health_card": "waiting",
    }
    assert (await withdraw(stack, code)).status_code == 200
    problem(await withdraw(stack, code), 409, "irreversible")
    assert await stack.answer_now("population", code) == 1
    await stack.sign(code)
    view = await stack.stage(code, "returned")
    assert leg(view, "personal_id")["state"] == "granted"
    for agency in ("residence", "social-insurance"):
        assert not await stack.ledger(agency, code)


async def test_a_returned_dossier_cannot_be_withdrawn(stack: Stack) -> None:
    code = await stack.file()
    await stack.walk(code)
    problem(await withdraw(stack, code), 409, "dossier-closed")
    assert (await stack.view(code))["stage"] == "returned"


async def test_a_withdrawal_and_an_acceptance_at_once_leave_one_story(stack: Stack) -> None:
    code = await stack.file()
    task = await stack.task(code, "review")
    accepted, withdrawn = await asyncio.gather(review(stack, task, decision="accept"), withdraw(stack, code))
    assert 200 in {accepted.status_code, withdrawn.status_code}
    if (await stack.until(code, lambda v: v["stage"] in {"withdrawn", "in_progress"}))["stage"] == "withdrawn":
        assert withdrawn.status_code == 200
        assert not await stack.ledger("civil-status", code)
    else:
        await stack.sign(code)
        await stack.stage(code, "returned")
