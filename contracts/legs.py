"""What follows from a death declaration: who is asked to pay, where each leg goes, and how an agency decides."""

from enum import StrEnum

from contracts.agencies import Agency
from contracts.base import Day, Instant, Message, Office, Province
from contracts.benefits import Asked, Benefit, Payer
from contracts.death import DeathDeclaration
from contracts.dossier import LegKind


class ClaimQuestion(Message):
    """Who pays what this declaration asks for? `province`: of the registering office; `known_at` as in a route."""

    declaration: DeathDeclaration
    province: Province
    known_at: Instant


class Act(StrEnum):
    """What an agency does within a chain, in this order."""

    EXAMINE = "examine"
    CHECK = "check"
    DECIDE = "decide"


class Level(StrEnum):
    """Who does it. Districts existed until 30 June 2025."""

    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    INSURER = "insurer"


class ChainLink(Message):
    """One link of an agency's chain: who does what, and by when it must be done."""

    act: Act
    level: Level
    due_at: Instant
    article: str


class ChainQuestion(Message):
    """Which links follow, and when, once the agency has the leg?"""

    kind: Benefit
    payer: Payer
    received_at: Instant


class Chain(Message):
    """Never empty; the last link's instant is when the leg is due."""

    links: tuple[ChainLink, ...]
    verified: bool


class Place(StrEnum):
    """By what the receiving commune is found."""

    REGISTRATION = "registration"
    LAST_RESIDENCE = "last_residence"
    MERIT_FILE = "merit_file"
    NOTICE_ISSUER = "notice_issuer"
    SURVIVOR_RESIDENCE = "survivor_residence"


class AddresseesQuestion(Message):
    """Where do these legs go? `office`: where the death is registered; `on`: the day that governs."""

    declaration: DeathDeclaration
    office: Office
    legs: tuple[Asked, ...]
    on: Day


class Addressee(Message):
    """The agency and the commune's code that receive a leg; survivors in several communes make several rows."""

    leg: LegKind
    agency: Agency
    office: Office
    place: Place
    article: str
    verified: bool
