"""How a case stands at the agency itself: asked of it by key, by day, for support and for the daily reconciliation."""

from enum import StrEnum
from hashlib import sha256

from pydantic import Field

from contracts.agencies import Agency
from contracts.base import Day, DossierCode, Instant, Line, Message, Sha256


class Standing(StrEnum):
    """What the agency has under a key."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"


class StandingQuestion(Message):
    """How does this stand with you? Asking changes nothing."""

    agency: Agency
    dossier: DossierCode
    key: str


class StandingAnswer(Message):
    """`reference`: the agency's own name for a pending case. `reason`: of a refusal, its code.

    `result`: of what was granted each value's digest: enough to compare, nothing to read; empty where it tells none.
    """

    key: str
    standing: Standing
    since: Instant | None = None
    reference: str | None = None
    reason: Line | None = None
    result: dict[str, Sha256] = Field(default_factory=dict)


def digest(value: str | int) -> str:
    """Of one value of a result, as agencies tell it."""
    return sha256(str(value).encode()).hexdigest()


class StandingQuestions(Message):
    """A few at once, asked one after the other."""

    questions: tuple[StandingQuestion, ...]


class StandingAnswers(Message):
    """In the questions' order."""

    answers: tuple[StandingAnswer, ...]


class DayQuestion(Message):
    """Everything that the agency did, or has in hand, for dossiers on a day; page after page."""

    agency: Agency
    day: Day
    cursor: str | None = None


class DayLine(Message):
    """One effect at the agency."""

    dossier: DossierCode
    key: str
    standing: Standing
    at: Instant | None
    """None while it is pending."""


class DayAnswer(Message):
    """One page; `cursor` none: the last one."""

    lines: tuple[DayLine, ...]
    cursor: str | None = None
