"""What a signature covers, byte by byte.

pyHanko's own coverage level adds up lengths and trusts that the gap in the byte range is where the signature stands
(`evaluate_signature_coverage`, 0.38); here the gap itself is looked at.
"""

from collections.abc import Sequence

from asn1crypto import parser


def covers_whole_file(pdf: bytes, byte_range: Sequence[int], contents: bytes) -> bool:
    """Whether the byte range is everything but one gap, and the gap is exactly the hex string of the signature.

    Behind the signature's DER the hex string holds zeros only: nothing can hide there. Raises ValueError for no DER.
    """
    match [int(number) for number in byte_range]:
        case [0, before, after, rest] if after + rest == len(pdf) and 0 < before < after:
            padding = contents[_der_length(contents) :]
            return pdf[before:after].lower() == b"<" + contents.hex().encode() + b">" and not any(padding)
        case _:
            return False


def _der_length(contents: bytes) -> int:
    _, _, _, header, body, trailer = parser.parse(contents)
    return len(header) + len(body) + len(trailer)
