"""Small uploads that would keep a reader busy for ever, or fill its memory, are no signed documents, at once."""

import zlib

import pytest

from documents.embedded import Received

BILLION = 10**9
ENDLESS = b"9 0 obj\n<</Type%s/Size %d/W[0 0 0]/Root 1 0 R/Length 0>>\nstream\n\nendstream\nendobj\n"
BOMB = b"9 0 obj\n<</Type/XRef/Size %d/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\n"
ZEROS = zlib.compress(bytes(50_000_000), 1)

HOSTILE = {
    "a table that announces a billion objects": ENDLESS % (b"/XRef", BILLION),
    "the same in another spelling": ENDLESS % (b"/X#52ef", BILLION),
    "a table of fifty megabytes": BOMB % (len(ZEROS) * 1000, len(ZEROS), ZEROS),
    "nested twenty thousand times": b"xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Deep " + b"[" * 20_000 + b">>\n",
    "one that leads to itself": b"xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\n",
}


@pytest.mark.timeout(20)  # not a measurement: each of these took for ever once
@pytest.mark.parametrize("revision", HOSTILE.values(), ids=HOSTILE)
def test_a_revision_that_would_never_be_read_to_its_end_holds_no_signature(unsigned: bytes, revision: bytes) -> None:
    at = len(unsigned) + 1
    hostile = b"%s\n%sstartxref\n%d\n%%%%EOF\n" % (unsigned, revision.replace(b"%d", b"%d" % at), at)
    assert Received(hostile, unsigned).signatures == ()
    assert Received(hostile).signatures == ()
