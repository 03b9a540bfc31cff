"""Is this the document that we gave out, signed by whom we expect, with a certificate that was good?

The answer is a verdict, never an exception. Three traps of pyHanko's defaults are closed here: without required
revocation answers a revoked signer passes; with anything less than full coverage appended bytes pass; and a good chain
says nothing of who signed.
"""

import hashlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import x509
from cryptography.x509 import load_der_x509_crl
from cryptography.x509.ocsp import load_der_ocsp_response
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureStatus
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from contracts.verdicts import CertificateFacts, Level, Problem, TimeStamp, Verdict
from documents import additions, coverage, revocation, trust
from documents.embedded import Received
from documents.proof import Proof
from documents.trust import Evidence

# Clocks of signing service, time-stamping authority and this machine may differ by this much.
CLOCK_SKEW = timedelta(seconds=10)
_PADES = "/ETSI.CAdES.detached"
_REVOKED = (AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE)
_UNCLEAR = (AdESIndeterminate.TRY_LATER, AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE)
_NO_CHAIN = AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND

# pyHanko logs subjects of certificates with its warnings: names of people, which no log of ours may hold.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


async def verify(
    received: Received,
    *,
    unsigned: bytes | None,
    evidence: Evidence,
    expected_signers: Collection[str],
    at: datetime | None = None,
    over: Proof | None = None,
) -> Verdict:
    """Judge what was received at an instant (aware; now by default). Never raises for what stands in it.

    `unsigned`: the bytes that were given out for signing, None only where they are not kept. `expected_signers`:
    fingerprints (`trust.fingerprint`) of every certificate by which the right person may have signed. `over`: judge an
    office's seal, which comes second: over the signer's signature, and over this proof laid under it. Raises
    NotACertificate when `evidence`, which is ours, holds a broken certificate.
    """
    court = _Court(evidence, at or datetime.now(UTC))
    sha256 = hashlib.sha256(received.pdf).hexdigest()
    wanted, found = 1 if over is None else 2, len(received.signatures)
    if found != wanted:
        problem = Problem.SEVERAL_SIGNATURES if found > wanted else Problem.NOT_A_SIGNATURE
        return Verdict(sha256=sha256, problems=(problem,))
    try:
        claim = _Claim(received.pdf, sha256, unsigned, expected_signers, over)
        return await _judge(received.signatures[-1], claim, court)
    except Exception:  # noqa: BLE001 - a hostile upload makes parsers fail in any way; each of them means "cannot be read"
        return Verdict(sha256=sha256, problems=(Problem.NOT_A_SIGNATURE,))


@dataclass(frozen=True)
class _Claim:
    """What is claimed to be the signed form of what, by whom."""

    pdf: bytes
    sha256: str
    unsigned: bytes | None
    expected_signers: Collection[str]
    proof: Proof | None


class _Court:
    """The evidence, parsed once, and the moment for which is judged."""

    def __init__(self, evidence: Evidence, moment: datetime) -> None:
        self.moment = moment
        self._roots = [trust.load(root) for root in evidence.roots]
        self._others = [trust.load(issuer) for issuer in evidence.intermediates]
        self._ocsps = [der for der in evidence.ocsps if _reads(load_der_ocsp_response, der)]
        self._crls = [der for der in evidence.crls if _reads(load_der_x509_crl, der)]
        self.answers = revocation.answers(self._ocsps, self._crls)

    def context(self, *, with_answers: bool = True) -> ValidationContext:
        """A fresh validation context; nothing is ever fetched, and answers are required unless left out on purpose."""
        return ValidationContext(
            trust_roots=self._roots,
            other_certs=self._others,
            ocsps=self._ocsps if with_answers else (),
            crls=self._crls if with_answers else (),
            moment=self.moment,
            allow_fetching=False,
            revocation_mode="require" if with_answers else "soft-fail",
            time_tolerance=CLOCK_SKEW,
        )

    async def problems_of(self, status: SignatureStatus, embedded: list[x509.Certificate]) -> list[Problem]:
        """Why the chain of a signature or time-stamp is not good; empty when it is."""
        # Not `status.trusted`: that also says no when the content was changed, whatever the chain.
        if status.trust_problem_indic is None and status.validation_path is not None:
            return []
        if status.trust_problem_indic in _REVOKED:
            return [Problem.REVOKED]
        dates = self._date_problems(status.signing_cert)
        if status.trust_problem_indic is _NO_CHAIN:
            return [*dates, Problem.UNTRUSTED_CHAIN]
        if dates:
            return dates
        if status.trust_problem_indic not in _UNCLEAR:
            return [Problem.UNTRUSTED_CHAIN]
        # pyHanko says "general failure" both of a bad path and of a good one without revocation answers.
        good_otherwise = await self._holds_without_answers(status.signing_cert, embedded)
        return [Problem.REVOCATION_UNKNOWN if good_otherwise else Problem.UNTRUSTED_CHAIN]

    def _date_problems(self, certificate: x509.Certificate) -> list[Problem]:
        if certificate.not_valid_after < self.moment:
            return [Problem.EXPIRED]
        if certificate.not_valid_before > self.moment:
            return [Problem.NOT_YET_VALID]
        return []

    async def _holds_without_answers(self, certificate: x509.Certificate, embedded: list[x509.Certificate]) -> bool:
        validator = CertificateValidator(certificate, embedded, validation_context=self.context(with_answers=False))
        try:
            await validator.async_validate_path()
        except (PathError, ValidationError):
            return False
        return True


async def _judge(signature: EmbeddedPdfSignature, claim: _Claim, court: _Court) -> Verdict:
    status = await async_validate_pdf_signature(signature, court.context(), skip_diff=True)
    intact = bool(status.intact and status.valid)
    whole = coverage.covers_whole_file(claim.pdf, signature.byte_range, signature.pkcs7_content)
    pades = signature.sig_object.get("/SubFilter") == _PADES
    signer = trust.facts(status.signing_cert)
    embedded = list(signature.other_embedded_certs)
    # A signature that is not by this certificate's key needs no word about its chain.
    chain = await court.problems_of(status, embedded) if status.valid else []
    stamp = await _timestamp_problems(status, embedded, court)
    problems = [
        *_document_problems(claim, signature.reader),
        *([] if intact else [Problem.TAMPERED]),
        *([] if whole else [Problem.NOT_WHOLE_FILE]),
        *([] if pades else [Problem.NOT_PADES]),
        *chain,
        *([] if signer.fingerprint in claim.expected_signers else [Problem.WRONG_SIGNER]),
        *stamp,
    ]
    signed_at = None if stamp or status.timestamp_validity is None else status.timestamp_validity.timestamp
    return Verdict(
        problems=tuple(dict.fromkeys(problems)),
        sha256=claim.sha256,
        intact=intact,
        whole_file=whole,
        trusted=bool(status.valid and not chain),
        signer=signer,
        chain=_issuers(status),
        revocation=court.answers,
        timestamp=_timestamp(status),
        signed_at=signed_at,
        verified_at=court.moment,
        level=_level(signer, status.timestamp_validity, signed_at, claim.proof) if pades else None,
    )


def _level(
    signer: CertificateFacts, stamp: SignatureStatus | None, signed_at: datetime | None, proof: Proof | None
) -> Level:
    if signed_at is None or stamp is None:
        return Level.B_B
    return long_term(signer, trust.facts(stamp.signing_cert), signed_at, proof)


def long_term(signer: CertificateFacts, authority: CertificateFacts, at: datetime, proof: Proof | None) -> Level:
    """B-LT where the document holds proof for both chains as they stood when it was signed, else B-T."""
    leaves = (signer.fingerprint, authority.fingerprint)
    return Level.B_LT if proof and all(proof.vouches(leaf, at) for leaf in leaves) else Level.B_T


def _issuers(status: SignatureStatus) -> tuple[CertificateFacts, ...]:
    if status.validation_path is None:
        return ()
    _, *issuers = reversed(list(status.validation_path.iter_certs(include_root=True)))
    return tuple(trust.facts(issuer) for issuer in issuers)


def _timestamp(status: PdfSignatureStatus) -> TimeStamp | None:
    stamp = status.timestamp_validity
    return TimeStamp(at=stamp.timestamp, authority=trust.facts(stamp.signing_cert)) if stamp else None


def _document_problems(claim: _Claim, signed: PdfFileReader) -> list[Problem]:
    if claim.unsigned is None:
        return []
    if not claim.pdf.startswith(claim.unsigned):
        return [Problem.OTHER_DOCUMENT]
    return [] if additions.adds_only_a_signature(claim.unsigned, signed, claim.proof) else [Problem.OTHER_CHANGES]


async def _timestamp_problems(
    status: PdfSignatureStatus, embedded: list[x509.Certificate], court: _Court
) -> list[Problem]:
    stamp = status.timestamp_validity
    if stamp is None:
        return [Problem.TIMESTAMP_MISSING]
    # The token vouches for a time at which the signer's certificate held; it cannot come from the future.
    signed = status.signing_cert
    plausible = signed.not_valid_before - CLOCK_SKEW <= stamp.timestamp <= signed.not_valid_after + CLOCK_SKEW
    if not (stamp.intact and stamp.valid and plausible):
        return [Problem.TIMESTAMP_INVALID]
    if stamp.timestamp > court.moment + CLOCK_SKEW:
        return [Problem.TIMESTAMP_IN_FUTURE]
    chain = await court.problems_of(stamp, embedded)
    return [problem if problem is Problem.REVOCATION_UNKNOWN else Problem.TIMESTAMP_INVALID for problem in chain]


def _reads(load: Callable[[bytes], object], der: bytes) -> bool:
    """An answer that cannot be read is no answer."""
    try:
        load(der)
    except ValueError:
        return False
    return True
