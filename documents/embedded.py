"""A PDF that comes back and claims to be signed: opened once, for every question that is asked of it.

pyHanko reads the hex digits of a signature one by one, which takes longer than checking it: once is enough.
"""

import io
import re

from asn1crypto import cms
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

MEGABYTE = 1_000_000
LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=20 * MEGABYTE),
    document_budget=DocumentDecodeBudget(base_allowance=40 * MEGABYTE, max_ratio=4),
)
"""What a signed certificate unpacks to stays far below."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
"""A byte of a name in another spelling."""


class Received:
    """A PDF of any origin; what cannot be read has no signatures.

    `unsigned`: the bytes of ours that it should begin with; only what follows them is suspected.
    """

    def __init__(self, pdf: bytes, unsigned: bytes = b"") -> None:
        self.pdf = pdf
        self.signatures = () if _may_be_endless(pdf.removeprefix(unsigned)) else _signatures(pdf)

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


def _may_be_endless(content: bytes) -> bool:
    """Is there a cross-reference stream? A hundred bytes of it can announce a billion objects, which pyHanko counts.

    Our documents have a table, and what signs them goes on with tables, as it must.
    """
    return b"/XRef" in _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), content)


def _signatures(pdf: bytes) -> tuple[EmbeddedPdfSignature, ...]:
    try:
        return tuple(PdfFileReader(io.BytesIO(pdf), decode_limits=LIMITS).embedded_signatures)
    except Exception:  # noqa: BLE001 - each way in which a hostile upload fails means "cannot be read"
        return ()


def _stamps(signer: cms.SignerInfo) -> list[cms.SignedData]:
    attributes = signer["unsigned_attrs"] or ()
    stamped = [one for one in attributes if one["type"].native == "signature_time_stamp_token"]
    return [token["content"] for attribute in stamped for token in attribute["values"]]


def _certificates(signed: cms.SignedData) -> list[bytes]:
    return [choice.chosen.dump() for choice in signed["certificates"] if choice.name == "certificate"]
