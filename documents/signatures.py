"""Signing and verifying in one import: `prepare` → someone signs `hash_to_sign` → `finish` → `verify`."""

from documents.embedded import Received
from documents.preparing import Prepared, SignatureDoesNotFit, Timestamp, TimestampRefused, finish, prepare
from documents.trust import CertificateFacts, Evidence, NotACertificate, SigningIdentity, fingerprint
from documents.verdicts import Level, Problem, Verdict
from documents.verifying import verify

__all__ = [
    "CertificateFacts",
    "Evidence",
    "Level",
    "NotACertificate",
    "Prepared",
    "Problem",
    "Received",
    "SignatureDoesNotFit",
    "SigningIdentity",
    "Timestamp",
    "TimestampRefused",
    "Verdict",
    "fingerprint",
    "finish",
    "prepare",
    "verify",
]
