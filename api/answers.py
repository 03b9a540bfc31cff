"""What callers get: the shapes that `/openapi.json` shows. Answers are told as they are stored, not checked again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.problems import ProblemView
from contracts.base import Sha256
from contracts.birth import Applicant
from contracts.death import DeathApplicant
from contracts.dossier import DocumentRef, Group, Stage, TaskView
from contracts.filings import Declaration
from contracts.people import PaperRef
from records.edge import InboxState, InHand
from records.edge.webhooks import Delivery, Subscription
from records.queries import Event
from records.registers import Lack

Row = TypeVar("Row")


class Page(BaseModel, Generic[Row]):
    """`next`: the cursor of what follows; none at the end."""

    items: list[Row]
    next: str | None


class Events(BaseModel):
    """`next`: the number to go on after, also when nothing has happened since."""

    items: list[Event]
    next: int


class JournalEntry(BaseModel):
    """One thing that happened; `hash` chains it to what happened before."""

    seq: int
    at: datetime
    kind: str
    leg: str | None
    actor: str | None
    data: dict[str, Any]
    hash: str


class Found(BaseModel):
    """A dossier that a search found."""

    code: str
    group: Group
    stage: Stage
    office: str
    filed_at: datetime
    promised_at: datetime | None


class Task(TaskView):
    """One task, and what is to be decided on."""

    dossier: str
    declaration: Declaration | None
    applicant: Applicant | DeathApplicant | None
    papers: tuple[PaperRef, ...]
    document_sha256: str | None
    holder: InHand | None


class Lacking(BaseModel):
    """What an office lacks, or soon will: until when it holds or held, and whose it is."""

    lack: Lack
    until: datetime | None
    person: str | None


class OfficeReadiness(BaseModel):
    """Whether signatures can succeed at an office now."""

    ready: bool
    shortfalls: list[Lacking]


class SigningAlgorithm(StrEnum):
    """How a token signs the hash that it is given."""

    ECDSA = "ECDSA-SHA256"
    RSA = "RSA-PKCS1v15-SHA256"


class Preparation(BaseModel):
    """What a token is to sign: 32 bytes, under the certificate (DER) for which the document was made ready.

    Bytes in base64. `prepared`: the certificate's fingerprint, SHA-256; `expires_at`: when the certificate ends.
    """

    document_sha256: Sha256
    hash_to_sign: str
    algorithm: SigningAlgorithm
    certificate: str
    prepared: Sha256
    expires_at: datetime


class ReceiptStatus(StrEnum):
    SIGNED = "signed"
    REFUSED = "refused"
    UNTOUCHED = "untouched"
    """A document before it was refused: of this one nothing was begun."""


class SignatureReceipt(BaseModel):
    """What became of one document of a batch: `document` where it was signed, `problem` where it was refused."""

    task: str
    status: ReceiptStatus
    document: DocumentRef | None = None
    problem: ProblemView | None = None


class SignatureReceipts(BaseModel):
    """One receipt each, in the order asked for."""

    items: list[SignatureReceipt]


@dataclass(frozen=True)
class NewWebhook(Subscription):
    """A subscription and, this once, the secret that its calls are signed with."""

    secret: str


@dataclass(frozen=True)
class WebhookDelivery(Delivery):
    """What became of one event on its way to one webhook."""


class Taken(BaseModel):
    """A late answer was stored."""

    message_id: str
    state: InboxState


class Alive(BaseModel):
    status: str


class Ready(BaseModel):
    """Whether filings can be taken, and what of it is there."""

    ready: bool
    checks: dict[str, bool]
