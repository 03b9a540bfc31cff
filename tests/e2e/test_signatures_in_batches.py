"""Many documents under one PIN: in order, a receipt each, ended by the first that is refused, none signed twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from records.registers import Certificates, Duty, DutyEntry
from tests.e2e import tokens
from tests.e2e.asking import OTHER_OFFICE, filed_at, kinds, pointers, problem
from tests.stack import OFFICE, PIN, Stack, open_tasks
from workers.rooms import Rooms

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


TWO = "vice-chair-of-two"


@asynccontextmanager
async def chair_of_two(stack: Stack) -> AsyncIterator[str]:
    """Somebody signs for two offices, for each under a credential of its own; that of the other office is revoked."""
    rooms, since = Rooms.open(stack.settings), datetime.now(UTC) - timedelta(minutes=1)
    credentials, entries = f"{stack.agencies}/signing/control/credentials", list[DutyEntry]()
    for office in (OFFICE, OTHER_OFFICE):
        issued = (await stack.http.post(credentials, json={"person": TWO})).raise_for_status().json()
        certificate = x509.load_pem_x509_certificate(issued["certificate_pem"].encode())
        await Certificates(rooms.database, rooms.keys).register(TWO, certificate.public_bytes(Encoding.DER), "remote")
        entries.append(DutyEntry(person=TWO, office=office, credential=issued["credential_id"], valid_from=since))
    await Duty(rooms.database).load(entries)
    (await stack.http.post(f"{credentials}/{entries[1].credential}/revocation")).raise_for_status()
    try:
        scope = "dossiers:read tasks:read tasks:act"
        yield tokens.minted(stack, sub=TWO, client_id=TWO, scope=scope, offices=[OFFICE, OTHER_OFFICE])
    finally:
        over = {"valid_to": datetime.now(UTC)}
        await Duty(rooms.database).load([each.model_copy(update=over) for each in entries])
        await rooms.close()


async def to_sign_elsewhere(stack: Stack, token: str) -> Task:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    code = await filed_at(stack, OTHER_OFFICE)
    review = open_tasks(await stack.until(code, lambda view: open_tasks(view, "review")), "review")[0]
    path = f"/v1/tasks/{review['id']}/review"
    answer = await stack.http.post(path, json={"decision": "accept"}, headers=headers)
    assert answer.status_code == 200, answer.text
    view = await stack.until(code, lambda view: open_tasks(view, "signature"))
    task: Task = (await stack.http.get(f"/v1/tasks/{open_tasks(view, 'signature')[0]['id']}", headers=headers)).json()
    return task


async def test_a_certificate_that_is_revoked_in_the_middle_ends_the_batch(stack: Stack) -> None:
    async with chair_of_two(stack) as token:
        first, behind = await to_sign(stack, 2)
        revoked = await to_sign_elsewhere(stack, token)
        found = receipts(await send(stack, shown([first, revoked, behind]), token=token))
    assert [each["status"] for each in found] == ["signed", "refused", "untouched"]
    told = found[1]["problem"]
    assert (told["status"], told["type"]) == (422, "urn:lienthong:problem:certificate-revoked")
    [document] = (await stack.view(first["dossier"]))["documents"]
    assert document["signed_by"] == TWO
    assert "document_signed" not in await kinds(stack, revoked["dossier"])
    await waits(stack, behind)


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
