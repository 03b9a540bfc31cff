"""Signing and verifying in one import: `prepare` → someone signs `hash_to_sign` → `finish` → `verify`."""

from contracts.verdicts import CertificateFacts, KeptVerdict, Level, Problem, Verdict
from documents.embedded import Received
from documents.preparing import Prepared, SignatureDoesNotFit, Timestamp, TimestampRefused, finish, prepare
from documents.proof import Proof
from documents.trust import Evidence, NotACertificate, SigningIdentity, fingerprint, read
from documents.verifying import long_term, verify

__all__ = [
    "CertificateFacts",
    "Evidence",
    "KeptVerdict",
    "Level",
    "NotACertificate",
    "Prepared",
    "Problem",
    "Proof",
    "Received",
    "SignatureDoesNotFit",
    "SigningIdentity",
    "Timestamp",
    "TimestampRefused",
    "Verdict",
    "fingerprint",
    "finish",
    "long_term",
    "prepare",
    "read",
    "verify",
]
