"""Answers of CAs about certificates, as a verdict tells them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from cryptography.x509 import Name, load_der_x509_crl
from cryptography.x509.ocsp import OCSPResponse, load_der_ocsp_response
from cryptography.x509.oid import NameOID

from contracts.verdicts import RevocationAnswer, RevocationSource


def answers(ocsps: Sequence[bytes], crls: Sequence[bytes]) -> tuple[RevocationAnswer, ...]:
    """Every answer in DER that says something, in words."""
    return (*_saying(_ocsp, ocsps), *_saying(_crl, crls))


def _saying(read: Callable[[bytes], RevocationAnswer], ders: Sequence[bytes]) -> Iterator[RevocationAnswer]:
    for der in ders:
        with suppress(ValueError):  # a refusal says nothing of a certificate
            yield read(der)


def _ocsp(der: bytes) -> RevocationAnswer:
    answer = load_der_ocsp_response(der)
    return RevocationAnswer(
        source=RevocationSource.OCSP,
        by=_responder(answer),
        serial=str(answer.serial_number),
        status=answer.certificate_status.name.lower(),
        answered_at=answer.this_update_utc,
        fresh_until=answer.next_update_utc,
    )


def _crl(der: bytes) -> RevocationAnswer:
    found = load_der_x509_crl(der)
    return RevocationAnswer(
        source=RevocationSource.CRL,
        by=_common(found.issuer),
        answered_at=found.last_update_utc,
        fresh_until=found.next_update_utc,
    )


def _responder(answer: OCSPResponse) -> str:
    if answer.responder_name is not None:
        return _common(answer.responder_name)
    return _common(answer.certificates[0].subject) if answer.certificates else ""


def _common(name: Name) -> str:
    return next((str(each.value) for each in name.get_attributes_for_oid(NameOID.COMMON_NAME)), name.rfc4514_string())
