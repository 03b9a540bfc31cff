"""A token signs the hash alone: over HTTP, and by the operator's command as a process beside a SoftHSM token."""

import asyncio
import base64
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

from cli.tokens import BEARER
from cli.tokens import PIN as PIN_GIVEN
from records.registers import Certificates, Duty, DutyEntry
from sim_agencies.desk import Desk as Agency
from sim_agencies.settings import Settings as AgencySettings
from sim_agencies.signing.credentials import Purpose
from tests import softhsm
from tests.documents.samples import Office
from tests.e2e import tokens
from tests.e2e.asking import kinds, pointers, problem
from tests.e2e.browsing import Desk, chromium, desk
from tests.e2e.signing_software import Authority, certificates, token_of
from tests.e2e.test_signatures_by_api import (
    CHAIR,
    OTHER,
    VICE,
    Task,
    by_upload,
    draft,
    numbers_at_once,
    remotely,
    send,
    still_open,
    to_sign,
)
from tests.softhsm import MODULE, PIN, Drawer
from tests.stack import OFFICE, Stack, open_tasks, ready
from workers.rooms import Rooms

__all__ = ["chromium", "desk", "numbers_at_once"]  # fixtures
MINE, NEW, EMPTY = "token-chair", "token-new", "token-empty"
NEWCOMER = "chair-without-certificate"
DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drawer(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drawer]:
    """With the chair's token, and two that are still empty."""
    keys = await token_of(stack, CHAIR)
    with softhsm.drawer(tmp_path_factory.mktemp("tokens"), MINE, NEW, EMPTY) as opened:
        softhsm.lay(MINE, keys["private_key_pem"], keys["certificate_pem"])
        yield opened


async def command(environment: dict[str, str], *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """What `lienthong` says, and with which code it ends."""
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *arguments, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
    )
    out, err = await started.communicate(typed.encode())
    return started.returncode or 0, out.decode(), err.decode()


async def helper(
    stack: Stack, drawer: Drawer, task: Task, label: str = MINE, *, pin: str = PIN, typed: str = "y\n"
) -> tuple[int, str, str]:
    where = ("--url", str(stack.http.base_url), "--agencies", stack.agencies)
    device = ("--module", str(MODULE), "--token-label", label)
    environment = drawer.environment | {PIN_GIVEN: pin}
    return await command(environment, "sign-task", task["id"], *device, *where, typed=typed)


async def prepared(
    stack: Stack, task: Task, token: str | None = None, key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or await stack.token('chair')}", "Idempotency-Key": key or uuid4().hex}
    body = {"document_sha256": task["document_sha256"]} | body
    return await stack.http.post(f"/v1/tasks/{task['id']}/preparation", json=body, headers=headers)


async def value(stack: Stack, answer: httpx.Response, person: str = CHAIR) -> str:
    """What a person's token makes of a prepared hash."""
    assert answer.status_code == 200, answer.text
    key = serialization.load_pem_private_key((await token_of(stack, person))["private_key_pem"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    hashed = base64.b64decode(answer.json()["hash_to_sign"])
    return base64.b64encode(key.sign(hashed, ec.ECDSA(Prehashed(hashes.SHA256())))).decode()


async def by_value(stack: Stack, task: Task, signature: str, token: str | None = None, **more: Any) -> httpx.Response:
    return await send(stack, task, token, method="token", signature=signature, **more)


async def published(stack: Stack, code: str, person: str) -> bytes:
    """The one published certificate, once it is, signed by this person."""
    view = await stack.until(code, lambda view: [each["state"] for each in view["documents"]] == ["published"])
    [document] = view["documents"]
    assert (document["signed"], document["signed_by"], open_tasks(view, "signature")) == (True, person, [])
    return (await stack.get(f"/v1/dossiers/{code}/documents/{document['id']}", "portal")).content


# ---- over HTTP


async def test_a_token_signs_what_was_prepared_and_the_server_finishes(stack: Stack) -> None:
    code, task = await to_sign(stack)
    unsigned = await draft(stack, code, task)
    answer = await prepared(stack, task)
    told = answer.json()
    certificate = base64.b64decode(told["certificate"])
    assert (told["document_sha256"], told["algorithm"]) == (task["document_sha256"], "ECDSA-SHA256")
    assert len(base64.b64decode(told["hash_to_sign"])) == 32
    assert datetime.fromisoformat(told["expires_at"]) > datetime.now(UTC)
    named = await prepared(stack, task, certificate=told["certificate"])
    assert named.json() == told, "what was prepared stays"
    await still_open(stack, code)
    signed = await by_value(stack, task, await value(stack, answer))
    assert signed.status_code == 200, signed.text
    pdf = await published(stack, code, CHAIR)
    assert pdf.startswith(unsigned)
    document = (await stack.view(code))["documents"][0]["id"]
    verdict = (await stack.get(f"/v1/dossiers/{code}/documents/{document}/verdict", "portal")).json()
    assert (verdict["ok"], verdict["method"], verdict["by"]) == (True, "token", CHAIR)
    assert (
        verdict["signer"]["fingerprint"]
        == told["prepared"]
        == x509.load_der_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()
    )
    problem(await prepared(stack, task), 409, "task-closed")
    await stack.stage(code, "returned")


async def test_between_the_halves_the_workers_may_end(stack: Stack) -> None:
    code, task = await to_sign(stack)
    answer = await prepared(stack, task)
    await stack.workers.stop()
    try:
        signature = await value(stack, answer)
    finally:
        await stack.workers.start()
    await ready(stack)
    key = uuid4().hex
    first, again = [await by_value(stack, task, signature, key=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200), first.text
    await published(stack, code, CHAIR)
    assert (await kinds(stack, code)).count("document_signed") == 1


async def test_token_and_service_stand_beside_each_other(stack: Stack) -> None:
    """What is prepared for the one does not take the other's place, whichever came first."""
    (code, task), (other, second) = await to_sign(stack), await to_sign(stack)
    answers = [await prepared(stack, each) for each in (task, second)]
    assert (await remotely(stack, task)).status_code == 200
    problem(await remotely(stack, second, pin="000000"), 403, "wrong-pin")
    assert (await by_value(stack, second, await value(stack, answers[1]))).status_code == 200
    for signed in (code, other):
        await published(stack, signed, CHAIR)


async def test_a_value_that_does_not_sign_this_document_is_refused(stack: Stack) -> None:
    (code, task), (_, other) = await to_sign(stack), await to_sign(stack)
    vice = tokens.signer_token(stack, VICE)
    problem(await by_value(stack, task, "AAAA"), 409, "stale-document")
    answer = await prepared(stack, task)
    bad = [await value(stack, await prepared(stack, other)), await value(stack, answer, VICE), "AAAA"]
    for signature in bad:
        problem(await by_value(stack, task, signature), 422, "signature-invalid")
        await still_open(stack, code)
    good = await value(stack, answer)
    problem(await by_value(stack, task, good, vice), 409, "stale-document")
    assert pointers(await by_value(stack, task, "không phải base64")) == {"/signature"}
    problem(await by_value(stack, task, good, signed_pdf="JVBERi0xLjcK"), 422)
    problem(await send(stack, task, method="token"), 422)
    problem(await by_value(stack, task, good, document_sha256="0" * 64), 409, "stale-document")
    await still_open(stack, code)
    assert (await by_value(stack, task, good)).status_code == 200
    await published(stack, code, CHAIR)


async def test_a_document_is_prepared_as_shown_and_for_who_may_sign(stack: Stack) -> None:
    code, task = await to_sign(stack)
    told = problem(await prepared(stack, task, document_sha256="0" * 64), 409, "stale-document")
    assert (told["document"], told["sha256"]) == (task["document"]["id"], task["document_sha256"])
    problem(await prepared(stack, task, tokens.signer_token(stack, OTHER)), 403, "not-on-duty")
    elsewhere = tokens.minted(stack, sub=CHAIR, scope="tasks:read tasks:act", offices=["00008"])
    problem(await prepared(stack, task, elsewhere), 403, "wrong-office")
    problem(await prepared(stack, task | {"id": "G22.99.08-261122-000000.signature.x.1"}), 404, "task-unknown")
    assert pointers(await prepared(stack, task, certificate="không phải base64")) == {"/certificate"}
    key = uuid4().hex
    assert (await prepared(stack, task, key=key)).status_code == 200
    problem(await prepared(stack, task, key=key, document_sha256="0" * 64), 409, "key-reused")
    await still_open(stack, code)


@asynccontextmanager
async def on_duty(stack: Stack, person: str) -> AsyncIterator[Certificates]:
    """Somebody serves for a while; gives the register of certificates."""
    rooms = Rooms.open(stack.settings)
    entry = DutyEntry(person=person, office=OFFICE, valid_from=datetime.now(UTC) - timedelta(minutes=1))
    try:
        await Duty(rooms.database).load([entry])
        yield Certificates(rooms.database, rooms.keys)
    finally:
        await Duty(rooms.database).load([entry.model_copy(update={"valid_to": datetime.now(UTC)})])
        await rooms.close()


def by_nobody(end: timedelta) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """A key, and a certificate by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mẫu")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    made = builder.not_valid_before(now - 3 * DAY).not_valid_after(now + end).sign(key, hashes.SHA256())
    return key, made.public_bytes(serialization.Encoding.DER)


async def test_only_a_registered_certificate_that_holds_and_is_trusted_signs(stack: Stack) -> None:
    code, task = await to_sign(stack)
    me = tokens.signer_token(stack, NEWCOMER)
    (_, old), (key, good), (_, strange) = by_nobody(-DAY), by_nobody(DAY), by_nobody(DAY)
    async with on_duty(stack, NEWCOMER) as known:
        problem(await prepared(stack, task, me), 403, "no-token-certificate")
        await known.register(NEWCOMER, strange, "remote")
        problem(await prepared(stack, task, me), 403, "no-token-certificate")
        await known.register(NEWCOMER, old, "token")
        assert pointers(await prepared(stack, task, me), name="certificate-expired") == {"/certificate"}
        text = base64.b64encode(strange).decode()
        assert pointers(await prepared(stack, task, me, certificate=text), name="certificate-unknown") == {
            "/certificate"
        }
        await known.register(NEWCOMER, good, "token")
        answer = await prepared(stack, task, me)
        assert base64.b64decode(answer.json()["certificate"]) == good, "the one that holds"
        hashed = base64.b64decode(answer.json()["hash_to_sign"])
        algorithm = ec.ECDSA(Prehashed(hashes.SHA256()))
        signature = base64.b64encode(key.sign(hashed, algorithm)).decode()
        refused = problem(await by_value(stack, task, signature, me), 422, "signature-invalid")
        assert "untrusted-chain" in refused["detail"]
    await still_open(stack, code)


# ---- beside the token


async def test_the_helper_signs_with_the_token_in_this_machine(
    stack: Stack, drawer: Drawer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, task = await to_sign(stack)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ended, out, err = await helper(stack, drawer, task)
    assert (ended, err) == (0, ""), out
    assert "Giấy khai sinh / birth certificate" in out
    assert task["document_sha256"] in out
    assert "Đã ký, dấu của cơ quan theo sau" in out
    assert PIN not in out
    assert os.listdir(tmp_path) == [], "the document is gone once it was read"  # noqa: PTH208
    await published(stack, code, CHAIR)
    await stack.stage(code, "returned")
    ended, _, err = await helper(stack, drawer, task)
    assert ended == 1
    assert "this task waits for no signature" in err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pin": "000000"}, "wrong PIN"),
        ({"typed": "n\n"}, "nothing was signed"),
        ({"label": "another"}, "no token of that label"),
        ({"label": EMPTY}, "no such key"),
    ],
)
async def test_the_helper_says_why_nothing_was_signed(
    stack: Stack, drawer: Drawer, given: dict[str, str], told: str
) -> None:
    code, task = await to_sign(stack)
    ended, out, err = await helper(stack, drawer, task, **given)
    assert (ended, told in err) == (1, True), (out, err)
    assert err.count("\n") == 1
    await still_open(stack, code)
    assert "signature_refused" not in await kinds(stack, code)


async def test_an_rsa_token_signs_once_its_certificate_is_registered(
    stack: Stack, drawer: Drawer, tmp_path: Path
) -> None:
    code, task = await to_sign(stack)
    authority = Agency("signing", AgencySettings(state_dir=stack.settings.state_dir / "sim"))
    office = Office(tmp_path, store=authority.store)
    key_pem, certificate_pem = office.with_rsa(office.issue(person=CHAIR, purpose=Purpose.TOKEN))
    authority.store.close()
    softhsm.lay(NEW, key_pem, certificate_pem)
    ended, _, err = await helper(stack, drawer, task, NEW)
    assert ended == 1
    assert "Chứng thư trên thiết bị chưa được đăng ký" in err
    assert "certificate-unknown" in err
    await still_open(stack, code)
    file = tmp_path / "certificate.pem"
    file.write_text(certificate_pem)
    place = drawer.environment | {"LIENTHONG_STATE_DIR": str(stack.settings.state_dir)}
    ended, out, err = await command(place, "token-certificate", CHAIR, str(file))
    assert (ended, err) == (0, "")
    assert out.startswith(x509.load_pem_x509_certificate(certificate_pem.encode()).fingerprint(hashes.SHA256()).hex())
    ended, out, err = await helper(stack, drawer, task, NEW)
    assert (ended, err) == (0, ""), out
    await published(stack, code, CHAIR)


async def test_the_helper_signs_for_whoever_it_is_told_to(stack: Stack, drawer: Drawer) -> None:
    """A bearer token of one's own: here of somebody whose certificate is on another token."""
    code, task = await to_sign(stack)
    where = ("--url", str(stack.http.base_url), "--agencies", stack.agencies)
    device = ("--module", str(MODULE), "--token-label", MINE)
    environment = drawer.environment | {PIN_GIVEN: PIN, BEARER: tokens.signer_token(stack, VICE)}
    ended, _, err = await command(environment, "sign-task", task["id"], *device, *where, typed="y\n")
    assert ended == 1
    assert "certificate-unknown" in err
    environment |= {BEARER: "expired"}
    ended, _, err = await command(environment, "sign-task", task["id"], *device, *where, typed="y\n")
    assert (ended, "401" in err) == (1, True), "nobody signs in the sample chair's name instead"
    await still_open(stack, code)


async def test_whoever_logs_in_in_the_browser_signs(stack: Stack, drawer: Drawer, desk: Desk) -> None:
    """Away from the local stack nobody signs without a login, so `environment` alone asks for it."""
    code, task = await to_sign(stack)
    away = {"LIENTHONG_ENVIRONMENT": "production", "LIENTHONG_ISSUER": f"{stack.agencies}/vneid", "BROWSER": "true"}
    where, device = ("--url", str(stack.http.base_url)), ("--module", str(MODULE), "--token-label", MINE)
    arguments, pipe = (sys.executable, "-m", "cli", "sign-task", task["id"], *device, *where), asyncio.subprocess.PIPE
    environment = drawer.environment | {PIN_GIVEN: PIN} | away
    started = await asyncio.create_subprocess_exec(*arguments, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    assert started.stdout is not None
    address = (await started.stdout.readline()).decode().rsplit(" ", 1)[-1].strip()
    assert "code_challenge_method=S256" in address
    back = dict(parse_qsl(urlsplit(address).query))["redirect_uri"]
    async with httpx.AsyncClient() as stranger:
        refused = await stranger.get(back, params={"code": "a-code", "state": "another"})
    assert refused.status_code == 404
    await desk.page.goto(address)
    await desk.press("Lê Thị Mẫu")
    await desk.said("Đã đăng nhập")
    assert desk.page.url.startswith(f"{back}?")
    out, err = await started.communicate(b"y\n")
    assert (started.returncode, err) == (0, b""), out
    await published(stack, code, CHAIR)


async def test_a_pdf_that_other_software_signed_on_the_token_is_taken(stack: Stack, drawer: Drawer) -> None:
    code, task = await to_sign(stack)
    unsigned = await draft(stack, code, task)
    issuing, _root = certificates((await token_of(stack, CHAIR))["chain_pem"])
    stamper, out = Authority(stack.http, f"{stack.agencies}/signing/tsa"), io.BytesIO()
    meta = PdfSignatureMetadata(field_name="ChuKy", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    criteria = TokenCriteria(label=MINE)
    with open_pkcs11_session(str(MODULE), token_criteria=criteria, user_pin=PIN) as session:
        # SoftHSM 2.6 hashes nothing for EC keys: the software does.
        signer = PKCS11Signer(session, cert_label=softhsm.KEY, ca_chain=[issuing], use_raw_mechanism=True)
        program = PdfSigner(meta, signer=signer, timestamper=stamper)
        await program.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(unsigned)), output=out)
    answer = await by_upload(stack, task, out.getvalue())
    assert answer.status_code == 200, answer.text
    assert (await published(stack, code, CHAIR)).startswith(out.getvalue()), "what is sealed after it begins with it"


async def test_the_desk_shows_the_command_that_signs_and_says_when_it_has(
    stack: Stack, drawer: Drawer, desk: Desk
) -> None:
    code, task = await to_sign(stack)
    await desk.log_in("chair", f"/desk/tasks/{task['id']}")
    await desk.page.get_by_text("Ký bằng thiết bị của tôi (USB token)").click()
    await desk.looked_at("signature-by-token")
    shown = await desk.page.locator(".command").inner_text()
    filled = shown.replace("TỆP-PKCS11", str(MODULE)).replace("TÊN-THIẾT-BỊ", MINE).split()
    assert filled[0] == "lienthong"
    environment = drawer.environment | {PIN_GIVEN: PIN, "LIENTHONG_AGENCIES_URL": stack.agencies}
    ended, _, err = await command(environment, *filled[1:], typed="y\n")
    assert (ended, err) == (0, "")
    await desk.said("Việc này không còn mở.")
    await published(stack, code, CHAIR)
