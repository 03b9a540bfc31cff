"""Incidents: a step that cannot go on by itself, and an operator's decision on it."""

from enum import StrEnum
from typing import Any

from contracts.base import Line, Message


class IncidentCode(StrEnum):
    """Why a step parked."""

    ANSWER_UNREADABLE = "answer-unreadable"
    REQUEST_REJECTED = "request-rejected"
    SUSPECTED_DUPLICATE = "suspected-duplicate"
    DOCUMENT_NOT_RENDERED = "document-not-rendered"
    ID_REFUSED = "personal-id-refused"
    ID_MISMATCH = "personal-id-mismatch"
    HAND_OVER_REFUSED = "hand-over-refused"
    AMOUNT_DIFFERS = "amount-differs"
    SEAL_REFUSED = "seal-refused"
    """The office's seal is missing, expired, revoked or somebody else's; the document waits, signed."""
    STEP_FAILED = "step-failed"
    STOPPED = "stopped-by-support"
    """Nothing had failed: somebody stopped the step in order to decide on it."""


NO_EFFECT = frozenset(
    {
        IncidentCode.REQUEST_REJECTED,
        IncidentCode.SUSPECTED_DUPLICATE,
        IncidentCode.ID_REFUSED,
        IncidentCode.HAND_OVER_REFUSED,
    }
)
"""The agency said that it did nothing: asking anew takes a new key. Otherwise the same key finds what it did."""


class Remedy(StrEnum):
    """What an operator may decide."""

    RETRY = "retry"
    RETRY_WITH = "retry_with"
    RECORD_RESULT = "record_result"
    GIVE_UP = "give_up"


class Resolution(Message):
    """`input`: fields of the step's request to change (`retry_with`); `result`: the step's result (`record_result`)."""

    incident: str
    by: str
    decision: Remedy
    reason: Line
    input: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
