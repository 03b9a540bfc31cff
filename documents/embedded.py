"""The certificates that a signed PDF carries: what to fetch revocation answers for before it is verified."""

import io

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader


def certificates_in(pdf: bytes) -> tuple[bytes, ...]:
    """DER certificates of the signatures and of their time-stamps, each once; empty for what is no signed PDF.

    Nothing is verified: ask only about those that a trusted CA has issued, and `verify` afterwards.
    """
    try:
        found = [
            der
            for signature in PdfFileReader(io.BytesIO(pdf)).embedded_signatures
            for signed in (signature.signed_data, *_stamps(signature.signer_info))
            for der in _certificates(signed)
        ]
    except Exception:  # noqa: BLE001 - as in `verify`: a hostile upload makes parsers fail in any way
        return ()
    return tuple(dict.fromkeys(found))


def _stamps(signer: cms.SignerInfo) -> list[cms.SignedData]:
    attributes = signer["unsigned_attrs"] or ()
    stamped = [one for one in attributes if one["type"].native == "signature_time_stamp_token"]
    return [token["content"] for attribute in stamped for token in attribute["values"]]


def _certificates(signed: cms.SignedData) -> list[bytes]:
    return [choice.chosen.dump() for choice in signed["certificates"] if choice.name == "certificate"]
