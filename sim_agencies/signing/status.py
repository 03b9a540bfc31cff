"""Whether certificates still hold: OCSP (RFC 6960), CRLs (RFC 5280), and the CA's own certificates."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from fastapi import APIRouter, Request, Response

from sim_agencies import trouble
from sim_agencies.desk import Desk
from sim_agencies.signing.authority import Authority, Holder
from sim_agencies.signing.credentials import Credentials

# Short, so that a revocation is seen soon by those who reuse answers while they are fresh.
OCSP_LIFETIME = timedelta(seconds=5)
CRL_LIFETIME = timedelta(hours=1)
OCSP_ANSWER, CRL, CERTIFICATE = "application/ocsp-response", "application/pkix-crl", "application/pkix-cert"


class StatusDesk:
    """Makes the answers."""

    def __init__(self, authority: Authority, credentials: Credentials) -> None:
        self.authority = authority
        self._credentials = credentials

    def about(self, request: bytes) -> bytes:
        """The answer about one certificate of the issuing CA; what it has not issued is unknown."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
        except ValueError:
            refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
            return refusal.public_bytes(serialization.Encoding.DER)
        now, responder = datetime.now(UTC).replace(microsecond=0), self.authority.responder
        status, revoked_at = self._standing(asked)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=asked.hash_algorithm,
                cert_status=status,
                this_update=now,
                next_update=now + OCSP_LIFETIME,
                revocation_time=revoked_at,
                revocation_reason=x509.ReasonFlags.key_compromise if revoked_at else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            .certificates([responder.certificate])
        )
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(responder.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _standing(self, asked: ocsp.OCSPRequest) -> tuple[ocsp.OCSPCertStatus, datetime | None]:
        if asked.issuer_key_hash != _key_hash(self.authority.trusted.issuing, asked.hash_algorithm):
            return ocsp.OCSPCertStatus.UNKNOWN, None
        if asked.serial_number == self.authority.tsa.certificate.serial_number:
            return ocsp.OCSPCertStatus.GOOD, None
        credential = self._credentials.by_serial(asked.serial_number)
        if credential is None:
            return ocsp.OCSPCertStatus.UNKNOWN, None
        if credential.revoked_at:
            return ocsp.OCSPCertStatus.REVOKED, credential.revoked_at
        return ocsp.OCSPCertStatus.GOOD, None

    def revoked_by(self, issuer: Holder, *, with_revoked: bool) -> bytes:
        """The list of what an issuer has revoked; the root has revoked nothing."""
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now)
            .next_update(now + CRL_LIFETIME)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        for credential in self._credentials.revoked() if with_revoked else []:
            revoked = x509.RevokedCertificateBuilder().serial_number(int(credential.serial))
            builder = builder.add_revoked_certificate(revoked.revocation_date(credential.revoked_at or now).build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def status_router(desk: Desk, status: StatusDesk) -> APIRouter:
    """`/ocsp`, `/crl/…`, `/ca/…`: what relying parties ask."""
    router = APIRouter(tags=["status"])
    chain = status.authority.trusted

    @router.post("/ocsp")
    async def ocsp_post(request: Request) -> Response:
        """OCSP over POST."""
        async with desk.exchange("ocsp"):
            answer = status.about(await request.body())
        return Response(answer, media_type=OCSP_ANSWER)

    @router.get("/ocsp/{encoded:path}")
    async def ocsp_get(encoded: str) -> Response:
        """OCSP over GET (RFC 6960, appendix A.1)."""
        async with desk.exchange("ocsp"):
            try:
                asked = base64.b64decode(encoded, validate=True)
            except binascii.Error as broken:
                raise trouble.NotAcceptable("không phải base64") from broken
            answer = status.about(asked)
        return Response(answer, media_type=OCSP_ANSWER)

    @router.get("/crl/{issuer}.crl")
    async def crl(issuer: str) -> Response:
        """The root's list (`root.crl`) or the issuing CA's (`sub.crl`)."""
        async with desk.exchange("crl"):
            answer = status.revoked_by(_named(issuer, chain.root, chain.issuing), with_revoked=issuer == "sub")
        return Response(answer, media_type=CRL)

    @router.get("/ca/{issuer}.cer")
    async def certificate(issuer: str) -> Response:
        """The root's certificate (`root.cer`) or the issuing CA's (`sub.cer`), DER."""
        async with desk.exchange("certificate"):
            answer = _named(issuer, chain.root, chain.issuing).der
        return Response(answer, media_type=CERTIFICATE)

    return router


def _named(issuer: str, root: Holder, issuing: Holder) -> Holder:
    found = {"root": root, "sub": issuing}.get(issuer)
    if found is None:
        raise trouble.NotThere("không tồn tại")
    return found


def _key_hash(issuer: Holder, algorithm: hashes.HashAlgorithm) -> bytes:
    """The issuer's key as OCSP names it: a hash over the bare bits of the public key."""
    bits = issuer.key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    digest = hashes.Hash(algorithm)
    digest.update(bits)
    return digest.finalize()
