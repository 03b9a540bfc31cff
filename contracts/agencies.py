"""Agencies, the three ways in which they answer, and what each step asks and yields."""

from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import Field, StringConstraints

from contracts.base import Code, Day, DossierCode, Line, Message, Office, PersonalId, Province, Sha256
from contracts.birth import Address, Child, Household, Parent


class Agency(StrEnum):
    """Every outside party; the value is its path, its queue's tail and its key in the register of secrets."""

    CIVIL_STATUS = "civil-status"
    POPULATION = "population"
    RESIDENCE = "residence"
    SOCIAL_INSURANCE = "social-insurance"
    LABOUR = "labour"
    HEALTH_FACILITY = "health-facility"
    ONE_STOP = "one-stop"
    NATIONAL_PORTAL = "national-portal"
    VNEID = "vneid"
    SIGNING = "signing"
    NOTIFICATION = "notification"


class Step(StrEnum):
    """A named step of a procedure; part of the idempotency key, so a value never changes."""

    BIRTH_NOTICE = "birth_notice"
    REGISTER = "register"
    ISSUE_ID = "issue_id"
    CERTIFICATE = "certificate"
    REGISTER_RESIDENCE = "register_residence"
    ISSUE_CARD = "issue_card"
    HAND_OVER = "hand_over"


class Case(Message):
    """Who asks and for which step: everything an idempotency key is made of.

    `group` counts attempt groups: a resend keeps it, a replayed step gets the next one. `part` tells apart several
    effects of one step (the documents handed over).
    """

    dossier: DossierCode
    step: Step
    part: str = ""
    group: int = 1

    @property
    def key(self) -> str:
        """The idempotency key: from history alone, never a run id."""
        tail = f":{self.part}" if self.part else ""
        return f"{self.dossier}:{self.step}{tail}:{self.group}"


T = TypeVar("T", bound=Message)


class Granted(Message, Generic[T]):
    outcome: Literal["granted"] = "granted"
    result: T


class Refused(Message):
    """A refusal with its reason (J6: never empty) and the rule it rests on."""

    outcome: Literal["refused"] = "refused"
    reason: Code
    text: Line | None = None
    legal_basis: Line | None = None


class Pending(Message):
    """The agency has the case and will answer later under this reference."""

    outcome: Literal["pending"] = "pending"
    reference: Annotated[str, StringConstraints(min_length=1, max_length=100)]


# ---- what each step yields


class BirthNoticeFacts(Message):
    """What the facility's birth notice says; personal data of the mother stays with the facility."""

    code: str
    mother_personal_id: PersonalId | None = None
    sex: Literal["male", "female", "undetermined"]
    born_on: Day
    children: int = 1


class BirthNoticeFound(Message):
    """`notice` is none where the facility has sent none: a substitute paper may then be asked for."""

    notice: BirthNoticeFacts | None


class BirthRegistered(Message):
    register_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    book: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    page: Annotated[int, Field(ge=1)]
    registered_on: Day


class PersonalIdIssued(Message):
    """`personal_id` stays free text here: a wrong number must become an incident, not an unreadable answer."""

    personal_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class PersonalIdRecorded(PersonalIdIssued):
    """A number that an operator records: at least it has twelve digits."""

    personal_id: PersonalId


class ResidenceRegistered(Message):
    notice_number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    registered_on: Day


class HealthCardIssued(Message):
    insurance_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
    card_code: Annotated[str, StringConstraints(min_length=10, max_length=15)]
    valid_from: Day
    valid_to: Day


class HandedOver(Message):
    receipt: Annotated[str, StringConstraints(min_length=1, max_length=100)]


# ---- what each step asks


class BirthNoticeLookup(Message):
    case: Case
    notice_code: str
    mother_personal_id: PersonalId | None


class BirthRegistration(Message):
    case: Case
    office: Office
    child: Child
    mother: Parent | None
    father: Parent | None
    birth_notice_code: str | None
    requester_name: str
    requester_personal_id: PersonalId
    requester_relation: str


class PersonalIdRequest(Message):
    case: Case
    office: Office
    place: Province
    """Province of birth registration: the number's first three digits are `0` + this."""
    child: Child
    mother_personal_id: PersonalId | None
    father_personal_id: PersonalId | None
    register_number: str


class CertificateRef(Message):
    """The signed certificate that a leg rests on; its bytes are read from the document store when sent."""

    document: str
    version: int
    sha256: Sha256


class ResidenceRegistration(Message):
    case: Case
    office: Office
    child: Child
    personal_id: str | None
    place: Address
    household: Household
    certificate: CertificateRef
    registered: BirthRegistered


class HealthCardRequest(Message):
    case: Case
    office: Office
    child: Child
    personal_id: str | None
    guardian_name: str
    guardian_personal_id: PersonalId | None
    residence: Address
    facility: str
    certificate: CertificateRef
    registered: BirthRegistered


class LegResult(Message):
    """What a leg ended with, as it is told to the citizen; `number` is the number the agency gave."""

    leg: str
    outcome: str
    number: str | None = None


NUMBERS = ("register_number", "personal_id", "notice_number", "insurance_number")
"""Under which field each result carries the number that people know it by."""


def number_in(result: dict[str, str | int | None] | None) -> str | None:
    """The number that a leg's result is known by."""
    found = next((result[name] for name in NUMBERS if result.get(name)), None) if result else None
    return str(found) if found is not None else None


class HandOver(Message):
    """One signed document, or the closing list of results, for one receiver.

    `document` names stored bytes: a PDF never travels through a history. Without one only `results` are handed over.
    """

    case: Case
    receiver: Agency
    office: Office
    owner_personal_id: PersonalId
    document: str | None = None
    kind: str
    version: int = 1
    sha256: Sha256 | None = None
    results: tuple[LegResult, ...] = ()


class PendingCase(Message):
    """Ask an agency how a pending case stands; the first delay doubles up to the cap."""

    case: Case
    reference: str
    agency: Agency
    delay_s: float
    cap_s: float


BirthNoticeAnswer: TypeAlias = BirthNoticeFound
RegisterAnswer: TypeAlias = Annotated[Granted[BirthRegistered] | Refused | Pending, Field(discriminator="outcome")]
PersonalIdAnswer: TypeAlias = Annotated[Granted[PersonalIdIssued] | Refused | Pending, Field(discriminator="outcome")]
ResidenceAnswer: TypeAlias = Annotated[Granted[ResidenceRegistered] | Refused | Pending, Field(discriminator="outcome")]
HealthCardAnswer: TypeAlias = Annotated[Granted[HealthCardIssued] | Refused | Pending, Field(discriminator="outcome")]
HandOverAnswer: TypeAlias = Annotated[Granted[HandedOver] | Refused | Pending, Field(discriminator="outcome")]

RESULTS: dict[Step, type[Message]] = {
    Step.REGISTER: BirthRegistered,
    Step.ISSUE_ID: PersonalIdIssued,
    Step.REGISTER_RESIDENCE: ResidenceRegistered,
    Step.ISSUE_CARD: HealthCardIssued,
    Step.HAND_OVER: HandedOver,
}
"""What a late answer to a step must hold."""

ANSWERED_BY: dict[Step, tuple[Agency, ...]] = {
    Step.REGISTER: (Agency.CIVIL_STATUS,),
    Step.ISSUE_ID: (Agency.POPULATION,),
    Step.REGISTER_RESIDENCE: (Agency.RESIDENCE,),
    Step.ISSUE_CARD: (Agency.SOCIAL_INSURANCE,),
    Step.HAND_OVER: (Agency.VNEID, Agency.ONE_STOP, Agency.RESIDENCE, Agency.SOCIAL_INSURANCE),
}
"""Whose word counts for a step."""
