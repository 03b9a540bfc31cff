"""The signing stand-in: PIN to signature, lock-out, revocation, time-stamps, faults, restart."""

import base64
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asn1crypto import algos, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import ocsp

from sim_agencies.desk import Desk
from sim_agencies.settings import Settings
from sim_agencies.signing.app import create_app
from sim_agencies.signing.authorisations import Authorisation, Authorisations, CscError
from sim_agencies.signing.authority import Authority
from sim_agencies.signing.credentials import Credentials
from sim_agencies.store import Store

ECDSA = "1.2.840.10045.4.3.2"
CLIENT = {"grant_type": "client_credentials", "client_id": "lienthong", "client_secret": "lienthong-local"}
DER = serialization.Encoding.DER
HASH = hashes.Hash(hashes.SHA256()).finalize()
HASH_64 = base64.b64encode(HASH).decode()


class Service:
    """A caller of the stand-in."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self._headers = {"Authorization": f"Bearer {token}"}

    async def csc(self, method: str, **question: Any) -> httpx.Response:
        return await self.http.post(f"/signing/csc/v1/{method}", json=question, headers=self._headers)

    async def issue(self, **wanted: Any) -> dict[str, Any]:
        """A credential of a person whom no other test knows."""
        wanted = {"person": f"person-{uuid4().hex[:8]}"} | wanted
        issued: dict[str, Any] = (await self.http.post("/signing/control/credentials", json=wanted)).json()
        return issued

    async def authorise(self, credential: str, pin: str = "246810", *wanted: str) -> httpx.Response:
        listed = list(wanted) or [HASH_64]
        return await self.csc(
            "credentials/authorize", credentialID=credential, numSignatures=len(listed), hash=listed, PIN=pin
        )

    async def sign(self, credential: str, sad: str, *wanted: str) -> httpx.Response:
        listed = list(wanted) or [HASH_64]
        return await self.csc("signatures/signHash", credentialID=credential, SAD=sad, hash=listed, signAlgo=ECDSA)

    async def standing(self, pem: str, *, by_get: bool = False) -> ocsp.OCSPResponse:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        issuer = x509.load_der_x509_certificate((await self.http.get("/signing/ca/sub.cer")).content)
        question = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
        der = question.public_bytes(DER)
        if by_get:
            answer = await self.http.get(f"/signing/ocsp/{base64.b64encode(der).decode()}")
        else:
            answer = await self.http.post("/signing/ocsp", content=der)
        return ocsp.load_der_ocsp_response(answer.content)


@pytest.fixture
async def service(agencies: httpx.AsyncClient) -> AsyncIterator[Service]:
    granted = await agencies.post("/signing/oauth2/token", data=CLIENT)
    yield Service(agencies, granted.json()["access_token"])
    await agencies.delete("/signing/control/faults")


async def test_a_pin_becomes_a_signature_that_holds(service: Service) -> None:
    sad = (await service.authorise("chair-sample")).json()["SAD"]
    signed = (await service.sign("chair-sample", sad)).json()["signatures"]
    info = (await service.csc("credentials/info", credentialID="chair-sample", certificates="chain")).json()
    chain = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in info["cert"]["certificates"]]
    key = chain[0].public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(signed[0]), HASH, ec.ECDSA(Prehashed(hashes.SHA256())))
    for below, above in pairwise(chain):
        below.verify_directly_issued_by(above)
    assert info["key"]["status"] == "enabled"


async def test_a_lost_answer_is_repeated_not_signed_again(service: Service) -> None:
    sad = (await service.authorise("chair-sample")).json()["SAD"]
    first = await service.sign("chair-sample", sad)
    assert (await service.sign("chair-sample", sad)).json() == first.json()


async def test_a_wrong_pin_counts_down_to_a_lock(service: Service) -> None:
    credential = (await service.issue())["credential_id"]
    for left in (4, 3, 2, 1, 0):
        refused = await service.authorise(credential, "000000")
        assert refused.status_code == 400
        assert (refused.json()["error"], refused.json()["triesLeft"]) == ("invalid_pin", left)
    assert (await service.authorise(credential)).json()["error"] == "credential_locked"
    await service.http.delete(f"/signing/control/credentials/{credential}/lock")
    assert (await service.authorise(credential)).status_code == 200


async def test_the_right_pin_gives_the_tries_back(service: Service) -> None:
    credential = (await service.issue(pin="111111"))["credential_id"]
    await service.authorise(credential, "246810")
    await service.authorise(credential, "111111")
    assert (await service.authorise(credential, "246810")).json()["triesLeft"] == 4


async def test_an_authorisation_is_for_its_hashes_and_credential_alone(service: Service) -> None:
    sad = (await service.authorise("chair-sample")).json()["SAD"]
    other = base64.b64encode(bytes(32)).decode()
    assert (await service.sign("chair-sample", sad, other)).json()["error"] == "unauthorized_hash"
    assert (await service.sign("chair-other", sad)).json()["error"] == "invalid_sad"
    assert (await service.sign("chair-sample", "made-up")).json()["error"] == "invalid_sad"


async def test_one_authorisation_serves_a_batch(service: Service) -> None:
    batch = [base64.b64encode(bytes([number]) * 32).decode() for number in range(50)]
    sad = (await service.authorise("chair-sample", "246810", *batch)).json()["SAD"]
    assert len((await service.sign("chair-sample", sad, *batch)).json()["signatures"]) == 50


def test_an_authorisation_expires_but_what_it_signed_can_be_asked_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "signing.sqlite3")
    credentials = Credentials(store, Authority(store, "http://agencies/signing"))
    chair = credentials.find("chair-sample")
    assert chair
    authorisations, other = Authorisations(store, credentials), base64.b64encode(bytes(32)).decode()
    sad = authorisations.authorise(chair, "246810", (HASH_64, other))
    signed = authorisations.sign(chair, sad, (HASH_64,))
    kept = Authorisation.model_validate_json(store.get("sad", sad) or "")
    store.put("sad", sad, kept.model_copy(update={"expires_at": time.time() - 1}).model_dump_json())
    assert authorisations.sign(chair, sad, (HASH_64,)) == signed
    with pytest.raises(CscError, match="sad_expired"):
        authorisations.sign(chair, sad, (other,))
    store.close()


@pytest.mark.parametrize(
    ("method", "question"),
    [
        ("credentials/info", {"credentialID": "nobody"}),
        ("credentials/authorize", {"credentialID": "chair-sample", "numSignatures": 1, "hash": ["x"], "PIN": "246810"}),
        (
            "credentials/authorize",
            {"credentialID": "chair-sample", "numSignatures": 1, "hash": ["AAAA"], "PIN": "246810"},
        ),
        (
            "credentials/authorize",
            {"credentialID": "chair-sample", "numSignatures": 2, "hash": [HASH_64], "PIN": "246810"},
        ),
        ("credentials/authorize", {"credentialID": "chair-sample", "numSignatures": 0, "hash": [], "PIN": "246810"}),
        ("credentials/authorize", {"credentialID": "chair-sample-token", "numSignatures": 1, "hash": [HASH_64]}),
        ("signatures/signHash", {"credentialID": "chair-sample", "SAD": "x", "hash": [HASH_64], "signAlgo": "1.2.3"}),
    ],
)
async def test_what_makes_no_sense_is_refused(service: Service, method: str, question: dict[str, Any]) -> None:
    refused = await service.csc(method, **question)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


async def test_without_a_token_nothing_is_told(agencies: httpx.AsyncClient) -> None:
    refused = await Service(agencies, "made-up").csc("credentials/list")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    wrong = await agencies.post("/signing/oauth2/token", data=CLIENT | {"client_secret": "x"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    other = await agencies.post("/signing/oauth2/token", data=CLIENT | {"grant_type": "password"})
    assert other.json()["error"] == "unsupported_grant_type"
    assert (await agencies.post("/signing/csc/v1/info")).json()["specs"] == "1.0.4.0"


async def test_a_person_may_have_several_credentials(service: Service) -> None:
    first = await service.issue()
    person = first["person"]
    second = await service.issue(person=person)
    listed = (await service.csc("credentials/list", userID=person)).json()["credentialIDs"]
    assert listed == [first["credential_id"], second["credential_id"]] == [person, f"{person}-2"]


async def test_a_seal_is_authorised_for_our_client_alone_and_without_a_pin(service: Service) -> None:
    seal = {"credentialID": "seal-00070", "numSignatures": 1, "hash": [HASH_64]}
    shown = (await service.csc("credentials/info", credentialID="seal-00070")).json()
    assert (shown["authMode"], shown["PIN"]["presence"], shown["key"]["status"]) == ("implicit", "false", "enabled")
    subject = shown["cert"]["subjectDN"]
    assert "phường Mẫu Một" in subject
    assert "2.5.4.5" not in subject  # a serialNumber would name a person
    sad = (await service.csc("credentials/authorize", **seal)).json()["SAD"]
    assert len((await service.sign("seal-00070", sad)).json()["signatures"]) == 1
    other = base64.b64encode(bytes(32)).decode()
    assert (await service.sign("seal-00070", sad, other)).json()["error"] == "unauthorized_hash"
    stranger = CLIENT | {"client_id": "somebody-else", "client_secret": "somebody-else-local"}
    granted = await service.http.post("/signing/oauth2/token", data=stranger)
    strangers = Service(service.http, granted.json()["access_token"])
    assert (await strangers.csc("credentials/authorize", **seal)).json()["error"] == "access_denied"
    assert (await strangers.sign("seal-00070", sad)).json()["error"] == "access_denied"


async def test_an_office_may_get_a_seal_that_does_not_hold(service: Service) -> None:
    office = uuid4().hex[:5]
    issued = await service.issue(person=office, purpose="seal", validity="expired")
    assert issued["credential_id"] == f"seal-{office}"
    certificate = x509.load_pem_x509_certificate(issued["certificate_pem"].encode())
    assert certificate.not_valid_after_utc < datetime.now(UTC)
    second = await service.issue(person=office, purpose="seal")
    assert second["credential_id"] == f"seal-{office}-2"


async def test_a_revocation_shows_at_once_in_ocsp_and_crl_and_can_be_taken_back(service: Service) -> None:
    issued = await service.issue()
    path = f"/signing/control/credentials/{issued['credential_id']}/revocation"
    good = await service.standing(issued["certificate_pem"])
    assert good.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert good.next_update_utc
    assert good.next_update_utc > datetime.now(UTC)
    await service.http.post(path)
    assert (await service.standing(issued["certificate_pem"])).certificate_status is ocsp.OCSPCertStatus.REVOKED
    revoked = x509.load_der_x509_crl((await service.http.get("/signing/crl/sub.crl")).content)
    assert revoked.get_revoked_certificate_by_serial_number(int(issued["serial"]))
    await service.http.delete(path)
    again = await service.standing(issued["certificate_pem"], by_get=True)
    assert again.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert not list(x509.load_der_x509_crl((await service.http.get("/signing/crl/root.crl")).content))


async def test_what_the_ca_has_not_issued_is_unknown_to_ocsp(service: Service) -> None:
    namesake = await service.issue(by_impostor=True)
    certificate = x509.load_pem_x509_certificate(namesake["certificate_pem"].encode())
    issuer = x509.load_der_x509_certificate((await service.http.get("/signing/ca/sub.cer")).content)
    assert certificate.issuer == issuer.subject
    with pytest.raises(InvalidSignature):
        certificate.verify_directly_issued_by(issuer)
    garbage = await service.http.post("/signing/ocsp", content=b"garbage")
    status = ocsp.load_der_ocsp_response(garbage.content).response_status
    assert status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


async def test_a_token_has_a_key_of_its_own(service: Service) -> None:
    token = (await service.http.get("/signing/control/credentials/chair-sample/token-key")).json()
    certificate = x509.load_pem_x509_certificate(token["certificate_pem"].encode())
    key = serialization.load_pem_private_key(token["private_key_pem"].encode(), None)
    assert key.public_key() == certificate.public_key()
    remote = (await service.http.get("/signing/control/credentials/chair-sample")).json()
    assert remote["certificate_pem"] != token["certificate_pem"]
    shown = x509.load_pem_x509_certificate(remote["certificate_pem"].encode())
    assert shown.subject == certificate.subject
    assert len(x509.load_pem_x509_certificates(token["chain_pem"].encode())) == 2
    assert (await service.standing(token["certificate_pem"])).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert (await service.http.get("/signing/control/credentials/nobody")).status_code == 404


def a_stamp_request(hashed: bytes = HASH, algorithm: str = "sha256") -> bytes:
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}), "hashed_message": hashed}
    return bytes(tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": 7, "cert_req": True}).dump())


async def test_a_time_stamp_repeats_what_was_asked(service: Service) -> None:
    answer = await service.http.post("/signing/tsa", content=a_stamp_request())
    assert answer.headers["content-type"] == "application/timestamp-reply"
    token = tsp.TimeStampResp.load(answer.content)["time_stamp_token"]["content"]
    stated = token["encap_content_info"]["content"].parsed.native
    assert stated["message_imprint"]["hashed_message"] == HASH
    assert stated["nonce"] == 7
    assert len(token["certificates"]) == 2


@pytest.mark.parametrize("request_der", [b"garbage", a_stamp_request(b"short"), a_stamp_request(bytes(20), "sha1")])
async def test_a_bad_stamp_request_is_rejected(service: Service, request_der: bytes) -> None:
    answer = await service.http.post("/signing/tsa", content=request_der)
    status = core.Sequence.load(answer.content)[0].native
    assert status["0"] == 2


@pytest.mark.parametrize("path", ["/signing/ocsp", "/signing/tsa", "/signing/csc/v1/info"])
async def test_faults_hit_every_service(service: Service, path: str) -> None:
    await service.http.put("/signing/control/faults", json={"down": True})
    assert (await service.http.post(path, content=b"")).status_code == 503
    await service.http.put("/signing/control/faults", json={"error_rate": 1.0})
    assert (await service.http.post(path, content=b"")).status_code == 500
    await service.http.put("/signing/control/faults", json={"malformed_rate": 1.0})
    assert not (await service.http.post(path, content=b"")).headers["content-type"].startswith("application/ocsp")


async def test_a_restart_is_the_same_authority(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        desk = Desk("signing", Settings(state_dir=tmp_path))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(desk)), base_url="http://signing"
        ) as http:
            root = (await http.get("/ca/root.cer")).content
            seen.append((root, (await http.get("/control/credentials/chair-sample")).json()))
        desk.store.close()
    assert seen[0] == seen[1]
