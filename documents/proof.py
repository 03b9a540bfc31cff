"""Proof laid into a document, so that its signatures can be checked when the authorities are gone (PAdES B-LT).

A document security store (ISO 32000-2, 12.8.4.3) with certificates, OCSP answers and CRLs. It goes in before the last
signature, which so covers it, and whoever verifies knows what we put there: nothing else may stand in its place.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from cryptography import x509
from cryptography.x509 import ocsp
from pydantic import BaseModel, ConfigDict
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from documents.trust import fingerprint

STORE = "/DSS"
_PARTS = {"/Certs": "certificates", "/OCSPs": "ocsps", "/CRLs": "crls"}


class Proof(BaseModel):
    """Certificates of signers, time-stamping authorities and their issuers, and what CAs say of them; all DER."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    certificates: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def vouches(self, leaf: str, at: datetime) -> bool:
        """Whether it says of a certificate (by fingerprint) and of every issuer below the root that it held then."""
        known = {fingerprint(der): x509.load_der_x509_certificate(der) for der in self.certificates}
        certificate = known.get(leaf)
        answers, lists = list(_answers(self.ocsps)), [x509.load_der_x509_crl(der) for der in self.crls]
        while certificate is not None:
            subject = certificate
            if subject.issuer == subject.subject:
                return True
            if not (_good(subject, answers, at) or _not_listed(subject, lists, at)):
                return False
            certificate = next((one for one in known.values() if one.subject == subject.issuer), None)
        return False


def lay(writer: IncrementalPdfFileWriter, proof: Proof) -> None:
    """Put the proof into a document that has none; it is written with the writer's next revision."""
    store = generic.DictionaryObject({pdf_name("/Type"): pdf_name(STORE)})  # type: ignore[no-untyped-call]
    for key, part in _PARTS.items():
        streams = [writer.add_object(generic.StreamObject(stream_data=der)) for der in getattr(proof, part)]
        store[pdf_name(key)] = generic.ArrayObject(streams)
    writer.root[pdf_name(STORE)] = writer.add_object(store)
    writer.update_root()  # type: ignore[no-untyped-call]


def is_laid(reader: PdfFileReader, proof: Proof) -> bool:
    """Whether the document holds exactly this proof, each part as it was put there."""
    store = reader.root[STORE] if STORE in reader.root else None  # noqa: SIM401  # `get` gives a reference
    if not isinstance(store, generic.DictionaryObject) or store.keys() != {"/Type", *_PARTS}:
        return False
    laid = {part: [_plain(each) for each in _entries(store[key])] for key, part in _PARTS.items()}
    return all(found == list(getattr(proof, part)) for part, found in laid.items())


def _entries(value: generic.PdfObject) -> Iterable[generic.PdfObject]:
    if isinstance(value, generic.ArrayObject):
        yield from (each.get_object() for each in value)


def _plain(stream: generic.PdfObject) -> bytes | None:
    """What a stream holds; none where it says more than its length."""
    if not isinstance(stream, generic.StreamObject) or stream.keys() - {"/Length"}:
        return None
    return stream.data


def _answers(ders: Collection[bytes]) -> Iterable[ocsp.OCSPResponse]:
    for der in ders:
        answer = ocsp.load_der_ocsp_response(der)
        if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
            yield answer


def _good(subject: x509.Certificate, answers: Collection[ocsp.OCSPResponse], at: datetime) -> bool:
    """Not revoked, or only after the moment that counts."""
    own = [each for each in answers if each.serial_number == subject.serial_number]
    return any(
        each.certificate_status is ocsp.OCSPCertStatus.GOOD
        or (each.revocation_time_utc is not None and each.revocation_time_utc > at)
        for each in own
    )


def _not_listed(subject: x509.Certificate, lists: Collection[x509.CertificateRevocationList], at: datetime) -> bool:
    for each in lists:
        if each.issuer == subject.issuer:
            listed = each.get_revoked_certificate_by_serial_number(subject.serial_number)
            return listed is None or listed.revocation_date_utc > at
    return False
