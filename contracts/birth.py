"""The birth declaration (domain.md C.2), in English field names; adapters hold the partners' own."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.base import Day, Line, Message, Name, Office, PersonalId, Province
from contracts.people import Address, Delivery, HouseholdHead, Named, PaperRef, PartialDay, Requester, Sex

__all__ = ["Address", "Delivery", "HouseholdHead", "PaperRef", "Sex"]

NOTICE_CODE = r"^[0-9]{5}\.GCS\.[0-9]{5}\.[0-9]{2}$"
"""Birth-notification code, kept on re-issue (domain.md B.7)."""


class BirthCase(StrEnum):
    BOTH_PARENTS = "both_parents"
    MOTHER_UNKNOWN = "mother_unknown"
    FATHER_UNKNOWN = "father_unknown"
    BOTH_UNKNOWN = "both_unknown"
    ABANDONED = "abandoned"


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


class PlaceOfBirth(Message):
    facility: Line | None = None
    province: Province
    ward: Office | None = None
    detail: Line


class Hometown(Message):
    province: Province
    detail: Line


class Child(Named):
    sex: Sex
    born_on: Day
    born_at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    """Hour of birth, local time."""
    place_of_birth: PlaceOfBirth
    hometown: Hometown
    ethnicity: Name
    nationality: Name


class Parent(Message):
    full_name: Name
    born_on: PartialDay
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


class Applicant(Requester):
    """Who files a birth."""

    relation: Relation


class BirthFiling(Message):
    """What a birth dossier starts from, attachments replaced by references."""

    applicant: Applicant
    declaration: BirthDeclaration
    papers: tuple[PaperRef, ...] = ()
