"""Dossiers that follow another one: what is ordered reversed, what a later raise makes due, what is done once more."""

from typing import Annotated

from pydantic import Field

from contracts.agencies import Agency, CertificateRef, RegisterLine
from contracts.base import Day, DossierCode, Line, Message, Office, Vnd
from contracts.benefit_steps import Claim
from contracts.benefits import Award, Payer
from contracts.death import DeathFiling
from contracts.dossier import LegKind
from contracts.filings import Filing
from contracts.tasks import Opening


class Order(Message):
    """The decision by which an office orders a reversal."""

    number: Line
    issued_on: Day
    issuer: Line
    reason: Line


class Undone(Message):
    """One thing that was asked of the agency, by its idempotency key; `claim`: of a benefit."""

    key: str
    claim: Claim | None = None


class Effect(Message):
    """What a leg of the dossier has set off; survivors' benefits are several things of one leg."""

    leg: LegKind
    agency: Agency
    office: Office
    done: Annotated[tuple[Undone, ...], Field(min_length=1)]


class ReversalOpening(Opening):
    """Take back everything that a wrongly reported death has set off."""

    filing: DeathFiling
    follows: DossierCode
    order: Order
    effects: tuple[Effect, ...]


class DifferenceOpening(Opening):
    """Pay what a raise that reaches back makes due on a benefit that was paid before it was known.

    `amount`: still due; `award` is what is due in all. The claim's `part` names the raise, so that it is paid once.
    """

    filing: DeathFiling
    follows: DossierCode
    award: Award
    amount: Vnd
    claim: Claim
    office: Office
    certificate: CertificateRef


REPEATABLE = frozenset(
    {
        *(LegKind.RESIDENCE, LegKind.HEALTH_CARD),
        *(LegKind.RESIDENCE_REMOVAL, LegKind.HEALTH_CARD_LOCK, LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR),
    }
)
"""What stands on a certificate can be asked for anew; a registration and a number are given once."""


class Reopening(Message):
    """Which act of support it was, who wished it, who agreed, and why."""

    act: str
    by: str
    approved_by: str
    reason: Line


class LegAgain(Message):
    """A leg to do once more; `payer`: of a benefit, whose the first dossier found that it was."""

    leg: LegKind
    agency: Agency
    payer: Payer | None = None


class ReopeningOpening(Opening):
    """Do legs of a closed dossier once more, on what was registered and signed then.

    `personal_id`: the child's, where it has one.
    """

    filing: Filing
    follows: DossierCode
    reopening: Reopening
    legs: Annotated[tuple[LegAgain, ...], Field(min_length=1)]
    certificate: CertificateRef
    registered: RegisterLine
    personal_id: str | None = None
