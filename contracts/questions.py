"""Guided cases: a clerk asks support about a dossier; what both said, and how far it is."""

from enum import StrEnum

from contracts.base import Instant, Message, Text
from contracts.causes import Cause


class QuestionState(StrEnum):
    """Whose word is next; a clerk's message makes it open again."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Side(StrEnum):
    """Who speaks."""

    CLERK = "clerk"
    SUPPORT = "support"


class QuestionMessageView(Message):
    """One thing said; `by`: the account."""

    number: int
    side: Side
    by: str
    at: Instant
    text: Text


class QuestionView(Message):
    """One question. `answer_by`: until when the first answer is owed; `due_at`: until when the next one is, or was.

    `late`: support owes an answer, and that moment is over.
    """

    id: str
    dossier: str
    office: str
    by: str
    asked_at: Instant
    answer_by: Instant
    answered_at: Instant | None
    due_at: Instant
    closed_at: Instant | None
    state: QuestionState
    cause: Cause | None
    late: bool
    messages: tuple[QuestionMessageView, ...]
