"""What was appended to a document that begins with our bytes: a signature and nothing that changes what a reader sees.

Without this look a signer could append a changed page first and then sign all of it. Under an office's seal there is
also the proof that we put there, and exactly that. pyHanko's difference analysis
(0.38) does not serve: it refuses documents that had no form before, and takes 0.3 s.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from documents.proof import STORE, Proof, is_laid

# What signing software may set in the catalogue and in the form; no scripts, no XFA, no actions. What stands in the
# store of proofs is looked at by itself.
_CATALOGUE = {"/AcroForm", "/Extensions", "/Version", STORE}
_INFO = {"/ModDate", "/Producer"}
_FORM = {"/Fields", "/SigFlags", "/DA", "/DR"}
_ACTIONS = {"/A", "/AA"}


def adds_only_a_signature(unsigned: bytes, new: PdfFileReader, proof: Proof | None = None) -> bool:
    """Whether every object of the first document says the same in the second, but for the signature's own places.

    The first may be signed already. `proof`: what has to lie under the new signature; without it there is none. Raises
    whatever pyHanko's reader raises for a document that is broken.
    """
    old = PdfFileReader(io.BytesIO(unsigned))
    if new.encrypted or _number(new.root_ref) != _number(old.root_ref):
        return False
    if not (is_laid(new, proof) if proof else _entry(old.root, STORE) == _entry(new.root, STORE)):
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
    if isinstance(before, generic.ArrayObject) and isinstance(after, generic.ArrayObject):
        return number in _lists(old) and _adds_signature_fields(before, after)
    if isinstance(before, generic.DictionaryObject) and isinstance(after, generic.DictionaryObject):
        return _harmless_entries(new, number, before, after)
    return False


def _harmless_entries(
    new: PdfFileReader, number: tuple[int, int], before: generic.DictionaryObject, after: generic.DictionaryObject
) -> bool:
    changed = {key for key in before.keys() | after.keys() if _entry(before, key) != _entry(after, key)}
    if number == _number(new.root_ref):
        return changed <= _CATALOGUE
    if number == _place(new.root, "/AcroForm"):
        return changed <= _FORM and _lengthens(before, after, "/Fields")
    if number == _number(new.trailer_view.raw_get("/Info").reference):
        return changed <= _INFO
    if _value(after, "/Type", None) == "/Page":
        return changed == {"/Annots"} and _lengthens(before, after, "/Annots")
    # The XMP packet repeats the date of change; no reader shows it on the page.
    return {_value(before, "/Type", None), _value(after, "/Type", None)} == {"/Metadata"}


def _lists(old: PdfFileReader) -> set[tuple[int, int] | None]:
    """Where fields are listed, if in objects of their own: some software writes the form or the page's notes so."""
    pages, index, _ = old.find_page_container(0)  # type: ignore[no-untyped-call]
    return {
        _place(_value(old.root, "/AcroForm", {}), "/Fields"),
        _place(pages.get_object()["/Kids"][index], "/Annots"),
    }


def _lengthens(before: generic.DictionaryObject, after: generic.DictionaryObject, key: str) -> bool:
    return _adds_signature_fields(_value(before, key, ()), _value(after, key, ()))


def _adds_signature_fields(before: Iterable[generic.PdfObject], after: Iterable[generic.PdfObject]) -> bool:
    kept, now = [_written(one) for one in before], list(after)
    same = [_written(one) for one in now[: len(kept)]] == kept
    return same and all(_is_signature_field(one.get_object()) for one in now[len(kept) :])  # type: ignore[no-untyped-call]


def _form_is_plain(reader: PdfFileReader) -> bool:
    form = _value(reader.root, "/AcroForm", {})
    return form.keys() <= _FORM and all(_is_signature_field(one.get_object()) for one in _value(form, "/Fields", ()))


def _is_signature_field(field: generic.DictionaryObject) -> bool:
    return _value(field, "/FT", None) == "/Sig" and not _ACTIONS & field.keys()


def _place(holder: generic.DictionaryObject, key: str) -> tuple[int, int] | None:
    """The number of the object that an entry refers to; none for an entry that is not there, or stands in place."""
    value = holder.raw_get(key) if key in holder else None
    return _number(value.reference) if isinstance(value, generic.IndirectObject) else None


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
