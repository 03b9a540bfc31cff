"""Only the right person's good signature of the document as shown is taken; refused, the task stays open."""

import asyncio
import base64
import hashlib
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.e2e import tokens
from tests.e2e.asking import eventually, kinds, pointers, problem
from tests.e2e.signing_software import revoked, signed_by_token, token_of
from tests.stack import OFFICE, PIN, Stack, leg, open_tasks

Task = dict[str, Any]
CHAIR, VICE, OTHER = "chair-sample", "vice-chair-sample", "chair-other"


@pytest_asyncio.fixture(autouse=True, loop_scope="session", scope="module")
async def numbers_at_once(stack: Stack) -> AsyncIterator[None]:
    """The population database answers at once: certificates come to be signed without a wait."""
    await stack.faults("population", pending_rate=0)
    yield
    await stack.clear("population")


async def to_sign(stack: Stack) -> tuple[str, Task]:
    """A new dossier whose certificate waits for its signature."""
    code = await stack.file()
    await stack.accept(code)
    return code, await stack.task(code, "signature")


async def draft(stack: Stack, code: str, task: Task) -> bytes:
    """The unsigned bytes as served."""
    answer = await stack.get(f"/v1/dossiers/{code}/documents/{task['document']['id']}", "chair")
    assert hashlib.sha256(answer.content).hexdigest() == task["document_sha256"]
    return answer.content


async def send(
    stack: Stack, task: Task, token: str | None = None, key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or await stack.token('chair')}", "Idempotency-Key": key or uuid4().hex}
    body = {"document_sha256": task["document_sha256"]} | body
    return await stack.http.post(f"/v1/tasks/{task['id']}/signature", json=body, headers=headers)


async def remotely(stack: Stack, task: Task, token: str | None = None, **more: Any) -> httpx.Response:
    return await send(stack, task, token, **({"method": "remote", "pin": PIN} | more))


async def by_upload(stack: Stack, task: Task, pdf: bytes, token: str | None = None) -> httpx.Response:
    return await send(stack, task, token, method="token", signed_pdf=base64.b64encode(pdf).decode())


async def as_signed(stack: Stack, code: str) -> bytes:
    """The document as its signer signed it, before the seal."""
    [document] = (await stack.view(code))["documents"]
    under = document["under_seal"] or document
    content = (await stack.get(f"/v1/dossiers/{code}/documents/{under['id']}", "portal")).content
    assert hashlib.sha256(content).hexdigest() == under["sha256"]
    return content


def signed_in(answer: httpx.Response) -> list[dict[str, Any]]:
    """What an answer tells of the documents as they were signed."""
    documents = answer.json()["documents"]
    signed = [(each, each["under_seal"] or each) for each in documents if each["signed"]]
    assert len(signed) == len(documents) == 1
    return [{"by": each["signed_by"], **{n: under[n] for n in ("id", "version", "sha256")}} for each, under in signed]


async def still_open(stack: Stack, code: str) -> None:
    """Nothing was signed: the task waits as before."""
    view = await stack.view(code)
    assert open_tasks(view, "signature")
    assert [(each["signed"], each["state"]) for each in view["documents"]] == [(False, "requested")]
    assert "document_signed" not in await kinds(stack, code)


async def published(stack: Stack, code: str, person: str) -> bytes:
    """The one published certificate, signed by this person."""
    view = await stack.published(code)
    [document] = view["documents"]
    assert (document["state"], document["signed"], document["signed_by"]) == ("published", True, person)
    assert not open_tasks(view, "signature")
    answer = await stack.get(f"/v1/dossiers/{code}/documents/{document['id']}", "portal")
    assert hashlib.sha256(answer.content).hexdigest() == document["sha256"]
    return answer.content


# ---- revoked certificates


@pytest.mark.parametrize("method", ["remote", "token"])
async def test_a_revoked_certificate_signs_nothing_until_it_is_good_again(stack: Stack, method: str) -> None:
    code, task = await to_sign(stack)
    vice = tokens.signer_token(stack, VICE)
    pdf = await signed_by_token(stack, await draft(stack, code, task), VICE)

    async def sign() -> httpx.Response:
        return await (remotely(stack, task, vice) if method == "remote" else by_upload(stack, task, pdf, vice))

    async with revoked(stack, VICE if method == "remote" else f"{VICE}-token"):
        problem(await sign(), 422, "certificate-revoked")
        await still_open(stack, code)
    answer = await eventually(sign, lambda answer: answer.status_code != 422)  # the last answer may be kept for 5 s
    assert answer.status_code == 200, answer.text
    await published(stack, code, VICE)


# ---- who signs


async def test_a_wrong_pin_tells_the_tries_left_and_signs_nothing(stack: Stack) -> None:
    code, task = await to_sign(stack)
    left = [problem(await remotely(stack, task, pin="000000"), 403, "wrong-pin")["tries_left"] for _ in range(2)]
    assert left[1] == left[0] - 1
    await still_open(stack, code)
    assert (await remotely(stack, task)).status_code == 200
    await published(stack, code, CHAIR)


async def test_after_too_many_wrong_pins_the_credential_is_locked(stack: Stack) -> None:
    code, task = await to_sign(stack)
    vice = tokens.signer_token(stack, VICE)
    lock = f"{stack.agencies}/signing/control/credentials/{VICE}/lock"
    try:
        answer = await eventually(
            lambda: remotely(stack, task, vice, pin="000000"), lambda answer: "wrong-pin" not in answer.text
        )
        problem(answer, 403, "credential-locked")
        problem(await remotely(stack, task, vice), 403, "credential-locked")
        await still_open(stack, code)
    finally:
        (await stack.http.delete(lock)).raise_for_status()
    assert (await remotely(stack, task, vice)).status_code == 200
    await published(stack, code, VICE)


async def test_whoever_is_not_on_duty_signs_nothing(stack: Stack) -> None:
    code, task = await to_sign(stack)
    pdf = await signed_by_token(stack, await draft(stack, code, task), OTHER)
    for token in (await stack.token("clerk"), tokens.signer_token(stack, OTHER)):
        problem(await remotely(stack, task, token), 403, "not-on-duty")
        problem(await by_upload(stack, task, pdf, token), 403, "not-on-duty")
    elsewhere = tokens.minted(stack, sub=CHAIR, scope="tasks:read tasks:act", offices=["00008"])
    problem(await remotely(stack, task, elsewhere), 403, "wrong-office")
    without = tokens.minted(stack, sub=CHAIR, scope="tasks:read", offices=[OFFICE])
    problem(await remotely(stack, task, without), 403, "scope-missing")
    await still_open(stack, code)


async def test_another_document_than_the_one_shown_is_stale(stack: Stack) -> None:
    code, task = await to_sign(stack)
    told = problem(await remotely(stack, task, document_sha256="0" * 64), 409, "stale-document")
    assert told["sha256"] == task["document_sha256"], "what waits now instead"
    assert told["document"] == task["document"]["id"]
    answer = await by_upload(stack, task | {"document_sha256": "0" * 64}, b"%PDF-")
    problem(answer, 409, "stale-document")
    await still_open(stack, code)


async def test_of_two_on_duty_at_once_one_signs(stack: Stack) -> None:
    code, task = await to_sign(stack)
    vice = tokens.signer_token(stack, VICE)
    answers = await asyncio.gather(remotely(stack, task), remotely(stack, task, vice))
    [late] = [answer for answer in answers if answer.status_code != 200]
    problem(late, 409, "task-closed")
    await published(stack, code, VICE if late is answers[0] else CHAIR)
    assert (await kinds(stack, code)).count("document_signed") == 1


async def test_a_repeated_signature_is_the_same_signature(stack: Stack) -> None:
    code, task = await to_sign(stack)
    key = uuid4().hex
    first = await remotely(stack, task, key=key)
    again = await remotely(stack, task, key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert signed_in(first) == signed_in(again), "whether the seal is over it by now or not"
    problem(await remotely(stack, task), 409, "task-closed")
    await stack.stage(code, "returned")
    assert (await remotely(stack, task, key=key)).json()["stage"] == "returned"
    problem(await remotely(stack, task), 409, "task-closed")


# ---- signed by token


async def test_a_chair_signs_with_a_token_of_their_own(stack: Stack) -> None:
    code, task = await to_sign(stack)
    unsigned = await draft(stack, code, task)
    signed = await signed_by_token(stack, unsigned, CHAIR)
    answer = await by_upload(stack, task, signed)
    assert answer.status_code == 200, answer.text
    assert (await published(stack, code, CHAIR)).startswith(signed)
    assert await as_signed(stack, code) == signed
    assert signed.startswith(unsigned)
    view = await stack.stage(code, "returned")
    assert leg(view, "health_card")["state"] == "granted"


async def test_the_verdicts_on_signature_and_seal_are_kept_and_told(stack: Stack) -> None:
    code, task = await to_sign(stack)
    assert (await remotely(stack, task)).status_code == 200
    [document] = (await stack.published(code))["documents"]
    under, path = document["under_seal"], f"/v1/dossiers/{code}/documents/{document['id']}/verdict"
    before = (await stack.get(path.replace(document["id"], under["id"]), "portal")).json()
    assert (before["ok"], before["level"], before["sha256"], before["seal"]) == (True, "B-T", under["sha256"], None)
    told = (await stack.get(path, "portal")).json()
    assert (told["ok"], told["problems"], told["level"], told["sha256"]) == (True, [], "B-LT", under["sha256"])
    seal = told["seal"]
    assert (seal["ok"], seal["problems"], seal["level"], seal["sha256"]) == (True, [], "B-LT", document["sha256"])
    assert "phường Mẫu Một" in seal["signer"]["common_name"]
    assert seal["signed_at"] >= told["signed_at"]
    assert (told["by"], told["office"], told["method"]) == (CHAIR, OFFICE, "remote")
    assert told["signer"]["common_name"] == "Lê Thị Mẫu Chủ Tịch"
    assert [issuer["common_name"] for issuer in told["chain"]] == ["CA cấp chứng thư giả lập", "CA gốc giả lập"]
    assert told["timestamp"]["at"] == told["signed_at"] <= told["verified_at"]
    assert {(each["source"], each["status"]) for each in told["revocation"]} == {("ocsp", "good"), ("crl", None)}
    for role in ("clerk", "support"):
        assert (await stack.get(path, role)).json() == told
    stranger = tokens.minted(stack, sub="other", client_id="other", scope="dossiers:read")
    problem(await stack.http.get(path, headers={"Authorization": f"Bearer {stranger}"}), 404, "dossier-unknown")
    draft_id = task["document"]["id"]
    problem(await stack.get(path.replace(document["id"], draft_id), "portal"), 404, "document-unknown")


Spoil = Callable[[Stack, bytes], Awaitable[bytes]]


async def without_a_time_stamp(stack: Stack, unsigned: bytes) -> bytes:
    return await signed_by_token(stack, unsigned, CHAIR, stamped=False)


async def by_the_chair_of_another_office(stack: Stack, unsigned: bytes) -> bytes:
    return await signed_by_token(stack, unsigned, OTHER)


async def by_the_vice_chair_in_the_chairs_name(stack: Stack, unsigned: bytes) -> bytes:
    return await signed_by_token(stack, unsigned, VICE)


async def with_bytes_behind_it(stack: Stack, unsigned: bytes) -> bytes:
    return await signed_by_token(stack, unsigned, CHAIR) + b"\n% one more thing\n"


async def with_one_bit_turned(stack: Stack, unsigned: bytes) -> bytes:
    signed = bytearray(await signed_by_token(stack, unsigned, CHAIR))
    signed[len(unsigned) // 2] ^= 1
    return bytes(signed)


async def of_another_dossiers_certificate(stack: Stack, _: bytes) -> bytes:
    code, task = await to_sign(stack)
    return await signed_by_token(stack, await draft(stack, code, task), CHAIR)


async def not_signed_at_all(_: Stack, unsigned: bytes) -> bytes:
    return unsigned


async def no_pdf(_: Stack, __: bytes) -> bytes:
    return b"MZ\x90\x00 not a PDF"


SPOILT: list[Spoil] = [
    without_a_time_stamp,
    by_the_chair_of_another_office,
    by_the_vice_chair_in_the_chairs_name,
    with_bytes_behind_it,
    with_one_bit_turned,
    of_another_dossiers_certificate,
    not_signed_at_all,
    no_pdf,
]


async def test_each_bad_upload_is_refused_and_a_good_one_still_taken(stack: Stack) -> None:
    code, task = await to_sign(stack)
    unsigned = await draft(stack, code, task)
    for spoil in SPOILT:
        answer = await by_upload(stack, task, await spoil(stack, unsigned))
        assert problem(answer, 422, "signature-invalid")["detail"], spoil.__name__
        await still_open(stack, code)
    assert pointers(await send(stack, task, method="token", signed_pdf="không phải base64")) == {"/signed_pdf"}
    problem(await send(stack, task, method="seal"), 422)
    assert (await kinds(stack, code)).count("signature_refused") == len(SPOILT)
    assert (await by_upload(stack, task, await signed_by_token(stack, unsigned, CHAIR))).status_code == 200
    await published(stack, code, CHAIR)


# ---- what others say of our certificate


async def test_other_software_agrees_with_our_verdict(stack: Stack, tmp_path: Path) -> None:
    code, task = await to_sign(stack)
    unsigned = await draft(stack, code, task)
    assert (await remotely(stack, task)).status_code == 200
    sealed = await published(stack, code, CHAIR)
    signed = await as_signed(stack, code)
    assert sealed.startswith(signed)
    chain = (await token_of(stack, CHAIR))["chain_pem"]
    await asyncio.to_thread(poppler_agrees, sealed, tmp_path)
    await asyncio.to_thread(openssl_agrees, signed, len(unsigned), chain, tmp_path)
    await asyncio.to_thread(openssl_agrees, sealed, len(signed), chain, tmp_path)


def run(command: str, place: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command.split(), cwd=place, capture_output=True, check=False)  # noqa: S603


def poppler_agrees(signed: bytes, place: Path) -> None:
    (place / "signed.pdf").write_bytes(signed)
    run("certutil -N -d . --empty-password", place)
    told = run("pdfsig -nocert -nssdir . signed.pdf", place).stdout.decode()
    assert told.count("Signature Validation: Signature is Valid.") == 2
    _, of_chair, of_seal = told.split("Signature #")
    assert "Not total document signed" in of_chair, "the seal came after it"
    assert "- Total document signed" in of_seal
    assert told.count("ETSI.CAdES.detached") == 2


def openssl_agrees(signed: bytes, after: int, chain: str, place: Path) -> None:
    start = signed.index(b"/Contents <", after) + 10
    end = signed.index(b">", start) + 1
    content = bytes.fromhex(signed[start + 1 : end - 1].decode())
    (place / "signature.der").write_bytes(content)
    (place / "covered").write_bytes(signed[:start] + signed[end:])
    (place / "root.pem").write_text(re.findall(r"-----BEGIN.*?END CERTIFICATE-----\n?", chain, re.DOTALL)[-1])
    command = "openssl cms -verify -cades -binary -inform DER -in signature.der -content covered -purpose any"
    assert run(f"{command} -CAfile root.pem -out checked", place).returncode == 0
