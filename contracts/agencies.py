"""Agencies, steps, and the three ways in which agencies answer; what a step asks and yields stands with its group."""

from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import Field, StringConstraints

from contracts.base import Code, Day, DossierCode, Line, Message, Office, PersonalId, Sha256


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
    DEATH_NOTICE = "death_notice"
    PERSON = "person"
    REGISTER_DEATH = "register_death"
    DEATH_EXTRACT = "death_extract"
    REMOVE_RESIDENCE = "remove_residence"
    LOCK_CARD = "lock_card"
    DECIDE_FUNERAL = "decide_funeral"
    PAY_FUNERAL = "pay_funeral"
    DECIDE_ONE_OFF = "decide_one_off"
    PAY_ONE_OFF = "pay_one_off"
    DECIDE_SURVIVOR = "decide_survivor"
    PAY_SURVIVOR = "pay_survivor"
    ANNUL_DEATH = "annul_death"
    RESTORE_RESIDENCE = "restore_residence"
    UNLOCK_CARD = "unlock_card"
    RECOVER_FUNERAL = "recover_funeral"
    RECOVER_ONE_OFF = "recover_one_off"
    RECOVER_SURVIVOR = "recover_survivor"
    SEAL = "seal"
    STATUS = "status"
    NOTICE = "notice"


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


class RegisterLine(Message):
    """Where a fact of civil status was entered."""

    register_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    book: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    page: Annotated[int, Field(ge=1)]
    registered_on: Day


class HandedOver(Message):
    receipt: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class CertificateRef(Message):
    """The signed document that a leg rests on; its bytes are read from the document store when sent."""

    document: str
    version: int
    sha256: Sha256


class LegResult(Message):
    """What a leg ended with, as it is told to the citizen; `number` is the number the agency gave."""

    leg: str
    outcome: str
    number: str | None = None


NUMBERS = ("register_number", "personal_id", "notice_number", "insurance_number", "decision_number")
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


HandOverAnswer: TypeAlias = Annotated[Granted[HandedOver] | Refused | Pending, Field(discriminator="outcome")]
