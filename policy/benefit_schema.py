"""The shape of benefits.yaml; what does not fit is refused when the law is loaded."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from contracts.agencies import Agency
from contracts.base import Code, Province
from contracts.benefits import InsuranceStatus, MeritCategory, Payer
from policy.dated import Entry, Parameter, Text

Money = Annotated[int, Field(gt=0)]


class Base(StrEnum):
    """A monthly amount that formulas multiply."""

    BASE_SALARY = "base_salary"
    SOCIAL_STANDARD = "social_standard"


class Multiple(Entry):
    """So many times a base; `cost_to_organisation`: an organisation that held the funeral is paid its cost instead."""

    times: Annotated[int, Field(gt=0)]
    of: Base
    cost_to_organisation: bool = False


class Fixed(Entry):
    """An amount that rests on no base."""

    fixed: Money


Formula: TypeAlias = Multiple | Fixed


class Insured(Entry):
    """Months paid that each status needs; whose employer files, and what the family is then told."""

    months: dict[InsuranceStatus, Annotated[int, Field(ge=0)]]
    by_employer: tuple[InsuranceStatus, ...]
    guidance: Code


class GivesWay(Entry):
    """A payer that does not pay where one of the others does."""

    payer: Payer
    to: tuple[Payer, ...]
    why: Code
    rule: Text


class OpenPair(Entry):
    """The law does not say which of the two pays; with `beside` only where these payers are entitled too."""

    between: Annotated[tuple[Payer, ...], Field(min_length=2, max_length=2)]
    beside: tuple[Payer, ...] = ()
    rule: Text


class Exclusivity(Entry):
    """Which payer gives way; `highest`: the rule for every pair that nothing names."""

    gives_way: tuple[GivesWay, ...]
    open: tuple[OpenPair, ...]
    highest: Text


class OneOff(Entry):
    """So many months of these parts of the allowance; a category that is not listed is not entitled."""

    months: Annotated[int, Field(gt=0)]
    parts: dict[MeritCategory, tuple[Literal["monthly", "supplement"], ...]]


class SurvivorPayers(Entry):
    """Who may owe survivor benefit; `rule`: what is open where more than one might."""

    payers: tuple[Payer, ...]
    rule: Text


class BenefitParameters(Entry):
    """benefits.yaml."""

    base_salary: Parameter[Money]
    social_standard: Parameter[Money]
    merit_standard: Parameter[Money]
    provincial_standards: dict[Province, Parameter[Money]]
    agencies: Parameter[dict[Payer, Agency]]
    funeral: dict[Payer, Parameter[Formula]]
    insured: Parameter[Insured]
    armed_forces: Parameter[Code]
    exclusivity: Parameter[Exclusivity]
    one_off: Parameter[OneOff]
    survivor: Parameter[SurvivorPayers]
