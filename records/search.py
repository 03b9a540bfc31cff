"""Search tokens: keyed hashes of names, their syllables and personal numbers."""

from collections.abc import Iterable

from contracts.birth import BirthFiling
from contracts.dossier import DossierState, LegKind
from records.keys import StoredKeys
from records.names import folded, normalised

_SYLLABLE, _NAME, _NUMBER = "syllable", "name", "number"


def filing_tokens(keys: StoredKeys, filing: BirthFiling) -> set[bytes]:
    """Everything under which a filing can be found: child, parents, applicant."""
    declaration, applicant = filing.declaration, filing.applicant
    parents = [parent for parent in (declaration.mother, declaration.father) if parent]
    names = [declaration.child.full_name, applicant.full_name, *(parent.full_name for parent in parents)]
    numbers = [applicant.personal_id, *(parent.personal_id for parent in parents)]
    return _tokens(keys, names, (number for number in numbers if number))


def result_tokens(keys: StoredKeys, before: DossierState | None, after: DossierState) -> set[bytes]:
    """The child's own number, when it has just come."""
    number = _number(after)
    return {keys.search_token(_NUMBER, number)} if number and (before is None or _number(before) != number) else set()


def number_token(keys: StoredKeys, text: str) -> bytes:
    """The token of a personal number, however it was spaced."""
    return keys.search_token(_NUMBER, "".join(text.split()))


def name_tokens(keys: StoredKeys, text: str) -> tuple[bytes, list[bytes]]:
    """The token of the whole name, and those of its syllables, the given name's first: it tells most.

    What is typed without any diacritic finds names with them; what is typed with them finds only those.
    """
    bare = folded(text)
    form = bare if bare == normalised(text) else normalised(text)
    syllables = list(dict.fromkeys(reversed(form.split())))
    return keys.search_token(_NAME, form), [keys.search_token(_SYLLABLE, syllable) for syllable in syllables]


def _tokens(keys: StoredKeys, names: Iterable[str], numbers: Iterable[str]) -> set[bytes]:
    forms = {form for name in names for form in (normalised(name), folded(name))}
    syllables = {syllable for form in forms for syllable in form.split()}
    return (
        {keys.search_token(_NAME, form) for form in forms}
        | {keys.search_token(_SYLLABLE, syllable) for syllable in syllables}
        | {keys.search_token(_NUMBER, number) for number in numbers}
    )


def _number(state: DossierState) -> str | None:
    for leg in state.legs:
        if leg.kind is LegKind.PERSONAL_ID and leg.result:
            number = leg.result.get("personal_id")
            return str(number) if number else None
    return None
