"""What each payer alone would owe for a funeral, and why it would not: domain.md D.1 and D.2."""

from dataclasses import dataclass
from datetime import date

from contracts.base import Code
from contracts.benefits import Entitlements, Payer, Rejected
from policy.benefit_schema import Base, BenefitParameters, Fixed, Formula
from policy.dated import Reading


@dataclass(frozen=True)
class Case:
    """A death and the law as it was known on one day; a decree known later does not count, though it may reach back."""

    deceased: Entitlements
    died_on: date
    known_on: date
    law: BenefitParameters

    def reading(self) -> Reading:
        """The law of the day of death."""
        return Reading(self.died_on, self.known_on)


@dataclass(frozen=True)
class Claim:
    """What one payer would owe; `guidance` where it is claimed outside the linked procedure.

    `amount` is none where the payer alone works it out.
    """

    payer: Payer
    amount: int | None
    articles: tuple[str, ...]
    verified: bool
    guidance: Code | None = None


def funeral_claim(case: Case, payer: Payer) -> Claim | Rejected:
    """The funeral allowance by one payer's own law; `NotInForce` for deaths before the first base amount."""
    parameter = case.law.funeral[payer]
    reading = case.reading()
    if parameter.in_force(case.died_on, case.known_on) is None:
        return Rejected(payer=payer, why="not-in-force", rule=parameter.values[0].article)
    guidance = None
    if payer is Payer.SOCIAL_INSURANCE:
        if (refused := _uninsured(case, reading)) is not None:
            return refused
        guidance = by_employer(case)
    formula = reading.take(parameter)
    amount = _amount(case, reading, formula)
    return Claim(payer, amount, reading.articles, reading.verified, guidance)


def _uninsured(case: Case, reading: Reading) -> Rejected | None:
    insured = reading.take_dated(case.law.insured)
    insurance = case.deceased.insurance
    enough = insurance is not None and (
        insurance.work_accident or (insurance.months_paid or 0) >= insured.value.months[insurance.status]
    )
    if enough:
        return None
    return Rejected(payer=Payer.SOCIAL_INSURANCE, why="too-few-months", rule=insured.article)


def by_employer(case: Case) -> Code | None:
    """An active compulsory participant's funeral is filed for by the employer (domain.md A.3, D5a)."""
    insured = case.law.insured.at(case.died_on, case.known_on).value
    insurance = case.deceased.insurance
    return insured.guidance if insurance is not None and insurance.status in insured.by_employer else None


def _amount(case: Case, reading: Reading, formula: Formula) -> int:
    if isinstance(formula, Fixed):
        return formula.fixed
    if formula.cost_to_organisation and case.deceased.funeral_cost is not None:
        return case.deceased.funeral_cost
    return formula.times * _base(case, reading, formula.of)


def _base(case: Case, reading: Reading, base: Base) -> int:
    if base is Base.BASE_SALARY:
        return reading.take(case.law.base_salary)
    national = reading.take(case.law.social_standard)
    provincial = case.law.provincial_standards.get(case.deceased.province)
    if provincial is None or (own := provincial.in_force(case.died_on, case.known_on)) is None or own.value <= national:
        return national
    return reading.take(provincial)  # art. 4(3) of Decree 20/2021: a province may set more, not less
