"""A filing may be sent again blindly: one key is one dossier, one child is one registration."""

import asyncio
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cli.families import Family
from tests.e2e.asking import a_family, a_paper, eventually, pointers, problem, reject
from tests.stack import Stack, leg, ready

pytestmark = pytest.mark.timeout(120)
Filing = dict[str, Any]
EVERY_BIRTH = 'WorkflowType = "BirthDossier"'


async def send(stack: Stack, filing: Filing, key: str) -> httpx.Response:
    return await stack.post("/v1/dossiers", filing, "portal", key)


async def started_since(stack: Stack, moment: datetime, code: str) -> set[str]:
    """Every birth dossier that the engine has started since, as soon as it lists this one.

    By when they were started: the engine lists late, also what an earlier test has filed.
    """

    async def started() -> set[str]:
        every = stack.client.list_workflows(EVERY_BIRTH)
        return {found.id async for found in every if found.start_time >= moment}

    return await eventually(started, lambda found: f"birth/{code}" in found)


async def dossiers_of(stack: Stack, filing: Filing) -> list[str]:
    """The codes under which support finds the applicant."""
    body = {"personal_id": filing["applicant"]["personal_id"]}
    answer = await stack.post("/v1/searches", body, "support")
    return [item["code"] for item in answer.json()["items"]]


async def twins(stack: Stack) -> tuple[Filing, Filing]:
    """Two children of one birth: the same parents and hour, another name and another notice each."""
    first = a_family()
    await stack.register(first)
    second = deepcopy(first.filing)
    declaration = second["declaration"]
    declaration["child"]["given_name"] += " Em"
    number = (int(first.notice_code[10:15]) + 1) % 100_000
    declaration["birth_notice"]["code"] = f"{first.notice_code[:10]}{number:05}{first.notice_code[15:]}"
    notice = first.notice | {"thuTuSinh": 2, "soCon": 2}
    await stack.register(replace(first, notice_code=declaration["birth_notice"]["code"], notice=notice))
    return first.filing, second


# ---- one key


async def test_the_same_key_and_body_give_the_same_dossier(stack: Stack) -> None:
    filing, key = await stack.family(), uuid4().hex
    first, again = await send(stack, filing, key), await send(stack, filing, key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["code"] == again.json()["code"]
    assert first.headers["location"] == again.headers["location"] == f"/v1/dossiers/{first.json()['code']}"
    assert first.json()["law"]["regime"] == "R63"
    assert first.json()["promised_at"] == again.json()["promised_at"]


async def test_spaces_order_and_defaults_do_not_make_another_body(stack: Stack) -> None:
    filing, key = await stack.family(), uuid4().hex
    code = await stack.file(filing, key)
    told_otherwise = {name: filing[name] for name in reversed(filing)}
    told_otherwise["declaration"] = filing["declaration"] | {"delivery": "electronic", "substitute": None}
    told_otherwise["applicant"] = filing["applicant"] | {"full_name": f" {filing['applicant']['full_name']} "}
    again = await send(stack, told_otherwise, key)
    assert (again.status_code, again.json()["code"]) == (200, code)


@pytest.mark.parametrize("end", ["rejected", "returned"])
async def test_the_key_outlives_the_dossier(stack: Stack, end: str) -> None:
    filing, key = await stack.family(), uuid4().hex
    code = await stack.file(filing, key)
    await (reject(stack, code) if end == "rejected" else stack.walk(code))
    again = await send(stack, filing, key)
    assert (again.status_code, again.json()["code"], again.json()["stage"]) == (200, code, end)
    assert again.headers["location"] == f"/v1/dossiers/{code}"


async def test_the_same_key_with_another_body_names_the_fields_that_differ(stack: Stack) -> None:
    filing, key = await stack.family(), uuid4().hex
    filing["attachments"] = [a_paper()]
    code = await stack.file(filing, key)
    other = deepcopy(filing)
    other["applicant"]["phone"] = "0900000000"
    other["declaration"]["child"]["given_name"] = "Khác"
    other["declaration"]["marriage"] = None
    other["attachments"] = [a_paper(content=b"%PDF-1.4 other\n%%EOF\n"), a_paper("other-paper")]
    answer = await send(stack, other, key)
    assert pointers(answer, 409, "key-reused") >= {
        "/applicant/phone",
        "/declaration/child/given_name",
        "/declaration/marriage",
        "/attachments/0/sha256",
        "/attachments/1",
    }
    assert "Khác" not in answer.text
    assert filing["declaration"]["child"]["given_name"] not in answer.json()["detail"]
    assert (await send(stack, filing, key)).json()["code"] == code


async def test_sixteen_filings_at_once_with_one_key_are_one_dossier(stack: Stack) -> None:
    filing, key, before = await stack.family(), uuid4().hex, datetime.now(UTC)
    answers = await asyncio.gather(*(send(stack, filing, key) for _ in range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [202]
    [code] = {answer.json()["code"] for answer in answers}
    assert await started_since(stack, before, code) == {f"birth/{code}"}
    assert await dossiers_of(stack, filing) == [code]


async def test_keys_belong_to_their_client(stack: Stack) -> None:
    filing, key = await stack.family(), uuid4().hex
    code = await stack.file(filing, key)
    counter = await stack.family() | {"channel": "counter"}
    clerks = await stack.post("/v1/dossiers", counter, "clerk", key)
    assert clerks.status_code == 202
    assert clerks.json()["code"] != code


async def test_without_a_worker_the_outcome_is_unknown_and_the_same_key_finds_the_one_dossier(stack: Stack) -> None:
    filing, key, before = await stack.family(), uuid4().hex, datetime.now(UTC)
    await stack.workers.stop()
    try:
        answer = await send(stack, filing, key)
        problem(answer, 503, "outcome-unknown")
        assert int(answer.headers["retry-after"]) > 0
    finally:
        await stack.workers.start()
        await ready(stack)
    later = await send(stack, filing, key)
    assert later.status_code == 200
    code = later.json()["code"]
    assert later.json()["promised_at"]
    assert await started_since(stack, before, code) == {f"birth/{code}"}
    assert await dossiers_of(stack, filing) == [code]


# ---- one child


async def test_another_family_under_another_key_is_another_dossier(stack: Stack) -> None:
    first, second = await stack.file(), await stack.file()
    assert first != second
    assert (await stack.task(second, "review"))["dossier"] == second


def the_same_words(family: Family) -> Filing:
    return deepcopy(family.filing)


def by_the_other_parent_without_the_notice(family: Family) -> Filing:
    """As a family would that tries once more: a substitute paper, capital letters, the other parent."""
    filing = deepcopy(family.filing)
    declaration, applicant = filing["declaration"], filing["applicant"]
    other = "mother" if applicant["relation"] == "father" else "father"
    parent = declaration[other]
    applicant |= {"relation": other, "full_name": parent["full_name"], "personal_id": parent["personal_id"]}
    issued_on = declaration.pop("birth_notice")["issued_on"]
    declaration["substitute"] = {"kind": "undertaking", "issued_on": issued_on}
    declaration["child"]["given_name"] = declaration["child"]["given_name"].upper()
    return filing


@pytest.mark.parametrize("retold", [the_same_words, by_the_other_parent_without_the_notice])
async def test_a_second_filing_for_the_same_child_is_accepted_and_ends_as_a_duplicate(
    stack: Stack, retold: Any
) -> None:
    family = a_family()
    await stack.register(family)
    first = await stack.file(family.filing)
    await stack.task(first, "review")
    second = await stack.file(retold(family))
    view = await stack.stage(second, "rejected")
    assert (view["reason"], view["duplicate_of"]) == ("duplicate", first)
    assert {each["state"] for each in view["legs"]} == {"not_applicable"}
    assert (await stack.view(first))["stage"] == "submitted"


async def test_which_dossier_came_first_is_told_to_clerks_and_support_alone(stack: Stack) -> None:
    filing = await stack.family()
    first = await stack.file(filing)
    await stack.task(first, "review")
    second = await stack.file(filing)
    await stack.stage(second, "rejected")
    for role in ("clerk", "chair", "support"):
        assert (await stack.view(second, role))["duplicate_of"] == first
    seen = [(await stack.get(f"/v1/dossiers/{second}{tail}", "portal")).text for tail in ("", "/journal")]
    assert all("duplicate" in text and first not in text for text in seen)


async def test_twins_are_no_duplicates(stack: Stack) -> None:
    for filing in await twins(stack):
        code = await stack.file(filing)
        assert not (await stack.task(code, "review"))["findings"]


async def test_after_a_rejected_filing_the_child_can_be_filed_again(stack: Stack) -> None:
    filing = await stack.family()
    await reject(stack, await stack.file(filing))
    code = await stack.file(filing)
    view = await stack.walk(code)
    assert leg(view, "civil_status")["state"] == "granted"
