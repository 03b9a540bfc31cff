"""The time-stamping authority (RFC 3161): a signed statement that a hash existed at a time."""

import functools
import hashlib
import secrets
from datetime import UTC, datetime
from typing import TypeVar

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter, Request, Response

from sim_agencies.desk import Desk
from sim_agencies.signing.authority import Authority, Holder

ANSWER = "application/timestamp-reply"
POLICY = "1.3.6.1.4.1.99999.1.1"
DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}
Built = TypeVar("Built", bound=core.Asn1Value)


class _Rejection(core.Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """A response without token: asn1crypto 1.5 takes the token for mandatory, RFC 3161 does not."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012 - asn1crypto's way


def timestamp_router(desk: Desk, authority: Authority) -> APIRouter:
    """`/tsa`."""
    router = APIRouter(tags=["time-stamp"])

    @router.post("/tsa")
    async def stamp(request: Request) -> Response:
        """A time-stamp token over the hash in the request."""
        async with desk.exchange("tsa"):
            answer = answer_to(await request.body(), authority.tsa, [authority.trusted.issuing.der], datetime.now(UTC))
        return Response(answer, media_type=ANSWER)

    return router


def answer_to(request: bytes, tsa: Holder, issuers: list[bytes], now: datetime) -> bytes:
    """The response (DER) to a request (DER); `now` is aware."""
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        imprint = asked["message_imprint"]
        algorithm, hashed = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        _ = asked.native
    except (ValueError, TypeError, KeyError):
        return _refusal("bad_data_format")
    if DIGESTS.get(algorithm) != len(hashed):
        return _refusal("bad_alg")
    info = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": imprint,
        "serial_number": int.from_bytes(secrets.token_bytes(16)),
        "gen_time": now,
        "accuracy": {"seconds": 1},
        "ordering": False,
    }
    if asked["nonce"].native is not None:
        info["nonce"] = asked["nonce"].native
    certificates = [tsa.der, *issuers] if asked["cert_req"].native else []
    token = _signed(tsp.TSTInfo(info), tsa, certificates)
    response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
    return bytes(response.dump())


def _refusal(reason: str) -> bytes:
    return bytes(_Rejection({"status": {"status": "rejection", "fail_info": {reason}}}).dump())


def _signed(info: tsp.TSTInfo, tsa: Holder, certificates: list[bytes]) -> cms.ContentInfo:
    """Wrap the statement into CMS SignedData with ESSCertIDv2 (RFC 5816), which names the signing certificate."""
    certificate, content = _loaded(tsa.der), info.dump()
    attributes = _settled(
        cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("message_digest", hashlib.sha256(content).digest()),
                _attribute(
                    "signing_certificate_v2",
                    tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(tsa.der).digest()}]}),
                ),
            ]
        )
    )
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number}),
        ),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "signed_attrs": attributes,
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        "signature": tsa.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
    }
    signed = {
        "version": "v3",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
        "signer_infos": [_settled(cms.SignerInfo(signer))],
    }
    if certificates:
        signed["certificates"] = [_loaded(der) for der in certificates]
    return cms.ContentInfo({"content_type": "signed_data", "content": _settled(cms.SignedData(signed))})


@functools.lru_cache(maxsize=16)
def _loaded(der: bytes) -> x509.Certificate:
    """Few certificates, and what asn1crypto has once worked out it remembers."""
    return x509.Certificate.load(der)


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return _settled(cms.CMSAttribute({"type": kind, "values": [value]}))


def _settled(built: Built) -> Built:
    """As if read: what asn1crypto has built it encodes anew for each level above, what it has read it keeps."""
    read: Built = type(built).load(built.dump())
    return read
