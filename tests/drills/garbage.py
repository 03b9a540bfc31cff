"""What is no JSON, no callback and no paper: made from what would be one, by draws that a seed repeats."""

import io
import json
import zlib
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

import pikepdf

Body = dict[str, Any]
MEGABYTE = 1_000_000
DEEP = 20_000
"""Levels of nesting at which parsers that recurse give up."""
STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 2**63, 10**30, 1e300, "", " ", "0", "\u0000", "\u202e", "\ud800", "%00", "../../etc"),
    *([], {}, [[]], {"": None}, ["x"] * 300, "ẵ" * 5000, "'; drop table dossiers; --", "2026-02-30", "G22.99.08"),
)
UNSAYABLE = ("NaN", "-Infinity", "1e999", "9" * 5000, "0x1", "01", "tru", "'one'", '"\\u12"', '"\\ud800"', "\0", "{")
"""What stands for a value in JSON and is none, or none that every reader takes."""


def said(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()


def mangled(draw: Random, body: Body) -> tuple[str, bytes]:
    """The body, spoiled in one way; which one, and the bytes."""
    spoil = draw.choice(WAYS)
    return spoil.__name__, spoil(draw, body)


def _somewhere(draw: Random, body: Body) -> tuple[Any, Any, Body]:
    """A place in a copy of the body: what holds it, its key there, and the copy."""
    copy = deepcopy(body)
    holder: Any = copy
    key: Any = draw.choice(sorted(copy))
    while isinstance(holder[key], dict | list) and holder[key] and draw.random() < 0.7:
        holder = holder[key]
        key = draw.choice(sorted(holder)) if isinstance(holder, dict) else draw.randrange(len(holder))
    return holder, key, copy


def another_value(draw: Random, body: Body) -> bytes:
    holder, key, copy = _somewhere(draw, body)
    holder[key] = draw.choice(STRANGE)
    return said(copy)


def no_such_field(draw: Random, body: Body) -> bytes:
    holder, key, copy = _somewhere(draw, body)
    del holder[key]
    return said(copy)


def unknown_field(draw: Random, body: Body) -> bytes:
    holder, _, copy = _somewhere(draw, body)
    if isinstance(holder, dict):
        holder[draw.choice(["", "x", "__class__", "ẵ", "a/b~c", "\u0000"])] = draw.choice(STRANGE)
    return said(copy)


def unsayable(draw: Random, body: Body) -> bytes:
    holder, key, copy = _somewhere(draw, body)
    holder[key] = "@here@"
    return said(copy).replace(b'"@here@"', draw.choice(UNSAYABLE).encode())


def said_twice(draw: Random, body: Body) -> bytes:
    key = draw.choice(sorted(body))
    return b"{" + json.dumps({key: draw.choice(STRANGE)}).encode()[1:-1] + b", " + said(body)[1:]


def deep(draw: Random, body: Body) -> bytes:
    holder, key, copy = _somewhere(draw, body)
    holder[key] = "@here@"
    opened, closed = draw.choice([(b"[", b"]"), (b'{"a":', b"}")])
    levels = draw.choice([25, DEEP])
    return said(copy).replace(b'"@here@"', opened * levels + b"0" + closed * draw.choice([levels, 0]))


def huge(draw: Random, body: Body) -> bytes:
    holder, key, copy = _somewhere(draw, body)
    holder[key] = "ẵ" * draw.choice([20_000, MEGABYTE])
    return said(copy)


def cut(draw: Random, body: Body) -> bytes:
    content = said(body)
    return content[: draw.randrange(len(content))]


def flipped(draw: Random, body: Body) -> bytes:
    content = bytearray(said(body))
    for _ in range(draw.randint(1, 8)):
        content[draw.randrange(len(content))] = draw.randrange(256)
    return bytes(content)


def no_utf8(draw: Random, body: Body) -> bytes:
    content = said(body)
    at = draw.randrange(len(content))
    return content[:at] + draw.choice([b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\0", b"\xef\xbb\xbf"]) + content[at:]


def no_object(draw: Random, body: Body) -> bytes:
    return draw.choice([b"", b"null", b"[]", b'"x"', b"0", said(body) * 2, b"[" + said(body) + b"]", b"\n" * 1000])


WAYS: tuple[Callable[[Random, Body], bytes], ...] = (
    *(another_value, no_such_field, unknown_field, unsayable, said_twice, deep, huge, cut, flipped, no_utf8),
    no_object,
)


# ---- papers


def spoiled_pdf(draw: Random, pdf: bytes) -> tuple[str, bytes]:
    """The PDF, spoiled in one way; which one, and the bytes."""
    spoil = draw.choice(PDF_WAYS)
    return spoil.__name__, spoil(draw, pdf)


def pdf_of_noise(draw: Random, pdf: bytes) -> bytes:
    return b"%PDF-1.7\n" + draw.randbytes(draw.randrange(5000))


def pdf_cut(draw: Random, pdf: bytes) -> bytes:
    return pdf[: draw.randrange(len(pdf))]


def pdf_flipped(draw: Random, pdf: bytes) -> bytes:
    content = bytearray(pdf)
    for _ in range(draw.randint(1, 200)):
        content[draw.randrange(len(content))] = draw.randrange(256)
    return bytes(content)


def pdf_with_noise_behind(draw: Random, pdf: bytes) -> bytes:
    return pdf + draw.randbytes(draw.randrange(1, 5000)) + draw.choice([b"", b"\nstartxref\n0\n%%EOF\n", b"\n%%EOF\n"])


def pdf_nested(draw: Random, pdf: bytes) -> bytes:
    opened = draw.choice([b"[", b"<</A "])
    return _appended(pdf, b"xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Deep " + opened * DEEP + b">>\n")


def pdf_that_leads_round(draw: Random, pdf: bytes) -> bytes:
    return _appended(pdf, b"xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\n" % (len(pdf) + 1))


def pdf_without_end(draw: Random, pdf: bytes) -> bytes:
    """A table of contents that announces a billion objects and holds none."""
    name = draw.choice([b"/XRef", b"/X#52ef"])
    told = b"9 0 obj\n<</Type%s/Size %d/W[0 0 0]/Root 1 0 R/Length 0>>\nstream\n\nendstream\nendobj\n" % (name, 10**9)
    return _appended(pdf, told)


def pdf_bomb(draw: Random, pdf: bytes) -> bytes:
    """A table of contents of 50 MB in 50 kB."""
    packed = _packed_zeros(50)
    told = b"9 0 obj\n<</Type/XRef/Size 12500000/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>\n" % len(packed)
    return _appended(pdf, told + b"stream\n" + packed + b"\nendstream\nendobj\n")


@cache
def _packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + packer.flush()


def pdf_encrypted(draw: Random, pdf: bytes) -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as empty:
        empty.add_blank_page()
        empty.save(made, encryption=pikepdf.Encryption(owner="x", user=draw.choice(["", "secret"])))
    return made.getvalue()


def no_pdf(draw: Random, pdf: bytes) -> bytes:
    return draw.choice([b"", b"PK\x03\x04", b"<html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-", b"\0" * 100])


def _appended(pdf: bytes, revision: bytes) -> bytes:
    """One more revision; it begins where the file ended."""
    return b"%s\n%sstartxref\n%d\n%%%%EOF\n" % (pdf, revision, len(pdf) + 1)


PDF_WAYS: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(pdf_of_noise, pdf_cut, pdf_flipped, pdf_with_noise_behind, pdf_nested, pdf_that_leads_round, pdf_bomb),
    *(pdf_without_end, pdf_encrypted, no_pdf),
)
