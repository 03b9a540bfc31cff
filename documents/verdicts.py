"""What a verification says: every problem by its name, so that a clerk is told which one it is."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from documents.trust import CertificateFacts


class Problem(StrEnum):
    """Why a signed document is not accepted."""

    NOT_A_SIGNATURE = "not-a-signature"
    """No PDF that can be read, or one without a signature."""
    SEVERAL_SIGNATURES = "several-signatures"
    OTHER_DOCUMENT = "other-document"
    """It does not begin with the bytes that were given out for signing."""
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
    TIMESTAMP_INVALID = "timestamp-invalid"


class Level(StrEnum):
    """PAdES baseline levels (ETSI EN 319 142-1) that are told apart here."""

    B_B = "B-B"
    B_T = "B-T"


class Verdict(BaseModel):
    """The outcome of one verification; `ok` is the only road to acceptance, the rest explains it. Instants are UTC."""

    model_config = ConfigDict(frozen=True)

    problems: tuple[Problem, ...]
    sha256: str
    """Of the whole file, lower-case hex."""
    intact: bool = False
    whole_file: bool = False
    trusted: bool = False
    """Chain to a trusted root, valid at the moment of verification, no certificate revoked and all answers at hand."""
    signer: CertificateFacts | None = None
    signed_at: datetime | None = None
    """The time in the time-stamp, once that is valid."""
    level: Level | None = None

    @property
    def ok(self) -> bool:
        """Whether the document may be accepted."""
        return not self.problems
