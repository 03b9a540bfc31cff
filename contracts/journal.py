"""What a dossier tells the world of itself: entries, and one write a turn."""

from enum import StrEnum

from pydantic import Field

from contracts.base import DossierCode, Instant, Message
from contracts.dossier import DossierState, LegKind
from contracts.filings import Filing


class EventKind(StrEnum):
    """Everything that can happen to a dossier; values are read by portals, so they never change."""

    FILED = "filed"
    LAW_READ = "law_read"
    CHECKED = "checked"
    TASK_OPENED = "task_opened"
    TASK_CLOSED = "task_closed"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    SUPPLEMENT_ANSWERED = "supplement_answered"
    CLOCK_PAUSED = "clock_paused"
    CLOCK_RESUMED = "clock_resumed"
    ACCEPTED = "accepted"
    LEG_CHANGED = "leg_changed"
    NUMBER_ABSENT = "number_absent"
    DOCUMENT_DRAFTED = "document_drafted"
    DOCUMENT_SIGNED = "document_signed"
    DOCUMENT_SEALED = "document_sealed"
    DOCUMENT_PUBLISHED = "document_published"
    DOCUMENT_SUPERSEDED = "document_superseded"
    SIGNATURE_REFUSED = "signature_refused"
    HANDED_OVER = "handed_over"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_RESOLVED = "incident_resolved"
    BENEFITS_ROUTED = "benefits_routed"
    BENEFIT_DECIDED = "benefit_decided"
    BENEFIT_RECOVERED = "benefit_recovered"
    PAYMENT_BOUNCED = "payment_bounced"
    DECISION_TAKEN = "decision_taken"
    PAYER_REMINDED = "payer_reminded"
    OFFICE_MOVED = "office_moved"
    STEP_ORDERED = "step_ordered"
    LEG_REPLAYED = "leg_replayed"
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    DONE = "done"
    RETURNED = "returned"


class Entry(Message):
    """One thing that happened. `data` may hold personal data: it is stored encrypted only.

    `at` is legal time: the workflow's clock. `actor` is an account id, never a name.
    """

    seq: int
    at: Instant
    kind: EventKind
    leg: LegKind | None = None
    actor: str | None = None
    data: dict[str, str | int | bool | None] = Field(default_factory=dict)


class JournalWrite(Message):
    """One turn of a dossier, written in one transaction, safe to repeat: keyed (dossier, epoch, seq of each entry).

    `state` stands after the last entry. `filing` comes with the first turn and whenever the citizen changed it.
    """

    dossier: DossierCode
    epoch: str
    client: str
    entries: tuple[Entry, ...]
    state: DossierState
    filing: Filing | None = None
