"""What each step of a birth asks of an agency and yields."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from contracts.agencies import Case, CertificateRef, Granted, Pending, Refused, RegisterLine
from contracts.base import Day, DossierCode, Message, Office, PersonalId, Province
from contracts.birth import Address, Child, Household, Parent

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


class BirthRegistered(RegisterLine):
    """The line of the birth register."""


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


class ResidenceRegistration(Message):
    case: Case
    office: Office
    child: Child
    personal_id: str | None
    place: Address
    household: Household
    certificate: CertificateRef
    registered: BirthRegistered
    certificate_of: DossierCode | None = None
    """The dossier that keeps the certificate, where another one does."""


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
    certificate_of: DossierCode | None = None


BirthNoticeAnswer: TypeAlias = BirthNoticeFound
RegisterAnswer: TypeAlias = Annotated[Granted[BirthRegistered] | Refused | Pending, Field(discriminator="outcome")]
PersonalIdAnswer: TypeAlias = Annotated[Granted[PersonalIdIssued] | Refused | Pending, Field(discriminator="outcome")]
ResidenceAnswer: TypeAlias = Annotated[Granted[ResidenceRegistered] | Refused | Pending, Field(discriminator="outcome")]
HealthCardAnswer: TypeAlias = Annotated[Granted[HealthCardIssued] | Refused | Pending, Field(discriminator="outcome")]
