"""Certificates and evidence: what a caller must know of them to fetch revocation answers and to name the signer."""

import functools
import hashlib

import cryptography.x509
from asn1crypto import x509
from pydantic import BaseModel, ConfigDict

from contracts.verdicts import CertificateFacts


class NotACertificate(Exception):
    """The bytes are no X.509 certificate in DER."""


class SigningIdentity(BaseModel):
    """Whose signature is asked for: the signer's certificate and the issuers above it, each in DER, nearest first."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    certificate: bytes
    chain: tuple[bytes, ...] = ()


class Evidence(BaseModel):
    """What a verification may rely on; nothing else is fetched. All DER."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


def facts(certificate: x509.Certificate) -> CertificateFacts:
    """A certificate in words."""
    names = certificate.subject.native
    crl_points = certificate.crl_distribution_points
    return CertificateFacts(
        subject=certificate.subject.human_friendly,
        common_name=str(names.get("common_name", "")),
        issuer=certificate.issuer.human_friendly,
        serial=str(certificate.serial_number),
        fingerprint=certificate.sha256.hex(),
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        ocsp_url=next(iter(certificate.ocsp_urls), None),
        crl_url=next((point.url for point in crl_points if point.url), None),
    )


def read(certificate: bytes) -> CertificateFacts:
    """A DER certificate in words; raises NotACertificate."""
    return facts(load(certificate))


@functools.lru_cache(maxsize=256)
def load(certificate: bytes) -> x509.Certificate:
    """Parse a DER certificate; raises NotACertificate.

    Kept, since few certificates come again and again, and what asn1crypto has once worked out it remembers.
    """
    try:
        # asn1crypto, which pyHanko speaks, parses lazily and would fail later; this one looks at everything at once.
        cryptography.x509.load_der_x509_certificate(certificate)
    except ValueError as broken:
        raise NotACertificate("not a DER certificate") from broken
    return x509.Certificate.load(certificate)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of the DER bytes in lower-case hex, by which a signer is expected."""
    return hashlib.sha256(certificate).hexdigest()
