"""Tasks in hand over HTTP: one clerk at a time, passed on knowingly, and refused to everybody else meanwhile."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e import tokens
from tests.e2e.asking import pointers, problem
from tests.stack import PIN, Stack

COLLEAGUE = "vice-chair-sample"


async def act(stack: Stack, task: str, verb: str, body: Any = None, who: str | None = None) -> httpx.Response:
    """What somebody does with a task: the sample clerk, unless another person is named."""
    token = tokens.signer_token(stack, who) if who else await stack.token("clerk")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    return await stack.http.post(f"/v1/tasks/{task}/{verb}", json=body or {}, headers=headers)


async def reviewing(stack: Stack) -> str:
    return str((await stack.task(await stack.file(), "review"))["id"])


async def holder(stack: Stack, task: str) -> str | None:
    found = (await stack.get(f"/v1/tasks/{task}", "clerk")).json()["holder"]
    return found and str(found["person"])


async def listed(stack: Stack, **wanted: str) -> list[str]:
    """The ids of all tasks of a list, page by page."""
    ids, cursor = list[str](), None
    while True:
        asked = wanted | ({"cursor": cursor} if cursor else {})
        page = (await stack.get("/v1/tasks", "clerk", params={**asked, "limit": 200})).json()
        ids += [each["id"] for each in page["items"]]
        if (cursor := page["next"]) is None:
            return ids


async def test_a_task_in_hand_is_its_holders_alone_until_it_is_put_back(stack: Stack) -> None:
    task = await reviewing(stack)
    assert await holder(stack, task) is None
    taken = await act(stack, task, "claim")
    assert taken.status_code == 200, taken.text
    assert taken.json()["holder"]["person"] == "clerk-sample"
    told = problem(await act(stack, task, "claim", who=COLLEAGUE), 409, "task-held")
    assert (told["holder"], told["since"][:10]) == ("clerk-sample", taken.json()["holder"]["since"][:10])
    problem(await act(stack, task, "review", {"decision": "accept"}, COLLEAGUE), 409, "task-held")
    problem(await act(stack, task, "decision", {"choice": "x", "reason": "x"}, COLLEAGUE), 409, "task-held")
    problem(await act(stack, task, "release", who=COLLEAGUE), 409, "task-held")
    assert (await act(stack, task, "release")).json()["holder"] is None
    assert (await act(stack, task, "review", {"decision": "accept"}, COLLEAGUE)).status_code == 200


async def test_it_is_taken_over_by_naming_its_holder(stack: Stack) -> None:
    task = await reviewing(stack)
    await act(stack, task, "claim")
    problem(await act(stack, task, "claim", {"from": "somebody-else"}, COLLEAGUE), 409, "task-held")
    assert (await act(stack, task, "claim", {"from": "clerk-sample"}, COLLEAGUE)).status_code == 200
    assert await holder(stack, task) == COLLEAGUE
    told = problem(await act(stack, task, "review", {"decision": "accept"}), 409, "task-held")
    assert told["holder"] == COLLEAGUE


async def test_it_is_handed_over_to_a_colleague_and_to_nobody_else(stack: Stack) -> None:
    task = await reviewing(stack)
    for stranger in ("chair-other", "nobody-at-all"):
        assert pointers(await act(stack, task, "handover", {"to": stranger})) == {"/to"}
    assert await holder(stack, task) is None
    await act(stack, task, "claim")
    given = await act(stack, task, "handover", {"to": COLLEAGUE, "reason": "Nghỉ phép"})
    assert given.json()["holder"]["person"] == COLLEAGUE
    problem(await act(stack, task, "handover", {"to": "chair-sample"}), 409, "task-held")


async def test_of_many_claims_at_once_one_wins(stack: Stack) -> None:
    task = await reviewing(stack)
    people = ["chair-sample", COLLEAGUE, *(f"clerk-{number}" for number in range(6))]
    answers = await asyncio.gather(*(act(stack, task, "claim", who=who) for who in people))
    assert sorted(each.status_code for each in answers) == [200] + [409] * (len(people) - 1)
    [won] = [each.json()["holder"]["person"] for each in answers if each.status_code == 200]
    assert {each.json()["holder"] for each in answers if each.status_code == 409} == {won}
    assert await holder(stack, task) == won


async def test_what_was_decided_is_in_nobodys_hand_and_cannot_be_taken(stack: Stack) -> None:
    task = await reviewing(stack)
    await act(stack, task, "claim")
    assert (await act(stack, task, "review", {"decision": "accept"})).status_code == 200
    assert await holder(stack, task) is None
    for verb, body in (("claim", {}), ("release", {}), ("handover", {"to": COLLEAGUE})):
        problem(await act(stack, task, verb, body), 409, "task-closed")


async def test_nobody_signs_what_another_has_in_hand_alone_or_in_a_batch(stack: Stack) -> None:
    await stack.faults("population", pending_rate=0)
    try:
        code = await stack.file()
        await stack.accept(code)
        task = await stack.task(code, "signature")  # with the number in it: nothing is drawn up anew meanwhile
    finally:
        await stack.clear("population")
    await act(stack, task["id"], "claim", who=COLLEAGUE)
    sha = {"document_sha256": task["document_sha256"]}
    body = {"method": "remote", "pin": PIN, **sha}
    problem(await act(stack, task["id"], "signature", body, "chair-sample"), 409, "task-held")
    batch = {"method": "remote", "pin": PIN, "items": [{"task": task["id"], **sha}]}
    [receipt] = (await stack.post("/v1/tasks/signatures", batch, "chair")).json()["items"]
    assert (receipt["status"], receipt["problem"]["holder"]) == ("refused", COLLEAGUE)
    assert (await act(stack, task["id"], "signature", body, COLLEAGUE)).status_code == 200
    assert await holder(stack, task["id"]) is None


async def test_the_list_is_narrowed_to_what_somebody_or_nobody_has_in_hand(stack: Stack) -> None:
    mine, theirs, free = [await reviewing(stack) for _ in range(3)]
    await act(stack, mine, "claim")
    await act(stack, theirs, "claim", who=COLLEAGUE)
    assert {mine, theirs, free} <= set(await listed(stack))
    for wanted, there in (("me", mine), ("clerk-sample", mine), (COLLEAGUE, theirs), ("nobody", free)):
        found = await listed(stack, holder=wanted)
        assert {mine, theirs, free} & set(found) == {there}, wanted
    assert await listed(stack, holder="me", state="done") == []
