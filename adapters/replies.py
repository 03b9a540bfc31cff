"""What an agency's own words mean: a cause out of a status and a text, by the table in replies.yaml."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import from_json

from contracts.agencies import Agency
from contracts.causes import Cause

TABLE = Path(__file__).with_name("replies.yaml")
BUSY = {408, 425, 429}
SERVER_TROUBLE = 500
CLIENT_TROUBLE = 400
LATER = frozenset({Cause.NOT_YET_UPDATED, Cause.AGENCY_AWAY})
"""Asking again helps, some time."""


@dataclass(frozen=True)
class Reply:
    """Words that were met, and what they mean; `agencies` none: whoever says them."""

    fragment: str
    cause: Cause
    agencies: frozenset[Agency] | None


def cause_of(agency: str, status: int | None, answer: str | None = None) -> Cause | None:
    """Why an exchange did not bring a step to its end; none where nothing in it tells of trouble."""
    if status is None or status in BUSY or status >= SERVER_TROUBLE:
        said = meaning(agency, answer)
        return Cause.NOT_YET_UPDATED if said is Cause.NOT_YET_UPDATED else Cause.AGENCY_AWAY
    said = meaning(agency, answer)
    if status >= CLIENT_TROUBLE:
        return said or Cause.REQUEST_REJECTED
    return said if said is Cause.NOT_YET_UPDATED else None


def meaning(agency: str, answer: str | None) -> Cause | None:
    """What the words of an answer mean; none for words that nobody has met yet."""
    if not answer:
        return None
    said = plain(" ".join(_texts(answer)))
    found = (each for each in replies() if each.fragment in said)
    return next((each.cause for each in found if each.agencies is None or agency in each.agencies), None)


def plain(text: str) -> str:
    """Text to compare: small letters without diacritics, one space between words."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())


@cache
def replies() -> tuple[Reply, ...]:
    """The table, in its order."""
    found = []
    for row in yaml.safe_load(TABLE.read_text(encoding="utf-8")):
        agencies = frozenset(Agency(name) for name in row["agencies"]) if "agencies" in row else None
        found += [Reply(plain(each["text"]), Cause(row["cause"]), agencies) for each in row["fragments"]]
    return tuple(found)


def _texts(answer: str) -> Iterator[str]:
    """What an answer says; one that is no JSON is all text."""
    try:
        told = from_json(answer)
    except ValueError:  # also what is nested beyond measure
        yield answer
        return
    yield from _leaves(told)


def _leaves(told: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    match told:
        case str():
            yield told
        case dict():
            for each in told.values():
                yield from _leaves(each)
        case list():
            for each in told:
                yield from _leaves(each)
