"""The birth declaration (domain.md C.2), in English field names; adapters hold the partners' own."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.base import Code, Day, Line, Message, Name, Office, PersonalId, Province

NOTICE_CODE = r"^[0-9]{5}\.GCS\.[0-9]{5}\.[0-9]{2}$"
"""Birth-notification code, kept on re-issue (domain.md B.7)."""


class BirthCase(StrEnum):
    BOTH_PARENTS = "both_parents"
    MOTHER_UNKNOWN = "mother_unknown"
    FATHER_UNKNOWN = "father_unknown"
    BOTH_UNKNOWN = "both_unknown"
    ABANDONED = "abandoned"


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class ResidenceCase(StrEnum):
    PARENTS_OWN = "parents_own"
    PARENTS_NOT_OWNERS = "parents_not_owners"
    RENTED = "rented"
    GRANDPARENTS = "grandparents"
    GUARDIAN = "guardian"
    INSTITUTION = "institution"
    VEHICLE = "vehicle"


class Consent(StrEnum):
    """How a third party agreed to the child's residence."""

    NOT_NEEDED = "not_needed"
    VNEID = "vneid"
    PAPER = "paper_ct01"


class Delivery(StrEnum):
    ELECTRONIC = "electronic"
    COUNTER = "counter"
    POST = "post"


class Address(Message):
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "VN"
    province: Province
    ward: Office
    detail: Line


class PlaceOfBirth(Message):
    facility: Line | None = None
    province: Province
    ward: Office | None = None
    detail: Line


class Hometown(Message):
    province: Province
    detail: Line


class Child(Message):
    surname: Name
    middle_name: Name | None = None
    given_name: Name
    sex: Sex
    born_on: Day
    born_at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    """Hour of birth, local time."""
    place_of_birth: PlaceOfBirth
    hometown: Hometown
    ethnicity: Name
    nationality: Name

    @property
    def full_name(self) -> str:
        """Surname first, as Vietnamese papers write it."""
        return " ".join(part for part in (self.surname, self.middle_name, self.given_name) if part)


class Parent(Message):
    full_name: Name
    born_on: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")]
    """Full date, month or year alone: older papers know no more."""
    personal_id: PersonalId | None = None
    ethnicity: Name
    nationality: Name
    residence: Address


class BirthNotice(Message):
    code: Annotated[str, StringConstraints(pattern=NOTICE_CODE)]
    issued_on: Day


class Substitute(Message):
    """A paper in place of the facility's notice; only where the facility sent none (Decree 63/2024)."""

    kind: Literal["witness", "undertaking"]
    issued_on: Day
    detail: Line | None = None


class Marriage(Message):
    number: Line
    book: Line | None = None
    registered_on: Day | None = None
    place: Line | None = None


class HouseholdHead(Message):
    full_name: Name
    personal_id: PersonalId
    relation: Line
    """The child's relation to the head."""


class DwellingOwner(Message):
    full_name: Name
    personal_id: PersonalId


class Household(Message):
    case: ResidenceCase
    place: Address
    household_head: HouseholdHead
    dwelling_owner: DwellingOwner | None = None
    consent: Consent


class HealthInsurance(Message):
    facility: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
    """Code of the first-contact health facility."""


class BirthDeclaration(Message):
    """Both parents known, living in their own dwelling; other cases are refused by name until they have their path."""

    case: BirthCase
    birth_notice: BirthNotice | None = None
    substitute: Substitute | None = None
    child: Child
    mother: Parent | None = None
    father: Parent | None = None
    marriage: Marriage | None = None
    residence: Household
    health_insurance: HealthInsurance
    copies: Annotated[int, Field(ge=0, le=50, strict=True)] = 0
    delivery: Delivery = Delivery.ELECTRONIC
    undertaking: Literal[True]
    """The declarant answers for the truth of the declaration."""


class Relation(StrEnum):
    MOTHER = "mother"
    FATHER = "father"
    GRANDPARENT = "grandparent"
    RELATIVE = "relative"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class Applicant(Message):
    full_name: Name
    personal_id: PersonalId
    relation: Relation
    phone: Annotated[str, StringConstraints(pattern=r"^0[0-9]{9}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,180}$")] | None = None


class PaperRef(Message):
    """A stored attachment: the bytes stand in records, only this travels."""

    kind: Code
    name: Line
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    blob: str


class BirthFiling(Message):
    """What a birth dossier starts from, attachments replaced by references."""

    applicant: Applicant
    declaration: BirthDeclaration
    papers: tuple[PaperRef, ...] = ()
