"""The death declaration (domain.md C.3), in English field names; adapters hold the partners' own."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Day, DayOrInstant, Fault, Line, Message, Name, Office, PersonalId, Province, refuse
from contracts.claims import Benefits
from contracts.dossier import LegKind
from contracts.people import Address, Delivery, HouseholdHead, Kinship, Named, PaperRef, PartialDay, Requester, Sex

LEGAL_ZONE = timezone(timedelta(hours=7))
"""No summer time: the offset alone tells the day."""


def _of_a_notice(number: str) -> str:
    if "TLKT" in number.upper():  # what families copy from an old extract (domain.md C.3)
        raise PydanticCustomError("not-a-notice", "this is the number of a death extract, not of a notice")
    return number


def _real(value: str) -> str:
    date.fromisoformat(f"{value}-01-01"[: len("YYYY-MM-DD")])
    return value


class DeathApplicant(Requester):
    """Who files a death."""

    relation: Kinship


class Deceased(Named):
    """`personal_id` may be missing for people who died before they had one; a benefit needs it."""

    sex: Sex
    born_on: Annotated[PartialDay, AfterValidator(_real)]
    personal_id: PersonalId | None = None
    ethnicity: Name
    nationality: Name


class ResidenceKind(StrEnum):
    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    CURRENT = "current"
    """Lived there unregistered."""
    NONE = "none"
    """Unknown, or no fixed residence (V-D02)."""


class LastResidence(Message):
    kind: ResidenceKind = ResidenceKind.PERMANENT
    address: Address | None = None

    @property
    def registered(self) -> bool:
        """Whether there is a residence to be removed from (J14)."""
        return self.kind in {ResidenceKind.PERMANENT, ResidenceKind.TEMPORARY}

    @model_validator(mode="after")
    def _placed(self) -> "LastResidence":
        if self.kind is not ResidenceKind.NONE and self.address is None:
            refuse(LastResidence, [Fault(("address",), "missing", "this kind of residence needs its address")])
        if self.kind is ResidenceKind.NONE and self.address is not None:
            refuse(LastResidence, [Fault(("address",), "not-applicable", "no residence has no address")])
        return self


class PlaceOfDeath(Message):
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "VN"
    province: Province | None = None
    ward: Office | None = None
    facility: Line | None = None
    detail: Line

    @model_validator(mode="after")
    def _in_a_province(self) -> "PlaceOfDeath":
        if self.country == "VN" and self.province is None:
            refuse(PlaceOfDeath, [Fault(("province",), "missing", "a place in Viet Nam has a province")])
        return self


class DeathNotice(Message):
    """The health facility's notice."""

    number: Annotated[Line, StringConstraints(max_length=60), AfterValidator(_of_a_notice)]
    issued_on: Day
    issuer: Line


class SubstituteKind(StrEnum):
    """Papers in place of a facility's notice: the portal's list of eight, in its order from 0 to 7 (V-D04)."""

    NONE = "none"
    COMMUNE_NOTICE = "commune_notice"
    EXECUTION_RECORD = "execution_record"
    COURT_DECISION = "court_decision"
    POLICE_CONCLUSION = "police_conclusion"
    HEALTH_CONFIRMATION = "health_confirmation"
    MINUTES = "minutes"
    WITNESS_STATEMENT = "witness_statement"


class Substitute(Message):
    """`office`: the commune that issued it, where one did; merit files that were never paid go there (V-D18)."""

    kind: SubstituteKind
    number: Line | None = None
    issued_on: Day | None = None
    issuer: Line | None = None
    office: Office | None = None
    detail: Line | None = None

    @model_validator(mode="after")
    def _described(self) -> "Substitute":
        refuse(Substitute, self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.kind is SubstituteKind.NONE:
            if self.detail is None:
                yield Fault(("detail",), "missing", "without any paper, say how the death is known")
            return
        if self.issued_on is None:
            yield Fault(("issued_on",), "missing", "a paper has its day of issue")
        private = self.kind in {SubstituteKind.MINUTES, SubstituteKind.WITNESS_STATEMENT}
        if self.issuer is None and not private:
            yield Fault(("issuer",), "missing", "an official paper has its issuer")
        if self.kind is SubstituteKind.COMMUNE_NOTICE and self.office is None:
            yield Fault(("office",), "missing", "a commune's notice names the commune")


Procedure: TypeAlias = Literal[LegKind.DEATH_REGISTRATION, LegKind.RESIDENCE_REMOVAL, LegKind.FUNERAL, LegKind.SURVIVOR]
_ORDER: tuple[Procedure, ...] = (
    LegKind.DEATH_REGISTRATION,
    LegKind.RESIDENCE_REMOVAL,
    LegKind.FUNERAL,
    LegKind.SURVIVOR,
)
FORMS = frozenset(_ORDER[:count] for count in (2, 3, 4))
"""What can be asked for: death and removal, these with the funeral, or all four (domain.md A.3)."""


def _form(chosen: tuple[Procedure, ...]) -> tuple[Procedure, ...]:
    """A set, kept in the procedure's order."""
    ordered = tuple(sorted(chosen, key=_ORDER.index))
    if ordered not in FORMS:
        message = "choose the first two procedures, the first three or all four, each once"
        raise PydanticCustomError("form-unknown", message)
    return ordered


class DeathDeclaration(Message):
    """What does not hang on today's date is checked here; the rest is law (`policy.death_checks`)."""

    deceased: Deceased
    last_residence: LastResidence
    died_at: DayOrInstant
    place_of_death: PlaceOfDeath
    cause: Line | None = None
    death_notice: DeathNotice | None = None
    substitute: Substitute | None = None
    procedures: Annotated[tuple[Procedure, ...], AfterValidator(_form)]
    household_head: HouseholdHead | None = None
    benefits: Benefits | None = None
    copies: Annotated[int, Field(ge=0, le=50, strict=True)] = 0
    delivery: Delivery = Delivery.ELECTRONIC
    undertaking: Literal[True]
    """The declarant answers for the truth of the declaration."""

    @property
    def died_on(self) -> date:
        """The day on Viet Nam's calendar, also where the hour was told."""
        died_at = self.died_at
        return died_at.astimezone(LEGAL_ZONE).date() if isinstance(died_at, datetime) else died_at

    @model_validator(mode="after")
    def _consistent(self) -> "DeathDeclaration":
        refuse(DeathDeclaration, [*self._registration(), *self._claims()])
        return self

    def _registration(self) -> Iterator[Fault]:
        if (self.death_notice is None) == (self.substitute is None):
            message = "either the facility's death notice or a substitute paper must be given, not both"
            yield Fault(("death_notice",), "one-of-two", message)
        if self.last_residence.registered and self.household_head is None:
            yield Fault(("household_head",), "missing", "the removal from residence needs the household's head")
        if self.household_head is not None and not self.last_residence.registered:
            yield Fault(("household_head",), "not-applicable", "there is no residence to be removed from")

    def _claims(self) -> Iterator[Fault]:
        asked = LegKind.FUNERAL in self.procedures
        if asked and self.benefits is None:
            yield Fault(("benefits",), "missing", "the funeral allowance was asked for")
        if self.benefits is None:
            return
        if not asked:
            yield Fault(("benefits",), "not-applicable", "no benefit was asked for")
        if self.deceased.personal_id is None:
            yield Fault(("deceased", "personal_id"), "missing", "a benefit is paid once a person, by personal ID")
        survivors = LegKind.SURVIVOR in self.procedures
        if survivors and not self.benefits.survivors:
            yield Fault(("benefits", "survivors"), "missing", "survivor benefit was asked for")
        if self.benefits.survivors and not survivors:
            yield Fault(("benefits", "survivors"), "not-applicable", "survivor benefit was not asked for")


class DeathFiling(Message):
    """What a death dossier starts from, attachments replaced by references."""

    applicant: DeathApplicant
    declaration: DeathDeclaration
    papers: tuple[PaperRef, ...] = ()


class DeathNoticeFacts(Message):
    """What the facility's death notice says; what it leaves out cannot differ."""

    number: str
    personal_id: PersonalId | None = None
    sex: Sex | None = None
    died_on: Day


class DeathNoticeFound(Message):
    """`notice` is none where the facility has sent none: a substitute paper may then be asked for."""

    notice: DeathNoticeFacts | None


class PersonFacts(Message):
    """What the population register says of the deceased; `died_on` is set where it knows the death already."""

    personal_id: PersonalId
    full_name: Name
    sex: Sex
    born_on: PartialDay
    died_on: Day | None = None


class PersonFound(Message):
    """`person` is none where the register knows nobody by that number."""

    person: PersonFacts | None
