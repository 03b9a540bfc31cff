"""The dossier as everyone sees it: stages, legs, tasks, documents, and the view of the HTTP contract."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.base import Code, DossierCode, Instant, Line, Message, Office, Sha256, Vnd


class Group(StrEnum):
    BIRTH = "birth"
    DEATH = "death"


class Channel(StrEnum):
    ONLINE = "online"
    COUNTER = "counter"
    OFFICE = "office"
    """Ordered by an office: a reversal, a difference. Nobody files so."""


class Stage(StrEnum):
    SUBMITTED = "submitted"
    NEEDS_SUPPLEMENT = "needs_supplement"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"

    @property
    def closed(self) -> bool:
        """Nothing happens to the dossier any more."""
        return self in {Stage.RETURNED, Stage.REJECTED, Stage.WITHDRAWN, Stage.STOPPED}


class LegKind(StrEnum):
    CIVIL_STATUS = "civil_status"
    PERSONAL_ID = "personal_id"
    RESIDENCE = "residence"
    HEALTH_CARD = "health_card"
    ID_CARD = "id_card"
    DEATH_REGISTRATION = "death_registration"
    RESIDENCE_REMOVAL = "residence_removal"
    HEALTH_CARD_LOCK = "health_card_lock"
    FUNERAL = "funeral"
    ONE_OFF = "one_off"
    SURVIVOR = "survivor"


class LegState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    PENDING = "pending"
    NEEDS_SUPPLEMENT = "needs_supplement"
    GRANTED = "granted"
    REFUSED = "refused"
    NOT_APPLICABLE = "not_applicable"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"

    @property
    def ended(self) -> bool:
        """The leg will not move again by itself."""
        return self in {LegState.GRANTED, LegState.REFUSED, LegState.NOT_APPLICABLE, LegState.WITHDRAWN}


class TaskKind(StrEnum):
    REVIEW = "review"
    SIGNATURE = "signature"
    CONSENT = "consent"
    DECISION = "decision"


class TaskState(StrEnum):
    OPEN = "open"
    BLOCKED = "blocked"
    DONE = "done"
    CANCELLED = "cancelled"


class DocumentKind(StrEnum):
    BIRTH_CERTIFICATE = "birth_certificate"
    DEATH_EXTRACT = "death_extract"


class DocumentState(StrEnum):
    DRAFT = "draft"
    REQUESTED = "requested"
    SIGNED = "signed"
    SEALED = "sealed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class Finding(StrEnum):
    """What the automatic checks tell the reviewing clerk."""

    NOTICE_MISSING = "notice-missing"
    NOTICE_NOT_DECLARED = "notice-not-declared"
    NOTICE_MOTHER_DIFFERS = "notice-mother-differs"
    NOTICE_SEX_DIFFERS = "notice-sex-differs"
    NOTICE_DATE_DIFFERS = "notice-date-differs"
    NOTICE_PERSON_DIFFERS = "notice-person-differs"
    NOTICE_BEFORE_DEATH = "notice-before-death"
    REGISTER_UNKNOWN = "register-unknown"
    REGISTER_DIFFERS = "register-differs"
    REGISTER_SAYS_DEAD = "register-says-dead"
    PERSONAL_ID_UNLIKELY = "personal-id-unlikely"
    LATE_REGISTRATION = "late-registration"


class LinkView(Message):
    """One link of the chain inside an agency: who does what, by when."""

    act: Code
    level: Code
    due_at: Instant


class LegView(Message):
    """`overdue` is a matter of when one looks: it is set at reading, false in history."""

    kind: LegKind
    agency: str
    state: LegState = LegState.WAITING
    due_at: Instant | None = None
    overdue: bool = False
    result: dict[str, str | int | None] | None = None
    reason: Code | None = None
    reason_text: Line | None = None
    legal_basis: Line | None = None
    expected_by: Instant | None = None
    """When the step's next event was expected; past it the step is overdue even before the law's date."""
    office: Office | None = None
    """The commune that the law sends the leg to; none where it is the registering one, or several."""
    payer: Code | None = None
    amount: Vnd | None = None
    keys: tuple[str, ...] = ()
    """Idempotency keys under which the agency was asked: what is taken back later is named by them."""
    links: tuple[LinkView, ...] = ()
    """What the agency does inside, each with its own due date."""


class DocumentRef(Message):
    """One stored version of a document; its bytes never change under this id."""

    id: str
    version: int
    sha256: Sha256


class ReadingView(Message):
    """One way to read the law; `amount` is none where the payer works it out."""

    choice: Code
    amount: Vnd | None = None
    articles: tuple[str, ...] = ()


class TaskView(Message):
    id: str
    kind: TaskKind
    state: TaskState = TaskState.OPEN
    office: Office
    due_at: Instant
    opened_at: Instant
    document: DocumentRef | None = None
    findings: tuple[Finding, ...] = ()
    choices: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """What the law lets the decider choose from: `papers` to ask for, `reasons` to reject for, `decisions` to take."""
    leg: LegKind | None = None
    why: Code | None = None
    """Why somebody has to decide."""
    readings: tuple[ReadingView, ...] = ()


class DocumentView(Message):
    id: str
    kind: DocumentKind
    version: int
    sha256: Sha256
    signed: bool = False
    state: DocumentState
    signed_by: str | None = None
    """The signer's account id, not a name."""
    draft_id: str | None = None
    under_seal: DocumentRef | None = None
    """The document as its signer signed it, of which the office's seal made this one."""


class IncidentView(Message):
    id: str
    step: str
    code: Code
    opened_at: Instant
    agency: str | None = None
    leg: LegKind | None = None
    attempts: int = 0
    decisions: tuple[str, ...] = ()


class SupplementView(Message):
    id: str
    documents: tuple[Code, ...]
    reason: Line
    due_at: Instant


class LawView(Message):
    """Which law governs the dossier: regime, the day it was read for, the pack's hash and the articles used."""

    regime: str
    governs_on: str
    pack: str
    articles: tuple[str, ...]


class DossierState(Message):
    """The whole of what people see of a dossier, written to the projection once a turn."""

    code: DossierCode
    group: Group
    stage: Stage = Stage.SUBMITTED
    held: bool = False
    channel: Channel
    office: Office
    filed_at: Instant
    promised_at: Instant | None = None
    law: LawView | None = None
    legs: tuple[LegView, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    documents: tuple[DocumentView, ...] = ()
    incidents: tuple[IncidentView, ...] = ()
    supplement: SupplementView | None = None
    reason: Code | None = None
    reason_text: Line | None = None
    duplicate_of: DossierCode | None = None
    """Told to clerks and support only."""
    follows: DossierCode | None = None
    """The dossier that this one corrects or completes."""
    followed_by: tuple[DossierCode, ...] = ()
    """Those that correct or complete this one, the oldest first; set at reading, empty in history."""


class ProblemItem(Message):
    """One wrong field of a request, by JSON pointer."""

    pointer: str
    code: str
    message: str


Limit = Annotated[int, Field(ge=1, le=200)]
