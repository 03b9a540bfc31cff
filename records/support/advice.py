"""The catalogue of advice: what once helped with a cause, written so that it tells of nobody."""

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from contracts.filings import Filing
from records.database import Database
from records.names import folded
from records.statements import inserted
from records.tables import support
from records.tables.base import core

_TABLE = core(support.Advice)
_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){11,}|(?<![0-9])0[0-9]{9}(?![0-9])")
"""Twelve digits or more however they are spaced (a personal number, a dossier's code), or a telephone number."""
_NAMES = frozenset({"full_name", "holder", "representative"})
_NUMBERS = frozenset({"personal_id", "phone", "account"})
_GIVEN, _FULL = 2, 3
"""Syllables: two are called out in talk ("Minh Anh"), three and more are a whole name."""


@dataclass(frozen=True)
class AdviceRow:
    """One entry; no agency: it holds for every one."""

    id: str
    cause: str
    agency: str | None
    language: str
    title: str
    text: str
    by: str
    written_at: datetime
    question: str | None


class Catalogue:
    """Entries are only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, entry: AdviceRow) -> None:
        """Keep an entry; the same id again changes nothing."""
        await self._database.write(lambda c: inserted(c, _TABLE, asdict(entry)) and None)

    async def get(self, entry: str) -> AdviceRow | None:
        """One entry."""
        row = await self._database.read(lambda c: c.execute(select(_TABLE).where(_TABLE.c.id == entry)).first())
        return AdviceRow(**row._mapping) if row is not None else None  # noqa: SLF001  # SQLAlchemy's own name

    async def about(
        self, causes: Collection[str] | None = None, agency: str | None = None, limit: int = 50
    ) -> list[AdviceRow]:
        """Entries, the newest first; those for every agency stand beside one agency's own."""
        statement = select(_TABLE).order_by(_TABLE.c.written_at.desc(), _TABLE.c.id).limit(limit)
        if causes is not None:
            statement = statement.where(_TABLE.c.cause.in_(sorted(causes)))
        if agency is not None:
            statement = statement.where((_TABLE.c.agency == agency) | _TABLE.c.agency.is_(None))
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [AdviceRow(**row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's own name


def personal(text: str, filing: Filing | None) -> bool:
    """Does it tell of anybody: by a number that is one person's, or by the name of somebody in the filing?"""
    if _NUMBER.search(text):
        return True
    if filing is None:
        return False
    told = filing.model_dump(mode="json", exclude={"papers"})
    bare = "".join(letter for letter in text if letter.isalnum())
    if any(number in bare for number in _numbers(told)):
        return True
    words = f" {_spoken(text)} "
    return any(f" {called} " in words for name in _names(told) for called in _called(name))


def _spoken(text: str) -> str:
    return " ".join(re.findall(r"\w+", folded(text)))


def _called(name: str) -> Iterator[str]:
    parts = _spoken(name).split()
    yield " ".join(parts)
    if len(parts) >= _FULL:
        yield " ".join(parts[-_GIVEN:])


def _names(told: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    """Names of persons: whole, by their parts, or beside a personal number; a hospital has a `name` too."""
    match told:
        case dict():
            if "given_name" in told:
                yield " ".join(told[part] for part in ("surname", "middle_name", "given_name") if told.get(part))
            if "personal_id" in told and told.get("name"):
                yield told["name"]
            yield from (told[field] for field in _NAMES if told.get(field))
            yield from (name for each in told.values() for name in _names(each))
        case list():
            yield from (name for each in told for name in _names(each))


def _numbers(told: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    match told:
        case dict():
            yield from (told[field] for field in _NUMBERS if told.get(field))
            yield from (number for each in told.values() for number in _numbers(each))
        case list():
            yield from (number for each in told for number in _numbers(each))
