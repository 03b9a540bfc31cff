"""Benefits after a death: what routing needs to know of the deceased, and who pays what, on which articles.

All amounts are whole đồng. `verified` is false as soon as one value used was not read in the law's own text.
"""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from contracts.agencies import Agency
from contracts.base import Code, Day, Fault, Instant, Line, Message, Office, Province, Vnd, refuse
from contracts.dossier import LegKind


class Payer(StrEnum):
    """Under which law and from which budget a benefit is claimed and paid (domain.md D.2)."""

    SOCIAL_INSURANCE = "social_insurance"
    MERIT = "merit"
    SOCIAL_PROTECTION = "social_protection"
    EMERGENCY = "emergency"
    SOCIAL_PENSION = "social_pension"
    VETERAN = "veteran"
    """War veterans and youth volunteers."""
    ARMED_FORCES = "armed_forces"
    """Serving in army or police: their ministries' own procedure, outside the linked one."""


class MeritCategory(StrEnum):
    """Persons with merit to the revolution (Ordinance 02/2020/UBTVQH14 art. 3)."""

    BEFORE_1945 = "before_1945"
    UPRISING_1945 = "uprising_1945"
    MARTYR_RELATIVE = "martyr_relative"
    HEROIC_MOTHER = "heroic_mother"
    HERO = "hero"
    WAR_INVALID = "war_invalid"
    SICK_SOLDIER = "sick_soldier"
    TOXIN_VICTIM = "toxin_victim"
    TOXIN_VICTIM_CHILD = "toxin_victim_child"
    RESISTANCE_ACTIVIST = "resistance_activist"
    IMPRISONED = "imprisoned"
    """Imprisoned or exiled by the enemy."""
    REVOLUTION_HELPER = "revolution_helper"


class Allowance(Message):
    """What was received a month under one category; nought where nothing was."""

    category: MeritCategory
    monthly: Vnd = 0
    supplement: Vnd = 0
    carer: Vnd = 0


class Merit(Message):
    """The merit file. Several categories add up (V-D10)."""

    allowances: Annotated[tuple[Allowance, ...], Field(min_length=1, max_length=12)]
    decision: Line
    managed_by: Office
    """The commune that keeps the file; it may differ from every other one in the dossier."""
    never_paid: bool = False
    """Entitled, but dead before the first payment (V-D18)."""

    @model_validator(mode="after")
    def _once_each(self) -> "Merit":
        named = [each.category for each in self.allowances]
        refuse(Merit, _repeated(named, "allowances", "category"))
        return self


class InsuranceStatus(StrEnum):
    PENSIONER = "pensioner"
    MONTHLY_BENEFIT = "monthly_benefit"
    VOLUNTARY = "voluntary"
    COMPULSORY = "compulsory"
    RESERVED = "reserved"


class Insurance(Message):
    """Social insurance of the deceased. `work_accident`: died of one, or of an occupational disease."""

    status: InsuranceStatus
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")] | None = None
    months_paid: Annotated[int, Field(ge=0, le=900, strict=True)] | None = None
    work_accident: bool = False

    @model_validator(mode="after")
    def _months_where_they_count(self) -> "Insurance":
        counted = self.status in {InsuranceStatus.VOLUNTARY, InsuranceStatus.COMPULSORY, InsuranceStatus.RESERVED}
        if counted and self.months_paid is None and not self.work_accident:
            refuse(Insurance, [Fault(("months_paid",), "missing", "this status needs the months paid")])
        return self


Categories = Annotated[tuple[Payer, ...], Field(min_length=1, max_length=len(Payer))]


def category_faults(categories: tuple[Payer, ...], merit: Merit | None, insurance: Insurance | None) -> list[Fault]:
    """What does not fit between the categories and the details that stand beside them."""
    faults = _repeated(list(categories), "categories")
    for payer, field, given in (
        (Payer.MERIT, "merit", merit is not None),
        (Payer.SOCIAL_INSURANCE, "insurance", insurance is not None),
    ):
        if payer in categories and not given:
            faults.append(Fault((field,), "missing", "this category needs its details"))
        if given and payer not in categories:
            faults.append(Fault((field,), "not-applicable", "these details belong to a category that is not named"))
    return faults


def _repeated(values: list[Payer] | list[MeritCategory], *loc: str) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for index, value in enumerate(values):
        if value in seen:
            faults.append(Fault((loc[0], index, *loc[1:]), "repeated", "named twice"))
        seen.add(value)
    return faults


class Entitlements(Message):
    """What the deceased was, to each payer; whoever knows better than the family may say so instead of them.

    `province`: whose social-support standard counts. `funeral_cost`: what the funeral cost, where an organisation held
    it for want of relatives; none otherwise.
    """

    categories: Annotated[tuple[Payer, ...], Field(max_length=len(Payer))]
    province: Province
    merit: Merit | None = None
    insurance: Insurance | None = None
    funeral_cost: Vnd | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Entitlements":
        refuse(Entitlements, category_faults(self.categories, self.merit, self.insurance))
        return self


Benefit: TypeAlias = Literal[LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR]


class RouteQuestion(Message):
    """Who pays what? `claims`: what the family asks for; the one-off is looked at even if it is not among them.

    `known_at`: the law as published at this moment; a decree that comes into force later, though it applies from
    before, is not yet known.
    """

    deceased: Entitlements
    claims: tuple[Benefit, ...]
    died_on: Day
    known_at: Instant


class Rejected(Message):
    """A payer that does not pay: why, by which rule, and what it would have paid (none: nothing was due from it)."""

    payer: Payer
    why: Code
    rule: str
    amount: Vnd | None = None


class Owed(Message):
    """What one payer owes. `amount` is none where the payer alone works it out (survivor benefits)."""

    kind: Benefit
    payer: Payer
    amount: Vnd | None
    articles: tuple[str, ...]
    verified: bool
    rejected: tuple[Rejected, ...] = ()


class Award(Owed):
    """To be claimed within the dossier, from this agency."""

    outcome: Literal["award"] = "award"
    agency: Agency


class Stop(Owed):
    """Due, but claimed outside the linked procedure: `guidance` names what the family is told."""

    outcome: Literal["stop"] = "stop"
    guidance: Code


class Doubt(StrEnum):
    """Why a person has to decide."""

    TIE = "tie"
    OPEN = "open"
    PAYER_CHANGED = "payer-changed"
    """A raise after the decision makes another payer's amount the highest."""


class DecisionNeeded(Message):
    """The law gives more than one answer: a person chooses one of the readings."""

    outcome: Literal["decision"] = "decision"
    kind: Benefit
    why: Doubt
    rules: tuple[str, ...]
    readings: Annotated[tuple[Annotated[Award | Stop, Field(discriminator="outcome")], ...], Field(min_length=2)]
    rejected: tuple[Rejected, ...] = ()


class NotEntitled(Message):
    """Nobody pays."""

    outcome: Literal["not_entitled"] = "not_entitled"
    kind: Benefit
    rejected: tuple[Rejected, ...] = ()


Answer: TypeAlias = Annotated[Award | Stop | DecisionNeeded | NotEntitled, Field(discriminator="outcome")]


class Asked(Message):
    """A leg that a filing asks for, and who pays it; none where that is not settled."""

    leg: LegKind
    payer: Payer | None = None


class Route(Message):
    """An answer for each benefit: those asked for, and the one-off wherever it is due. `pack`: hash of the law used."""

    died_on: Day
    known_on: Day
    pack: str
    answers: tuple[Answer, ...]

    def of(self, kind: Benefit) -> Award | Stop | DecisionNeeded | NotEntitled | None:
        """The answer for one benefit; none where it is not part of the route."""
        return next((answer for answer in self.answers if answer.kind is kind), None)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The legs that the dossier carries for it; what nobody pays, or pays outside, is no leg of it."""
        awards = {answer.kind: answer.payer for answer in self.answers if isinstance(answer, Award)}
        carried = [answer.kind for answer in self.answers if isinstance(answer, Award | DecisionNeeded)]
        return tuple(Asked(leg=kind, payer=awards.get(kind)) for kind in carried)


class Paid(Message):
    """A paid benefit. `amount`: all of it so far, differences included; `decided_on`: the first decision's day."""

    kind: Benefit
    payer: Payer
    amount: Vnd
    decided_on: Day


class DifferenceQuestion(Message):
    """What is still due for a benefit that was paid before a raise was known? `deceased`: as it is known now."""

    paid: Paid
    deceased: Entitlements
    died_on: Day
    known_at: Instant


class Difference(Message):
    """Still due from the payer that paid; `award` is what is due in all."""

    outcome: Literal["difference"] = "difference"
    amount: Annotated[int, Field(gt=0, strict=True)]
    award: Award
