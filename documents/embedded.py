"""A PDF that comes back and claims to be signed: opened once, for every question that is asked of it.

pyHanko reads the hex digits of a signature one by one, which takes longer than checking it: once is enough.
"""

import io

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature


class Received:
    """A PDF of any origin; what cannot be read has no signatures."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        self.signatures = _signatures(pdf)

    def certificates(self) -> tuple[bytes, ...]:
        """DER certificates of the signatures and of their time-stamps, each once; empty for what is no signed PDF.

        Nothing is verified: ask only about those that a trusted CA has issued, and `verify` afterwards.
        """
        try:
            found = [
                der
                for signature in self.signatures
                for signed in (signature.signed_data, *_stamps(signature.signer_info))
                for der in _certificates(signed)
            ]
        except Exception:  # noqa: BLE001 - as in `verify`: a hostile upload makes parsers fail in any way
            return ()
        return tuple(dict.fromkeys(found))


def _signatures(pdf: bytes) -> tuple[EmbeddedPdfSignature, ...]:
    try:
        return tuple(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
    except Exception:  # noqa: BLE001 - each way in which a hostile upload fails means "cannot be read"
        return ()


def _stamps(signer: cms.SignerInfo) -> list[cms.SignedData]:
    attributes = signer["unsigned_attrs"] or ()
    stamped = [one for one in attributes if one["type"].native == "signature_time_stamp_token"]
    return [token["content"] for attribute in stamped for token in attribute["values"]]


def _certificates(signed: cms.SignedData) -> list[bytes]:
    return [choice.chosen.dump() for choice in signed["certificates"] if choice.name == "certificate"]
