"""Renders, prepares, signs, verifies and stores documents; bytes come in and out of stores, never of histories."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import structlog

from adapters.signing import AuthorisationExpired, AuthorisationRefused, SigningService
from contracts.documents import (
    CertificateRequest,
    DocumentDrafted,
    DocumentSigned,
    ExtractRequest,
    SignatureRejected,
    SignatureRequest,
    SignerRequest,
)
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from documents.signatures import (
    KeptVerdict,
    Prepared,
    Problem,
    Received,
    SignatureDoesNotFit,
    SigningIdentity,
    TimestampRefused,
    Verdict,
    fingerprint,
    finish,
    prepare,
    read,
    verify,
)
from records.documents import DocumentDiffers, DocumentStore, DocumentUnknown, draft_of
from records.edge import Uploads, UploadUnknown
from records.keys import StoredKeys
from records.registers import Certificates, Duty, OfficeEntry, Offices, Signer
from workers.arrears import wall_clock
from workers.authorities import Authorities
from workers.papers import CERTIFICATE, EXTRACT, DraftRequest, Paper, Record
from workers.precedence import Precedence
from workers.sealing_room import SIGNED
from workers.token_pen import TokenPen

FIELD, REASON = "KySo1", "Cấp bản điện tử"
SIGNS = "chair"
"""The role on the duty register that signs for an office."""
UNREADABLE = SignatureRejected(
    problem="signing-unreadable", detail="the signing service's answer cannot be read; nothing was signed"
)
OVER = SignatureRejected(problem="stale-document", detail="the office is over; its successor makes the draft anew")
EXPIRED = {Problem.EXPIRED, Problem.NOT_YET_VALID}
log = structlog.get_logger()


class DocumentRoom:
    """One room for every kind of document."""

    def __init__(
        self,
        *,
        store: DocumentStore,
        uploads: Uploads,
        keys: StoredKeys,
        offices: Offices,
        duty: Duty,
        known: Certificates,
        signing: SigningService,
        authorities: Authorities,
        precedence: Precedence,
        public_url: str,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._store = store
        self._uploads = uploads
        self._keys = keys
        self._offices = offices
        self._duty = duty
        self._known = known
        self._signing = signing
        self._authorities = authorities
        self._precedence = precedence
        self._token_pen = TokenPen(store, known, signing, authorities.trusted)
        self._public_url = public_url
        self._now = now

    # ---- drafts

    async def draft_certificate(self, request: CertificateRequest) -> DocumentDrafted:
        """The birth certificate's next version."""
        return await self._draft(CERTIFICATE, request)

    async def draft_extract(self, request: ExtractRequest) -> DocumentDrafted:
        """The death extract."""
        return await self._draft(EXTRACT, request)

    async def _draft(self, paper: Paper[DraftRequest, Record], request: DraftRequest) -> DocumentDrafted:
        """Render a version and make it ready for whoever signs first; same request, same bytes.

        Its id names its bytes: a turn that died with its worker may have drafted this version from something else.
        """
        dossier, kind = request.case.dossier, paper.kind
        published = self._published_id(dossier, kind, request.version)
        office = await self._offices.get(request.office, request.issued_at)
        if office is None:
            raise LookupError("the issuing office is not in the register")  # a register to be mended; retried meanwhile
        url = f"{self._public_url}/verify/{published}"
        pdf = await asyncio.to_thread(paper.made, request, office, published, url)
        draft = draft_of(published, sha256(pdf).hexdigest())
        digest = await self._store.put(dossier, draft, kind, request.version, pdf)
        drafted = DocumentDrafted(id=draft, kind=kind, version=request.version, sha256=digest)
        on_duty = await self._duty.on_duty(request.office, self._now())
        # For one: nearly always the first signs, and a deputy's draft is made ready within the deputy's own request.
        first = next((each for each in on_duty if each.credential), None)
        if first and first.credential:
            await self._prepare_ahead(dossier, drafted, office, first.person, first.credential, pdf)
        return drafted

    async def _prepare_ahead(
        self, dossier: str, draft: DocumentDrafted, office: OfficeEntry, person: str, credential: str, pdf: bytes
    ) -> None:
        try:
            await self._prepare(dossier, draft, office, person, credential, pdf)
        except (AgencyUnavailable, AgencyProtocolError, RequestRejected) as err:
            # No document waits for the signing service: the draft is made ready when this person signs.
            log.info("signer_not_prepared", dossier=dossier, trouble=type(err).__name__)

    async def prepare_for(self, request: SignerRequest) -> SignatureRejected | None:
        """Make a draft ready for one more person on duty."""
        try:
            return await self._prepare_for(request)
        except (AgencyProtocolError, RequestRejected):
            return UNREADABLE

    async def _prepare_for(self, request: SignerRequest) -> SignatureRejected | None:
        signer = await self._signer(request.office, request.by, self._now())
        if signer is None or (signer.credential is None and request.certificate is None):
            return SignatureRejected(problem="not-on-duty", detail="not on the duty register with a signing credential")
        office = await self._offices.get(request.office, self._now())
        if office is None:
            return OVER
        if signer.credential is None or request.certificate is not None:
            place = office.province_name
            return await self._token_pen.prepare(request, field_name=FIELD, reason=REASON, location=place)
        pdf = (await self._store.get(request.dossier, request.draft.id)).content
        await self._prepare(request.dossier, request.draft, office, request.by, signer.credential, pdf)
        return None

    async def _prepare(
        self,
        dossier: str,
        draft: DocumentDrafted,
        office: OfficeEntry,
        person: str,
        credential: str,
        pdf: bytes,
        *,
        replace: bool = False,
    ) -> None:
        if not replace and await self._store.preparation(dossier, draft.id, person) is not None:
            return
        found = await self._signing.certificate(credential)
        identity = SigningIdentity(certificate=found.certificate, chain=found.chain)
        place = office.province_name
        prepared = await prepare(pdf, identity, field_name=FIELD, reason=REASON, location=place)
        state = prepared.model_dump_json().encode()
        await self._store.put_preparation(
            dossier, draft.id, person, state=state, hash_to_sign=prepared.hash_to_sign, replace=replace
        )

    # ---- signatures

    async def sign(self, request: SignatureRequest) -> DocumentSigned | SignatureRejected:
        """Sign or take the signed file, verify it, store it; repeated, it finds what it stored."""
        try:
            with self._precedence.signing(request.by):
                return await self._sign(request)
        except (AgencyProtocolError, RequestRejected):
            return UNREADABLE

    async def _sign(self, request: SignatureRequest) -> DocumentSigned | SignatureRejected:
        signed = self._published_id(request.dossier, request.draft.kind, request.draft.version)
        signed += SIGNED if request.seal else ""
        if before := await self._before(request, signed):
            return before
        signer = await self._signer(request.office, request.by, self._now())
        if signer is None:
            return SignatureRejected(problem="not-on-duty", detail="not on this office's duty register now")
        if request.credential not in {None, signer.credential}:
            return SignatureRejected(problem="authorisation-refused", detail="the credential is somebody else's")
        made = self._signed_remotely if request.method == "remote" else self._uploaded
        pdf = await (self._token_pen.signed if request.value else made)(request)
        return pdf if isinstance(pdf, SignatureRejected) else await self._accept(request, signed, pdf)

    async def _signed_remotely(self, request: SignatureRequest) -> bytes | SignatureRejected:
        found = await self._store.preparation(request.dossier, request.draft.id, request.by)
        if found is None or request.credential is None or request.token is None:
            return SignatureRejected(problem="stale-document", detail="the document was not made ready for this person")
        prepared = Prepared.model_validate_json(found.state)
        if _lapsed(prepared, self._now()):  # the certificate ended while the document waited
            return await self._prepared_anew(request, request.credential)
        try:
            signature = await self._signing.sign_hash(request.credential, request.token, found.hash_to_sign)
            return await finish(prepared, signature=signature, timestamp=self._signing.timestamp)
        except AuthorisationExpired:
            return SignatureRejected(problem="authorisation-expired", detail="the PIN has to be given again")
        except AuthorisationRefused:
            return SignatureRejected(problem="authorisation-refused", detail="the signing service refused")
        except SignatureDoesNotFit:  # the credential's certificate was renewed since the draft was made ready
            return await self._prepared_anew(request, request.credential)
        except TimestampRefused as err:
            raise AgencyUnavailable("the time-stamping authority refused") from err

    async def _prepared_anew(self, request: SignatureRequest, credential: str) -> SignatureRejected:
        """Make the draft ready under the certificate that the person has now; what they are told of it."""
        office = await self._offices.get(request.office, self._now())
        if office is None:
            return OVER
        pdf = (await self._store.get(request.dossier, request.draft.id)).content
        await self._prepare(request.dossier, request.draft, office, request.by, credential, pdf, replace=True)
        found = await self._store.preparation(request.dossier, request.draft.id, request.by)
        assert found is not None, "it was just prepared"  # noqa: S101
        if _lapsed(Prepared.model_validate_json(found.state), self._now()):
            return SignatureRejected(problem="certificate-expired", detail="the signer's certificate does not hold now")
        return SignatureRejected(problem="stale-document", detail="the signer's certificate changed: sign once more")

    async def _uploaded(self, request: SignatureRequest) -> bytes | SignatureRejected:
        try:
            return await self._uploads.get(request.dossier, request.upload or "")
        except UploadUnknown:
            return SignatureRejected(problem="signature-invalid", detail="no signed file was uploaded")

    async def _accept(self, request: SignatureRequest, signed: str, pdf: bytes) -> DocumentSigned | SignatureRejected:
        unsigned = (await self._store.get(request.dossier, request.draft.id)).content
        verdict = await self._verdict(pdf, unsigned, request.by)
        if not verdict.ok or verdict.signed_at is None:
            return _rejected(verdict)
        if await self._signer(request.office, request.by, verdict.signed_at) is None:
            return SignatureRejected(problem="not-on-duty", detail="not on the duty register when it was signed")
        kept = KeptVerdict(**dict(verdict), by=request.by, office=request.office, method=request.method)
        draft, told = request.draft, kept.model_dump(mode="json")
        try:
            digest = await self._store.put(request.dossier, signed, draft.kind, draft.version, pdf, verdict=told)
        except DocumentDiffers:  # of two attempts that ran at once the first counts
            before = await self._before(request, signed)
            assert before is not None, "other bytes are kept there"  # noqa: S101
            return before
        log.info("document_signed", dossier=request.dossier, document=signed)
        return _signed(request, signed, digest, kept)

    async def _verdict(self, pdf: bytes, unsigned: bytes, person: str) -> Verdict:
        received = await asyncio.to_thread(Received, pdf, unsigned)  # an upload of megabytes stops nobody else
        evidence = await self._authorities.evidence(received.certificates())
        expected = {fingerprint(each) for each in await self._known.of(person)}
        return await verify(received, unsigned=unsigned, evidence=evidence, expected_signers=expected, at=self._now())

    async def _before(self, request: SignatureRequest, signed: str) -> DocumentSigned | None:
        """What was signed under this id already."""
        try:
            stored = await self._store.get(request.dossier, signed)
        except DocumentUnknown:
            return None
        kept = KeptVerdict.model_validate(await self._store.verdict(request.dossier, signed))
        return _signed(request, signed, stored.sha256, kept)

    async def _signer(self, office: str, person: str, at: datetime) -> Signer | None:
        on_duty = await self._duty.on_duty(office, at)
        return next((each for each in on_duty if each.person == person and each.role == SIGNS), None)

    def _published_id(self, dossier: str, kind: str, version: int) -> str:
        """Cannot be guessed: whoever holds the paper's QR code may ask whether it is genuine."""
        return f"{self._keys.search_hash('document', f'{dossier}/{kind}/{version}')}.v{version}"


def _signed(request: SignatureRequest, document: str, digest: str, kept: KeptVerdict) -> DocumentSigned:
    assert kept.signed_at is not None, "a signature without a time is not accepted"  # noqa: S101
    return DocumentSigned(id=document, sha256=digest, signed_at=kept.signed_at, by=kept.by, awaits_seal=request.seal)


def _lapsed(prepared: Prepared, now: datetime) -> bool:
    certificate = read(prepared.identity.certificate)
    return not certificate.not_before <= now <= certificate.not_after


def _rejected(verdict: Verdict) -> SignatureRejected:
    problems = set(verdict.problems)
    if problems == {Problem.REVOCATION_UNKNOWN}:
        raise AgencyUnavailable("the CA does not say whether the certificates still hold")
    told = ", ".join(verdict.problems)
    if Problem.REVOKED in problems:
        return SignatureRejected(problem="certificate-revoked", detail=told)
    if problems & EXPIRED:
        return SignatureRejected(problem="certificate-expired", detail=told)
    return SignatureRejected(problem="signature-invalid", detail=told)
