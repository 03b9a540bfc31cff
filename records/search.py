"""Search tokens: keyed hashes of names, their syllables and personal numbers."""

from collections.abc import Iterable

from contracts.birth import BirthDeclaration
from contracts.death import DeathDeclaration
from contracts.dossier import DossierState, LegKind
from contracts.filings import Declaration, Filing
from records.keys import StoredKeys
from records.names import folded, normalised

_SYLLABLE, _NAME, _NUMBER = "syllable", "name", "number"

_Person = tuple[str | None, str | None]
"""Name and personal number; either may be missing."""


def filing_tokens(keys: StoredKeys, filing: Filing) -> set[bytes]:
    """Everything under which a filing can be found: who it is about, who files it, and whom it names."""
    applicant = filing.applicant
    people = [(applicant.full_name, applicant.personal_id), *_named(filing.declaration)]
    return tokens(keys, (name for name, _ in people if name), (number for _, number in people if number))


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


def _named(declaration: Declaration) -> Iterable[_Person]:
    match declaration:
        case BirthDeclaration(child=child, mother=mother, father=father):
            yield child.full_name, None
            yield from ((each.full_name, each.personal_id) for each in (mother, father) if each)
        case DeathDeclaration(deceased=deceased, household_head=head, benefits=benefits):
            yield deceased.full_name, deceased.personal_id
            if head:
                yield head.full_name, head.personal_id
            if benefits:
                recipient = benefits.recipient
                yield from ((recipient.name, recipient.personal_id), (recipient.representative, None))
                yield from ((each.full_name, each.personal_id) for each in benefits.survivors)


def tokens(keys: StoredKeys, names: Iterable[str], numbers: Iterable[str]) -> set[bytes]:
    """Under which people with these names and numbers are found."""
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
