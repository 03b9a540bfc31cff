"""What each step of a death asks of an agency and yields."""

from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

from contracts.agencies import Case, CertificateRef, Granted, Pending, Refused, RegisterLine
from contracts.base import Day, DayOrInstant, DossierCode, Line, Message, Name, Office, PersonalId
from contracts.death import Deceased, LastResidence, PlaceOfDeath, Substitute
from contracts.people import Address, HouseholdHead

# ---- what each step yields


class DeathRegistered(RegisterLine):
    """The line of the death register."""


class ResidenceRemoved(Message):
    notice_number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    removed_on: Day


class CardLocked(Message):
    """`insurance_number` is none where the deceased had no card: nothing can be used after the death either way."""

    insurance_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")] | None = None
    locked_on: Day


class DeathAnnulled(Message):
    """The registration of somebody who lives is struck; the line stays readable."""

    decision_number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    annulled_on: Day


class ResidenceRestored(Message):
    notice_number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    restored_on: Day


class CardUnlocked(Message):
    insurance_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")] | None = None
    unlocked_on: Day


# ---- what each step asks


class DeathNoticeLookup(Message):
    """The facility's notice by its number; `personal_id` is the deceased's, where known."""

    case: Case
    notice_number: str
    personal_id: PersonalId | None


class PersonLookup(Message):
    """Who is this, to the population register?"""

    case: Case
    personal_id: PersonalId


class DeathRegistration(Message):
    case: Case
    office: Office
    deceased: Deceased
    last_residence: LastResidence
    died_at: DayOrInstant
    place_of_death: PlaceOfDeath
    cause: Line | None
    death_notice_number: str | None
    substitute: Substitute | None
    requester_name: Name
    requester_personal_id: PersonalId
    requester_relation: str


class ResidenceRemoval(Message):
    """`office`: the commune of the residence, which need not be the registering one."""

    case: Case
    office: Office
    deceased: Deceased
    died_on: Day
    place: Address
    household_head: HouseholdHead
    certificate: CertificateRef
    registered: DeathRegistered
    certificate_of: DossierCode | None = None
    """The dossier that keeps the certificate, where another one does."""


class CardLock(Message):
    """Sent after every death (J16): who has no card is told so."""

    case: Case
    office: Office
    deceased: Deceased
    died_on: Day
    certificate: CertificateRef
    registered: DeathRegistered
    certificate_of: DossierCode | None = None


class Undoing(Message):
    """Take one effect of a wrongly reported death back.

    `undone`: the idempotency key under which it was done. `decision`: the number of the order to reverse.
    """

    case: Case
    office: Office
    deceased: Deceased
    undone: str
    decision: Line
    ordered_on: Day


RegisterDeathAnswer: TypeAlias = Annotated[Granted[DeathRegistered] | Refused | Pending, Field(discriminator="outcome")]
RemovalAnswer: TypeAlias = Annotated[Granted[ResidenceRemoved] | Refused | Pending, Field(discriminator="outcome")]
LockAnswer: TypeAlias = Annotated[Granted[CardLocked] | Refused | Pending, Field(discriminator="outcome")]
AnnulAnswer: TypeAlias = Annotated[Granted[DeathAnnulled] | Refused | Pending, Field(discriminator="outcome")]
RestoreAnswer: TypeAlias = Annotated[Granted[ResidenceRestored] | Refused | Pending, Field(discriminator="outcome")]
UnlockAnswer: TypeAlias = Annotated[Granted[CardUnlocked] | Refused | Pending, Field(discriminator="outcome")]
