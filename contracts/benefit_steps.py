"""What a payer is asked after a death: decide, pay, say how far it is, take back; and the claim register beside it."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

from contracts.agencies import Agency, Case, CertificateRef, Granted, Pending, Refused, Step
from contracts.base import Day, DossierCode, Instant, Line, Message, Office, PersonalId, Vnd
from contracts.benefits import Benefit, Payer
from contracts.claims import Benefits, Payment, Recipient, Survivor
from contracts.death import Deceased
from contracts.dossier import LegKind
from contracts.legs import Act

DECIDE: dict[Benefit, Step] = {
    LegKind.FUNERAL: Step.DECIDE_FUNERAL,
    LegKind.ONE_OFF: Step.DECIDE_ONE_OFF,
    LegKind.SURVIVOR: Step.DECIDE_SURVIVOR,
}
PAY: dict[Benefit, Step] = {
    LegKind.FUNERAL: Step.PAY_FUNERAL,
    LegKind.ONE_OFF: Step.PAY_ONE_OFF,
    LegKind.SURVIVOR: Step.PAY_SURVIVOR,
}
RECOVER: dict[Benefit, Step] = {
    LegKind.FUNERAL: Step.RECOVER_FUNERAL,
    LegKind.ONE_OFF: Step.RECOVER_ONE_OFF,
    LegKind.SURVIVOR: Step.RECOVER_SURVIVOR,
}


class Claim(Message):
    """What may be paid once: a benefit after one person's death, for survivor benefit once each survivor.

    `part` tells a later payment on the same claim apart: the difference that a raise made due.
    """

    dossier: DossierCode
    kind: Benefit
    payer: Payer
    deceased: PersonalId
    beneficiary: PersonalId | None = None
    part: str = ""


class ClaimState(StrEnum):
    RESERVED = "reserved"
    DECIDED = "decided"
    PAID = "paid"
    RECOVERED = "recovered"
    """Paid and taken back: the claim is free again."""


class ClaimHeld(Message):
    """Somebody else has the claim; `dossier` is none for a payment that was made outside linked dossiers."""

    payer: Payer
    state: ClaimState
    dossier: DossierCode | None = None


class ClaimOutcome(Message):
    """What became of a claim: decided, paid, or let go (none)."""

    claim: Claim
    state: ClaimState | None
    amount: Vnd | None = None
    on: Day | None = None


# ---- what each step asks


class BenefitRequest(Message):
    """Decide on one benefit. `amount`: what the law makes of the declaration; none where the payer works it out.

    `office`: the commune that the law sends it to. `survivors`: of that commune, for survivor benefit alone.
    """

    case: Case
    agency: Agency
    office: Office
    claim: Claim
    amount: Vnd | None
    articles: tuple[str, ...]
    deceased: Deceased
    died_on: Day
    benefits: Benefits
    survivors: tuple[Survivor, ...] = ()
    certificate: CertificateRef
    certificate_of: DossierCode | None = None
    """The dossier that keeps the certificate, where another one does."""


class PaymentOrder(Message):
    """Pay what was decided."""

    case: Case
    agency: Agency
    office: Office
    claim: Claim
    decision_number: Line
    amount: Vnd
    recipient: Recipient
    payment: Payment


class Progress(Message):
    """How far a payer is inside its chain; `act` is none where it does not say."""

    act: Act | None = None


class Reminder(Message):
    """A link of the payer's chain is about to fall due."""

    case: Case
    agency: Agency
    reference: str
    act: Act
    due_at: Instant


class Recovery(Message):
    """Take a benefit back after a wrongly reported death; `undone`: the key under which it was decided."""

    case: Case
    agency: Agency
    office: Office
    claim: Claim
    undone: str
    decision: Line
    ordered_on: Day


# ---- what each step yields


class BenefitDecided(Message):
    decision_number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    decided_on: Day
    amount: Vnd


class BenefitPaid(Message):
    """The payer's confirmation: the money has arrived."""

    payment_reference: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    paid_on: Day
    amount: Vnd


class BenefitSettled(Message):
    """What a benefit leg ends with: decided and paid."""

    payer: Payer
    decision_number: str
    amount: Vnd
    payment_reference: str
    paid_on: Day


class BenefitRecovered(Message):
    """`amount`: what is to be paid back; nought where nothing had been paid yet."""

    receipt_number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    recovered_on: Day
    amount: Vnd


DecisionAnswer: TypeAlias = Annotated[Granted[BenefitDecided] | Refused | Pending, Field(discriminator="outcome")]
PaymentAnswer: TypeAlias = Annotated[Granted[BenefitPaid] | Refused | Pending, Field(discriminator="outcome")]
RecoveryAnswer: TypeAlias = Annotated[Granted[BenefitRecovered] | Refused | Pending, Field(discriminator="outcome")]
BOUNCED = "payment-bounced"
"""The reason under which a payer says that the money came back: the office asks the family where to pay."""
