"""Signing with a token of one's own in two halves: the room prepares and finishes, the token signs a hash elsewhere."""

import base64
from collections.abc import Awaitable, Callable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from adapters.signing import SigningService
from contracts.documents import SignatureRejected, SignatureRequest, SignerRequest
from contracts.failures import AgencyUnavailable
from documents.signatures import (
    Prepared,
    SignatureDoesNotFit,
    SigningIdentity,
    TimestampRefused,
    fingerprint,
    finish,
    prepare,
)
from records.documents import DocumentStore, with_token
from records.registers import Certificates

METHOD = "token"
Authorities = Callable[[], Awaitable[tuple[Sequence[bytes], Sequence[bytes]]]]
"""Trusted roots and the issuers below them, DER."""


class TokenPen:
    """Between the halves nothing is held open: hours may pass, and another process may finish."""

    def __init__(
        self, store: DocumentStore, known: Certificates, signing: SigningService, authorities: Authorities
    ) -> None:
        self._store = store
        self._known = known
        self._signing = signing
        self._authorities = authorities

    async def prepare(
        self, request: SignerRequest, *, field_name: str, reason: str, location: str
    ) -> SignatureRejected | None:
        """Make a draft ready for the certificate that the request names; the first preparation stays."""
        registered = await self._known.of(request.by, METHOD)
        certificate = next((der for der in registered if fingerprint(der) == request.certificate), None)
        if certificate is None:
            return SignatureRejected(problem="certificate-unknown", detail="no such token certificate is registered")
        pdf = await self._store.content(request.dossier, request.draft.id)
        identity = SigningIdentity(certificate=certificate, chain=await self._chain(certificate))
        prepared = await prepare(pdf, identity, field_name=field_name, reason=reason, location=location)
        place = with_token(request.by, fingerprint(certificate))
        state, hash_to_sign = prepared.model_dump_json().encode(), prepared.hash_to_sign
        await self._store.put_preparation(
            request.dossier, request.draft.id, place, state=state, hash_to_sign=hash_to_sign
        )
        return None

    async def signed(self, request: SignatureRequest) -> bytes | SignatureRejected:
        """The draft with what the token gave, under whichever of the person's certificates fits, and a time-stamp."""
        signature, ready = base64.b64decode(request.value or ""), await self._ready(request)
        if not ready:
            return SignatureRejected(problem="stale-document", detail="the document was not made ready for this token")
        for prepared in ready:
            try:
                return await finish(prepared, signature=signature, timestamp=self._signing.timestamp)
            except SignatureDoesNotFit:
                continue
            except TimestampRefused as err:
                raise AgencyUnavailable("the time-stamping authority refused") from err
        return SignatureRejected(problem="signature-invalid", detail="the value does not sign the prepared hash")

    async def _ready(self, request: SignatureRequest) -> list[Prepared]:
        places = [with_token(request.by, fingerprint(der)) for der in await self._known.of(request.by, METHOD)]
        found = [await self._store.preparation(request.dossier, request.draft.id, place) for place in places]
        return [Prepared.model_validate_json(each.state) for each in found if each]

    async def _chain(self, certificate: bytes) -> tuple[bytes, ...]:
        """The trusted issuers above a certificate, nearest first; none above one that nobody of them has issued."""
        roots, issuers = await self._authorities()
        last, chain = certificate, list[bytes]()
        while issuer := next((each for each in (*issuers, *roots) if each != last and _issued(last, each)), None):
            chain.append(issuer)
            last = issuer
        return tuple(chain)


def _issued(certificate: bytes, issuer: bytes) -> bool:
    try:
        child, parent = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer)
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
