"""What a verification of a signed document found: kept with the document, and told to whoever may see it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, computed_field

from contracts.base import Instant


class Problem(StrEnum):
    """Why a signed document is not accepted."""

    NOT_A_SIGNATURE = "not-a-signature"
    """No PDF that can be read, or one without a signature."""
    SEVERAL_SIGNATURES = "several-signatures"
    OTHER_DOCUMENT = "other-document"
    """It does not begin with the bytes that were given out for signing: another document, or an older version."""
    OTHER_CHANGES = "other-changes"
    """It begins with our bytes, but what was appended changes more than adding a signature."""
    TAMPERED = "tampered"
    NOT_WHOLE_FILE = "not-whole-file"
    """There is something in the file that the signature does not cover."""
    NOT_PADES = "not-pades"
    """Signed in an older form (adbe.pkcs7.*), which does not bind the signer's certificate."""
    UNTRUSTED_CHAIN = "untrusted-chain"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation-unknown"
    """No fresh OCSP or CRL answer for a certificate (signer's, issuer's or time-stamp's): ask for it, verify again."""
    WRONG_SIGNER = "wrong-signer"
    TIMESTAMP_MISSING = "timestamp-missing"
    TIMESTAMP_IN_FUTURE = "timestamp-in-future"
    TIMESTAMP_INVALID = "timestamp-invalid"


class Level(StrEnum):
    """PAdES baseline levels (ETSI EN 319 142-1) that are told apart here."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    """With proof in the document itself: certificates and what the CAs said of them."""


class RevocationSource(StrEnum):
    OCSP = "ocsp"
    CRL = "crl"


class Told(BaseModel):
    """Read again long after it was written: fields may come and go."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CertificateFacts(Told):
    """One certificate, read. The serial is decimal text, the fingerprint SHA-256 in hex."""

    subject: str
    common_name: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: Instant
    not_after: Instant
    ocsp_url: str | None
    crl_url: str | None


class RevocationAnswer(Told):
    """What a CA said of certificates, and until when that counts; `serial`: of the one that OCSP was asked about."""

    source: RevocationSource
    by: str
    serial: str | None = None
    status: str | None = None
    answered_at: Instant
    fresh_until: Instant | None


class TimeStamp(Told):
    """Who vouches that the signature existed, and since when."""

    at: Instant
    authority: CertificateFacts


class Verdict(Told):
    """The outcome of one verification; `ok` is the only road to acceptance, the rest explains it."""

    problems: tuple[Problem, ...]
    sha256: str
    """Of the whole file, lower-case hex."""
    intact: bool = False
    whole_file: bool = False
    trusted: bool = False
    """Chain to a trusted root, valid at the moment of verification, no certificate revoked and all answers at hand."""
    signer: CertificateFacts | None = None
    chain: tuple[CertificateFacts, ...] = ()
    """The signer's issuers up to the trusted root, nearest first."""
    revocation: tuple[RevocationAnswer, ...] = ()
    """Everything that the verification relied on."""
    timestamp: TimeStamp | None = None
    """As found in the document, also where it is not valid."""
    signed_at: Instant | None = None
    """The time in the time-stamp, once that is valid."""
    verified_at: Instant | None = None
    level: Level | None = None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether the document may be accepted."""
        return not self.problems


class KeptVerdict(Verdict):
    """A verdict kept with its document: `by`, who is on `office`'s duty register, signed in this way."""

    by: str
    office: str | None = None
    method: str | None = None
    seal: Verdict | None = None
    """On the office's seal, which lies over the signature; its `sha256` is that of the published file."""
