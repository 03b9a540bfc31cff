"""What was declared, in words: every field with its name, codes as words, empty ones left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from api.web.words import Words
from contracts.base import Message
from contracts.birth import BirthDeclaration, Hometown, PlaceOfBirth
from contracts.claims import Benefits
from contracts.death import PlaceOfDeath
from contracts.filings import Filing
from contracts.people import Address, Named
from contracts.places import HOME, PROVINCES, address, ward

MONEY = frozenset({"amount", "monthly", "supplement", "carer", "cost"})
LEFT_OUT = frozenset({"undertaking", "country"})
WARDS = frozenset({"ward", "office", "managed_by"})
NAME_PARTS = frozenset({"surname", "middle_name", "given_name"})
Place: TypeAlias = Address | PlaceOfBirth | Hometown | PlaceOfDeath
WHOLE_DAY = len("2026-11-22")


@dataclass(frozen=True)
class Line:
    """A label and what stands beside it."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    """Lines that belong together; `number` tells apart several of one kind."""

    title: str
    lines: tuple[Line, ...]


def person(filing: Filing | None) -> str:
    """Whom the dossier is about."""
    if filing is None:
        return ""
    declaration = filing.declaration
    about = declaration.child if isinstance(declaration, BirthDeclaration) else declaration.deceased
    return about.full_name


def sections(filing: Filing, w: Words) -> list[Section]:
    """The declaration, section by section, then who filed it."""
    found: list[Section] = []
    loose: list[Line] = []
    for name, value in _fields(filing.declaration):
        if isinstance(value, Benefits):
            found.extend(_benefits(value, w))
        elif isinstance(value, Message) and not isinstance(value, Place):
            found.append(Section(w(f"field.{name}"), tuple(_lines(value, w))))
        else:
            loose.extend(_line(name, value, w))
    if loose:
        found.append(Section(w("task.other_facts"), tuple(loose)))
    return [*found, Section(w("field.applicant"), tuple(_lines(filing.applicant, w)))]


def _benefits(benefits: Benefits, w: Words) -> Iterator[Section]:
    """A section a part: it is half of the declaration."""
    yield Section(w("field.benefits"), tuple(_line("categories", benefits.categories, w)))
    for name, value in _fields(benefits):
        if isinstance(value, Message):
            yield Section(w(f"field.{name}"), tuple(_lines(value, w)))
        elif name == "survivors":
            yield from (
                Section(f"{w('field.survivors')} {number}", tuple(_lines(each, w)))
                for number, each in enumerate(value, 1)
            )


def results(result: dict[str, Any] | None, w: Words) -> list[Line]:
    """What an agency answered; who pays stands beside the agency's name."""
    told = {name: value for name, value in (result or {}).items() if value and name != "payer"}
    return [Line(w.code("field", name), _value(name, value, w)) for name, value in told.items()]


def _fields(message: Message) -> Iterator[tuple[str, Any]]:
    named = NAME_PARTS if isinstance(message, Named) else frozenset()
    for name in type(message).model_fields:
        value = getattr(message, name)
        if value is not None and value != () and name not in LEFT_OUT | named:
            yield name, value


def _lines(message: Message, w: Words, of: str = "") -> Iterator[Line]:
    if isinstance(message, Named):
        yield Line(w("field.full_name"), message.full_name)
    for name, value in _fields(message):
        yield from _line(name, value, w, of)


def _line(name: str, value: Any, w: Words, of: str = "") -> Iterator[Line]:  # noqa: ANN401  # any field
    label = f"{of} · {w(f'field.{name}')}" if of else w(f"field.{name}")
    match value:
        case Address() | PlaceOfBirth() | Hometown() | PlaceOfDeath():
            yield Line(label, _place(value, w))
        case Message():
            yield from _lines(value, w, label)
        case (Message(), *_):
            for number, each in enumerate(value, 1):
                yield from _lines(each, w, f"{label} {number}" if len(value) > 1 else label)
        case _:
            yield Line(label, _value(name, value, w))


def _place(place: Place, w: Words) -> str:
    """A place in one line; what it does not have, of ward, country and facility, its kind does not know."""
    of_kind = dict(place)
    code, country, facility = of_kind.get("ward"), of_kind.get("country", HOME), of_kind.get("facility")
    told = address(place.detail, place.province, code, country)
    whole = told if facility is None or facility in told else f"{facility}, {told}"
    known = code is None or country != HOME or ward(code) is not None
    return whole if known else w("field.place_unknown", place=whole, ward=code)


def _value(name: str, value: Any, w: Words) -> str:  # noqa: ANN401, PLR0911  # any field's
    match value:
        case tuple():
            return ", ".join(_value(name, each, w) for each in value)
        case StrEnum():
            return w.of(value)
        case datetime():
            return w.instant(value)
        case date():
            return w.day(value)
        case bool():
            return w("word.yes" if value else "word.no")
        case int() if name in MONEY:
            return w.money(value)
        case str() if name.endswith("_on") or name in {"valid_from", "valid_to"}:
            return _partial(value, w)
    return _named(name, str(value)) or w.code("code", value)


def _named(field: str, code: str) -> str | None:
    """The name behind a place's code."""
    found = ward(code) if field in WARDS else None
    return found.name if found else PROVINCES.get(code) if field == "province" else None


def _partial(text: str, w: Words) -> str:
    """A day as papers know it: some know the year alone."""
    parts = text.split("-")
    return w.day(date.fromisoformat(text)) if len(text) == WHOLE_DAY else "/".join(reversed(parts))
