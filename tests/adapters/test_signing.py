"""The signing adapter against the stand-in: PIN to signature, evidence reused while fresh, trouble by its name."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto import algos, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import ocsp

from adapters.signing import (
    AuthorisationExpired,
    AuthorisationRefused,
    CredentialLocked,
    SigningService,
    WrongPin,
)
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from documents.certificate import render
from documents.signatures import Evidence, Received, SigningIdentity, fingerprint, finish, prepare, verify
from sim_agencies.desk import Desk
from sim_agencies.settings import Settings
from sim_agencies.signing.app import create_app
from tests.documents.samples import certificate

CHAIR, PIN = "chair-sample", "246810"
HASH = hashlib.sha256(b"what is signed").digest()
IMPRINT = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": HASH}
STAMP = bytes(tsp.TimeStampReq({"version": 1, "message_imprint": IMPRINT, "cert_req": True}).dump())


class Line(httpx.AsyncBaseTransport):
    """The way to the stand-in: counts requests by path, and a cut connection arrives as httpx would tell it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionResetError as cut:
            raise httpx.ReadError("cut", request=request) from cut

    def count(self, path: str) -> int:
        return self.paths.count(path)


class Bench:
    """The adapter, its line, and the stand-in's control paths."""

    def __init__(self, line: Line, http: httpx.AsyncClient) -> None:
        self.line = line
        self._http = http
        self.service = self.adapter()

    def adapter(self, secret: str = "lienthong-local") -> SigningService:
        return SigningService(self._http, "http://signing/", client_id="lienthong", client_secret=secret)

    async def control(self, method: str, path: str, **body: Any) -> Any:
        answer = await self._http.request(method, f"http://signing/control/{path}", json=body or None)
        return answer.raise_for_status().json()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    desk = Desk("signing", Settings(state_dir=tmp_path))
    line = Line(httpx.ASGITransport(create_app(desk)))
    async with httpx.AsyncClient(transport=line) as http:
        yield Bench(line, http)
    desk.store.close()


async def test_a_pin_becomes_a_signature(bench: Bench) -> None:
    (credential,) = await bench.service.credentials(CHAIR)
    signer = await bench.service.certificate(credential)
    sad = await bench.service.authorise(credential, PIN, [HASH], "Ký giấy khai sinh")
    signature = await bench.service.sign_hash(credential, sad, HASH)
    own = x509.load_der_x509_certificate(signer.certificate)
    key = own.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, HASH, ec.ECDSA(Prehashed(hashes.SHA256())))
    own.verify_directly_issued_by(x509.load_der_x509_certificate(signer.chain[0]))
    assert await bench.service.sign_hash(credential, sad, HASH) == signature
    authority = await bench.service.authority()
    assert (authority.certificate, *authority.chain) == signer.chain


async def test_a_document_goes_the_whole_way(bench: Bench) -> None:
    signer, unsigned = await bench.service.certificate(CHAIR), render(certificate())
    identity = SigningIdentity(certificate=signer.certificate, chain=signer.chain)
    prepared = await prepare(unsigned, identity, field_name="KySo1", reason="Ký giấy khai sinh", location="Hà Nội")
    sad = await bench.service.authorise(CHAIR, PIN, [prepared.hash_to_sign], "Giấy khai sinh")
    signature = await bench.service.sign_hash(CHAIR, sad, prepared.hash_to_sign)
    signed = await finish(prepared, signature=signature, timestamp=bench.service.timestamp)
    issuing, root = signer.chain
    answers = await bench.service.revocation(Received(signed).certificates(), signer.chain)
    evidence = Evidence(roots=(root,), intermediates=(issuing,), ocsps=answers.ocsps, crls=answers.crls)
    verdict = await verify(
        Received(signed), unsigned=unsigned, evidence=evidence, expected_signers=[fingerprint(signer.certificate)]
    )
    assert verdict.problems == ()


async def test_a_wrong_pin_says_how_many_tries_are_left_until_none_is(bench: Bench) -> None:
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongPin) as wrong:
            await bench.service.authorise(CHAIR, "000000", [HASH], "")
        assert wrong.value.tries_left == left
        assert "000000" not in str(wrong.value)
    with pytest.raises(CredentialLocked):
        await bench.service.authorise(CHAIR, PIN, [HASH], "")


async def test_an_authorisation_for_something_else_is_refused(bench: Bench) -> None:
    sad = await bench.service.authorise(CHAIR, PIN, [HASH], "")
    with pytest.raises(AuthorisationRefused):
        await bench.service.sign_hash(CHAIR, sad, bytes(32))
    with pytest.raises(AuthorisationRefused):
        await bench.service.sign_hash("chair-other", sad, HASH)


async def test_one_pin_signs_many_hashes_and_none_besides(bench: Bench) -> None:
    wanted = [hashlib.sha256(bytes([number])).digest() for number in range(50)]
    sad = await bench.service.authorise(CHAIR, PIN, wanted, "50 văn bản")
    signatures = [await bench.service.sign_hash(CHAIR, sad, each) for each in wanted]
    assert len(set(signatures)) == 50
    assert bench.line.count("/csc/v1/credentials/authorize") == 1
    with pytest.raises(AuthorisationRefused):
        await bench.service.sign_hash(CHAIR, sad, HASH)


async def test_an_authorisation_that_ran_out_is_told_from_a_wrong_one() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 60})
        return httpx.Response(400, json={"error": "sad_expired", "error_description": "too late"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        service = SigningService(http, "http://signing", client_id="c", client_secret="s")
        with pytest.raises(AuthorisationExpired):
            await service.sign_hash(CHAIR, "sad", HASH)


async def test_one_token_serves_many_calls_and_a_forgotten_one_is_renewed(bench: Bench) -> None:
    await bench.service.certificate(CHAIR)
    await bench.service.certificate(CHAIR)
    assert bench.line.count("/oauth2/token") == 1
    bench.service._token = ("forgotten", float("inf"))
    await bench.service.certificate(CHAIR)
    assert bench.line.count("/oauth2/token") == 2


async def test_a_client_that_the_service_does_not_know_is_rejected(bench: Bench) -> None:
    with pytest.raises(RequestRejected):
        await bench.adapter(secret="wrong").certificate(CHAIR)
    with pytest.raises(RequestRejected):
        await bench.service.certificate("nobody")


async def test_a_timestamp_comes_back_even_when_it_is_a_refusal(bench: Bench) -> None:
    token = tsp.TimeStampResp.load(await bench.service.timestamp(STAMP))["time_stamp_token"]
    assert token["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native == HASH
    assert await bench.service.timestamp(b"no request")


async def test_answers_are_reused_while_fresh(bench: Bench) -> None:
    signer = await bench.service.certificate(CHAIR)
    issuers = signer.chain
    first = await bench.service.revocation([signer.certificate], issuers)
    assert (len(first.ocsps), len(first.crls)) == (1, 1)
    assert await bench.service.revocation([signer.certificate, signer.certificate], issuers) == first
    assert (bench.line.count("/ocsp"), bench.line.count("/crl/root.crl")) == (1, 1)
    assert ocsp.load_der_ocsp_response(first.ocsps[0]).certificate_status is ocsp.OCSPCertStatus.GOOD
    for key, (answer, _) in list(bench.service._revocation._kept.items()):
        bench.service._revocation._kept[key] = (answer, 0.0)
    await bench.control("POST", f"credentials/{CHAIR}/revocation")
    later = await bench.service.revocation([signer.certificate], issuers)
    assert ocsp.load_der_ocsp_response(later.ocsps[0]).certificate_status is ocsp.OCSPCertStatus.REVOKED


async def test_nobody_is_asked_about_certificates_of_strangers(bench: Bench) -> None:
    signer = await bench.service.certificate(CHAIR)
    issued = await bench.control("POST", "credentials", person=CHAIR, by_impostor=True)
    namesake = x509.load_pem_x509_certificate(issued["certificate_pem"].encode())
    stranger = namesake.public_bytes(serialization.Encoding.DER)
    found = await bench.service.revocation([stranger, b"garbage", *signer.chain], signer.chain)
    assert (found.ocsps, len(found.crls)) == ((), 1)
    assert bench.line.count("/ocsp") == 0


Call = Callable[[Bench], Awaitable[object]]


async def authorise(bench: Bench) -> object:
    return await bench.service.authorise(CHAIR, PIN, [HASH], "")


async def stamp(bench: Bench) -> object:
    return await bench.service.timestamp(STAMP)


async def evidence(bench: Bench) -> object:
    issued = await bench.control("GET", f"credentials/{CHAIR}")
    token = await bench.control("GET", f"credentials/{CHAIR}/token-key")
    chain = x509.load_pem_x509_certificates(token["chain_pem"].encode())
    own = x509.load_pem_x509_certificate(issued["certificate_pem"].encode())
    ders = [one.public_bytes(serialization.Encoding.DER) for one in (own, *chain)]
    return await bench.service.revocation(ders[:1], ders[1:])


@pytest.mark.parametrize("call", [authorise, stamp, evidence])
@pytest.mark.parametrize(
    ("faults", "failure"),
    [
        ({"down": True}, AgencyUnavailable),
        ({"error_rate": 1.0}, AgencyUnavailable),
        ({"lost_response_rate": 1.0}, AgencyUnavailable),
        ({"malformed_rate": 1.0}, AgencyProtocolError),
    ],
)
async def test_trouble_has_its_name(bench: Bench, call: Call, faults: dict[str, Any], failure: type[Exception]) -> None:
    await bench.control("PUT", "faults", **faults)
    with pytest.raises(failure) as trouble:
        await call(bench)
    # Neither the message nor what hangs on the failure may carry a PIN or an authorisation.
    assert trouble.value.__cause__ is None or not isinstance(trouble.value.__cause__, httpx.HTTPError)
    await bench.control("DELETE", "faults")
    assert await call(bench)


async def test_a_slow_service_is_unavailable() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as http:
        with pytest.raises(AgencyUnavailable):
            await SigningService(http, "http://signing", client_id="c", client_secret="s").timestamp(STAMP)


@pytest.mark.parametrize("sent", [b"\x00" * 40, b"{}"])
async def test_a_ca_certificate_is_taken_as_it_is_only_if_it_is_one(sent: bytes) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=sent))) as http:
        service = SigningService(http, "http://signing", client_id="c", client_secret="s")
        with pytest.raises(AgencyProtocolError):
            await service.authority()
