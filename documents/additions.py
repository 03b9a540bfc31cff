"""What was appended to a document that begins with our bytes: a signature and nothing that changes what a reader sees.

Without this look a signer could append a changed page first and then sign all of it. pyHanko's difference analysis
(0.38) does not serve: it refuses documents that had no form before, and takes 0.3 s.
"""

import io
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

# What signing software may set in the catalogue and in the form; no scripts, no XFA, no actions.
_CATALOGUE = {"/AcroForm", "/Extensions", "/Version"}
_INFO = {"/ModDate", "/Producer"}
_FORM = {"/Fields", "/SigFlags", "/DA", "/DR"}
_ACTIONS = {"/A", "/AA"}


def adds_only_a_signature(unsigned: bytes, new: PdfFileReader) -> bool:
    """Whether every object of the first document says the same in the second, but for the signature's own places.

    Raises whatever pyHanko's reader raises for a document that is broken.
    """
    old = PdfFileReader(io.BytesIO(unsigned))
    if new.encrypted or _number(new.root_ref) != _number(old.root_ref):
        return False
    return _form_is_plain(new) and all(_harmless(old, new, number) for number in _overwritten(old, new))


def _overwritten(old: PdfFileReader, new: PdfFileReader) -> Iterator[tuple[int, int]]:
    """Object numbers of the old document that later revisions define or free again."""
    for revision in range(old.xrefs.total_revisions, new.xrefs.total_revisions):
        touched = new.xrefs.explicit_refs_in_revision(revision) | new.xrefs.refs_freed_in_revision(revision)
        yield from (_number(ref) for ref in touched if old.xrefs[ref] is not None)


def _harmless(old: PdfFileReader, new: PdfFileReader, number: tuple[int, int]) -> bool:
    before, after = (generic.Reference(*number, pdf=reader).get_object() for reader in (old, new))
    if _written(before) == _written(after):
        return True
    if not isinstance(before, generic.DictionaryObject) or not isinstance(after, generic.DictionaryObject):
        return False
    changed = {key for key in before.keys() | after.keys() if _entry(before, key) != _entry(after, key)}
    if number == _number(new.root_ref):
        return changed <= _CATALOGUE
    if number == _number(new.trailer_view.raw_get("/Info").reference):
        return changed <= _INFO
    if _value(after, "/Type", None) == "/Page":
        return changed == {"/Annots"} and _adds_signature_places(before, after)
    # The XMP packet repeats the date of change; no reader shows it on the page.
    return {_value(before, "/Type", None), _value(after, "/Type", None)} == {"/Metadata"}


def _adds_signature_places(before: generic.DictionaryObject, after: generic.DictionaryObject) -> bool:
    kept = [_written(one) for one in _value(before, "/Annots", ())]
    now = list(_value(after, "/Annots", ()))
    same = [_written(one) for one in now[: len(kept)]] == kept
    return same and all(_is_signature_field(one.get_object()) for one in now[len(kept) :])


def _form_is_plain(reader: PdfFileReader) -> bool:
    form = _value(reader.root, "/AcroForm", {})
    return form.keys() <= _FORM and all(_is_signature_field(one.get_object()) for one in _value(form, "/Fields", ()))


def _is_signature_field(field: generic.DictionaryObject) -> bool:
    return _value(field, "/FT", None) == "/Sig" and not _ACTIONS & field.keys()


def _value(holder: generic.DictionaryObject, key: str, default: object) -> Any:  # noqa: ANN401 - any PDF object
    """The entry itself: `get` would give a reference."""
    return holder[key] if key in holder else default  # noqa: SIM401


def _entry(holder: generic.DictionaryObject, key: str) -> bytes | None:
    return _written(holder.raw_get(key)) if key in holder else None


def _written(value: generic.PdfObject) -> bytes:
    """The object as it would be written: comparable between two readers, references by number."""
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


def _number(reference: generic.Reference) -> tuple[int, int]:
    return reference.idnum, reference.generation
