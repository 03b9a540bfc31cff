"""OCSP answers and CRLs, asked of the configured responder and reused while fresh."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from contracts.failures import AgencyProtocolError

# Responders may call an answer fresh for days; a revocation is to be seen sooner than that.
LONGEST_REUSE_S = 60.0
MOST_ANSWERS = 1_000


@dataclass(frozen=True, slots=True)
class Revocation:
    """Answers in DER, as a verification takes them."""

    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]


class Fetch(Protocol):
    """Sends one request and gives the body; raises the adapter's failures."""

    def __call__(self, method: str, url: str, content: bytes | None = None, media_type: str = "") -> Awaitable[bytes]:
        """Send it."""


class RevocationAnswers:
    """People's and time-stamps' certificates are asked about by OCSP, CA certificates by the root's CRL."""

    def __init__(self, fetch: Fetch, base_url: str) -> None:
        self._fetch = fetch
        self._base = base_url
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def about(self, certificates: Iterable[bytes], issuers: Sequence[bytes]) -> Revocation:
        """Answers for what the issuers signed; anything else is passed over and will not be trusted anyway."""
        known = [x509.load_der_x509_certificate(issuer) for issuer in issuers]
        ocsps, crls = [], []
        for certificate in dict.fromkeys([*certificates, *issuers]):
            subject = _parsed(certificate)
            issuer = subject and next((one for one in known if _issued(subject, one)), None)
            if subject is None or issuer is None or subject.subject == subject.issuer:
                continue
            if _is_ca(subject):
                crls.append(await self._crl())
            else:
                ocsps.append(await self._ocsp(subject, issuer))
        return Revocation(tuple(ocsps), tuple(dict.fromkeys(crls)))

    async def _ocsp(self, subject: x509.Certificate, issuer: x509.Certificate) -> bytes:
        async def ask() -> tuple[bytes, datetime | None]:
            question = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, hashes.SHA256()).build()
            der = question.public_bytes(serialization.Encoding.DER)
            answer = await self._fetch("POST", f"{self._base}/ocsp", der, "application/ocsp-request")
            return answer, _answered(answer, subject)

        return await self._fresh(subject.fingerprint(hashes.SHA256()).hex(), ask)

    async def _crl(self) -> bytes:
        async def ask() -> tuple[bytes, datetime | None]:
            answer = await self._fetch("GET", f"{self._base}/crl/root.crl")
            try:
                return answer, x509.load_der_x509_crl(answer).next_update_utc
            except ValueError as broken:
                raise AgencyProtocolError("the revocation list cannot be read") from broken

        return await self._fresh("root.crl", ask)

    async def _fresh(self, key: str, ask: Callable[[], Awaitable[tuple[bytes, datetime | None]]]) -> bytes:
        kept = self._kept.get(key)
        if kept and kept[1] > time.monotonic():
            return kept[0]
        answer, until = await ask()
        fresh_s = (until - datetime.now(UTC)).total_seconds() if until else 0.0
        self._kept[key] = answer, time.monotonic() + min(fresh_s, LONGEST_REUSE_S)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_ANSWERS:
            self._kept.popitem(last=False)
        return answer


def _answered(answer: bytes, subject: x509.Certificate) -> datetime | None:
    """Until when a good answer about this certificate is fresh; no other is kept, for it may be mended."""
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        if response.serial_number != subject.serial_number:
            raise AgencyProtocolError("the OCSP answer is about another certificate")
        if response.certificate_status is not ocsp.OCSPCertStatus.GOOD:
            return None
    except ValueError as broken:
        raise AgencyProtocolError("the OCSP answer cannot be read") from broken
    return response.next_update_utc


def _parsed(certificate: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(certificate)
    except ValueError:
        return None


def _issued(subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
