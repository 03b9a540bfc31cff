"""Dossiers that follow another one: what an office orders reversed, and what a later raise makes due."""

from typing import Annotated

from pydantic import Field

from contracts.agencies import Agency, CertificateRef
from contracts.base import Day, DossierCode, Line, Message, Office, Vnd
from contracts.benefit_steps import Claim
from contracts.benefits import Award
from contracts.death import DeathFiling
from contracts.dossier import LegKind
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
