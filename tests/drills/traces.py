"""Where a value stands: in every form in which letters and digits travel through files, logs and addresses."""

import base64
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from records.names import folded


def forms(value: str) -> frozenset[bytes]:
    """The bytes by which the value could be told."""
    return frozenset(form for text in _spellings(value) for form in _encoded(text))


def found(places: Mapping[str, bytes], values: Iterable[str]) -> list[str]:
    """Which values stand where, as sentences; empty is what one hopes for."""
    told = {value: forms(value) for value in values}
    return [
        f"{value} stands in {place} as {form!r}"
        for place, content in places.items()
        for value, written in told.items()
        for form in written
        if form in content
    ]


def files(folder: Path, *, but: str) -> dict[str, bytes]:
    """Every file's bytes, but those of one folder."""
    every = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in every if (folder / but) not in file.parents}


def _spellings(value: str) -> Iterator[str]:
    """Composed, decomposed, and without the marks that search leaves out; in small and capital letters."""
    for text in (value, folded(value)):
        for cased in (text, text.lower(), text.upper()):
            yield unicodedata.normalize("NFC", cased)
            yield unicodedata.normalize("NFD", cased)


def _encoded(text: str) -> Iterator[bytes]:
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    for escaped in (json.dumps(text)[1:-1], quote(text, safe=""), quote_plus(text), quote(text)):
        yield escaped.encode()
        yield escaped.lower().encode()
    for spelled in (plain.hex(), plain.hex().upper()):
        yield spelled.encode()
    for inside in _in_base64(plain):
        yield inside
        yield inside.translate(bytes.maketrans(b"+/", b"-_"))


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """As it stands within longer content, whose first bytes shift it by none, one or two."""
    for shift in range(3):
        written = base64.b64encode(bytes(shift) + plain)
        yield written[-(-shift * 8 // 6) : (shift + len(plain)) * 8 // 6]
