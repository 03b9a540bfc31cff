"""Many documents under one PIN: in order, a receipt each, ended by the first that is refused, none signed twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio

from tests.e2e import tokens
from tests.e2e.asking import kinds, pointers, problem
from tests.stack import PIN, Stack, open_tasks

Task = dict[str, Any]
OTHER = "chair-other"


@pytest_asyncio.fixture(autouse=True, loop_scope="session", scope="module")
async def numbers_at_once(stack: Stack) -> AsyncIterator[None]:
    """The population database answers at once: certificates come to be signed without a wait."""
    await stack.faults("population", pending_rate=0)
    yield
    await stack.clear("population")


async def to_sign(stack: Stack, count: int) -> list[Task]:
    """The signature tasks of so many new dossiers."""

    async def one() -> Task:
        code = await stack.file()
        await stack.accept(code)
        return await stack.task(code, "signature")

    return list(await asyncio.gather(*(one() for _ in range(count))))


def shown(tasks: Sequence[Task]) -> list[dict[str, str]]:
    return [{"task": task["id"], "document_sha256": task["document_sha256"]} for task in tasks]


async def send(
    stack: Stack, items: list[dict[str, str]], *, pin: str = PIN, key: str | None = None, token: str | None = None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or await stack.token('chair')}", "Idempotency-Key": key or uuid4().hex}
    body = {"method": "remote", "pin": pin, "items": items}
    return await stack.http.post("/v1/tasks/signatures", json=body, headers=headers)


def receipts(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def statuses(answer: httpx.Response) -> list[str]:
    return [each["status"] for each in receipts(answer)]


async def waits(stack: Stack, task: Task) -> None:
    """Nothing was signed, nothing was tried."""
    assert open_tasks(await stack.view(task["dossier"]), "signature")
    assert not {"document_signed", "signature_refused"} & set(await kinds(stack, task["dossier"]))


async def test_each_document_of_a_batch_is_signed_and_told(stack: Stack) -> None:
    tasks = await to_sign(stack, 4)
    found = receipts(await send(stack, shown(tasks)))
    assert [(each["task"], each["status"], each["problem"]) for each in found] == [
        (task["id"], "signed", None) for task in tasks
    ]
    for task, receipt in zip(tasks, found, strict=True):
        [document] = (await stack.published(task["dossier"]))["documents"]
        assert receipt["document"] == document["under_seal"]
        assert (document["state"], document["signed_by"]) == ("published", "chair-sample")
        await stack.stage(task["dossier"], "returned")


async def test_the_first_mismatch_ends_the_batch_and_the_rest_is_untouched(stack: Stack) -> None:
    good, stale, behind = tasks = await to_sign(stack, 3)
    items = shown(tasks)
    items[1]["document_sha256"] = "0" * 64
    key = uuid4().hex
    first = await send(stack, items, key=key)
    assert statuses(first) == ["signed", "refused", "untouched"]
    told = receipts(first)[1]["problem"]
    assert (told["status"], told["type"]) == (409, "urn:lienthong:problem:stale-document")
    assert told["sha256"] == stale["document_sha256"], "what waits now instead"
    assert told["instance"] == f"/v1/tasks/{stale['id']}/signature"
    for task in (stale, behind):
        await waits(stack, task)
    assert receipts(await send(stack, items, key=key)) == receipts(first)
    assert (await kinds(stack, good["dossier"])).count("document_signed") == 1
    assert statuses(await send(stack, shown(tasks[1:]))) == ["signed", "signed"]


async def test_a_repeated_batch_gives_the_same_receipts_and_signs_nothing_twice(stack: Stack) -> None:
    tasks = await to_sign(stack, 3)
    key = uuid4().hex
    first = await send(stack, shown(tasks), key=key)
    assert statuses(first) == ["signed"] * 3
    for task in tasks:
        await stack.stage(task["dossier"], "returned")
    assert receipts(await send(stack, shown(tasks), key=key)) == receipts(first)
    problem(await send(stack, shown(tasks[:2]), key=key), 409, "key-reused")
    anew = receipts(await send(stack, shown(tasks)))
    assert [each["status"] for each in anew] == ["refused", "untouched", "untouched"]
    assert anew[0]["problem"]["type"] == "urn:lienthong:problem:task-closed"
    for task in tasks:
        assert (await kinds(stack, task["dossier"])).count("document_signed") == 1


async def test_what_another_has_signed_meanwhile_ends_the_batch(stack: Stack) -> None:
    first, taken, behind = tasks = await to_sign(stack, 3)
    vice = tokens.signer_token(stack, "vice-chair-sample")
    assert statuses(await send(stack, shown([taken]), token=vice)) == ["signed"]
    found = receipts(await send(stack, shown(tasks)))
    assert [each["status"] for each in found] == ["signed", "refused", "untouched"]
    assert found[1]["problem"]["type"] == "urn:lienthong:problem:task-closed"
    [document] = (await stack.view(taken["dossier"]))["documents"]
    assert document["signed_by"] == "vice-chair-sample"
    await waits(stack, behind)
    assert (await kinds(stack, first["dossier"])).count("document_signed") == 1


async def test_without_the_right_pin_or_person_nothing_is_touched(stack: Stack) -> None:
    tasks = await to_sign(stack, 2)
    key = uuid4().hex
    assert problem(await send(stack, shown(tasks), pin="000000", key=key), 403, "wrong-pin")["tries_left"]
    found = receipts(await send(stack, shown(tasks), token=tokens.signer_token(stack, OTHER)))
    assert [each["status"] for each in found] == ["refused", "untouched"]
    assert found[0]["problem"]["type"] == "urn:lienthong:problem:not-on-duty"
    twice = shown([tasks[0], tasks[0]])
    problem(await send(stack, twice), 422)
    assert pointers(await send(stack, [])) == {"/items"}
    for task in tasks:
        await waits(stack, task)
    assert statuses(await send(stack, shown(tasks), key=key)) == ["signed", "signed"]
    unknown = [{"task": "G22.99.08-260703-000001.signature.birth_certificate.1", "document_sha256": "0" * 64}]
    assert receipts(await send(stack, unknown))[0]["problem"]["type"] == "urn:lienthong:problem:task-unknown"
