"""What people decide: reviews, signatures, supplements, withdrawals, and who opened the dossier."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.agencies import Agency, Granted, Refused, Step
from contracts.base import Base64, Code, DossierCode, Instant, Line, Message, Office, Province, Sha256
from contracts.birth import BirthFiling
from contracts.claims import Payment
from contracts.death import DeathFiling
from contracts.dossier import Channel, Group, LawView, LegKind
from contracts.filings import Filing
from contracts.steps import RESULTS


class Pace(Message):
    """How patiently outside parties are asked; fixed at filing, so that history replays alike everywhere.

    All in seconds. `id_wait_cap`: at most so long does the certificate wait for the personal ID, whatever the law's
    pack allows; none outside local stacks.
    """

    attempt: float = 30
    """An attempt of which nothing is heard, its worker dead perhaps, is given up and made again."""
    retry_cap: float = 300
    first_enquiry: float = 1800
    enquiry_cap: float = 21600
    id_wait_cap: float | None = None
    expected_answer: float = 900
    """An agency that has not answered so long after it was asked makes its leg overdue."""


class Opening(Message):
    """How a dossier starts."""

    code: DossierCode
    group: Group
    client: str
    channel: Channel
    office: Office
    province: Province
    """Of the office: a personal ID begins with its place of registration."""
    filed_at: Instant
    pace: Pace = Pace()


class BirthOpening(Opening):
    filing: BirthFiling


class DeathOpening(Opening):
    filing: DeathFiling


OPENINGS: dict[Group, type[BirthOpening] | type[DeathOpening]] = {
    Group.BIRTH: BirthOpening,
    Group.DEATH: DeathOpening,
}
"""How a filing of each group starts."""


class Decision(StrEnum):
    ACCEPT = "accept"
    SUPPLEMENT = "supplement"
    REJECT = "reject"


class Review(Message):
    """A clerk's decision on a filing. `reason_text` is what the citizen reads."""

    task: str
    by: str
    decision: Decision
    reason: Code | None = None
    reason_text: Line | None = None
    documents: tuple[Code, ...] = ()


class Supplement(Message):
    """The citizen's answer to a supplement request: the whole declaration as it now stands, merged and checked."""

    request: str
    filing: Filing


class Withdrawal(Message):
    reason: Line
    legs: tuple[LegKind, ...] | None = None


class Choice(Message):
    """A person decides what the law leaves open, or what becomes of money that came back.

    `choice`: one of the task's. `payment`: where to pay instead, where the money is sent again.
    """

    task: str
    by: str
    choice: Code
    reason: Line
    payment: Payment | None = None


class Authorisation(Message):
    """What the signing service gave for the PIN: good for one hash, for minutes; the PIN itself stays at the edge."""

    credential: str
    token: str


class Signature(Message):
    """A chair signs one version of one document: by the remote service, an uploaded PDF, or what their token gave."""

    task: str
    by: str
    document_sha256: Sha256
    method: Literal["remote", "token"]
    authorisation: Authorisation | None = None
    upload: str | None = None
    """Id of the stored, signed PDF."""
    value: Base64 | None = None
    """What the token made of the prepared hash."""


class NewSigner(Message):
    """Somebody on duty wants to sign a draft that was not made ready for them, or for their token.

    `certificate`: fingerprint of the token's certificate; none for the signing service.
    """

    task: str
    by: str
    document_sha256: Sha256 | None = None
    certificate: Sha256 | None = None


class OfficeMove(Message):
    """The dossier's office is over: its work goes on at this one. `by` none: the register of offices says so."""

    office: Office
    reason: Code
    by: str | None = None


class CallbackAnswer(Message):
    """A late answer as the workflow hears it; `body` is checked against the step's own result."""

    agency: Agency
    message_id: Annotated[str, Field(min_length=1, max_length=100)]
    dossier: DossierCode
    step: Step
    reference: Annotated[str, Field(min_length=1, max_length=100)]
    outcome: Literal["granted", "refused"]
    body: dict[str, str | int | float | bool | None]


class OpeningView(Message):
    """What the answer to a filing carries beyond its code."""

    law: LawView
    promised_at: Instant


class Receipt(StrEnum):
    """What became of a message: taken, or known already."""

    TAKEN = "taken"
    KNOWN = "known"


def answer_from(callback: CallbackAnswer) -> "Granted[Message] | Refused":
    """The typed answer in a callback; raises pydantic's `ValidationError` where it does not fit the step."""
    if callback.outcome == "refused":
        return Refused.model_validate(callback.body, extra="ignore")
    result = RESULTS[callback.step].model_validate(callback.body, extra="ignore")
    return Granted(result=result)
