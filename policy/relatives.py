"""What relatives are owed besides the funeral: the one-off of three months (D.4) and survivor benefit (D.5)."""

from contracts.benefits import Allowance, Answer, DecisionNeeded, Doubt, NotEntitled, Payer, Rejected
from contracts.dossier import LegKind
from policy.amounts import Case, Claim, by_employer
from policy.benefit_schema import OneOff
from policy.exclusivity import awarded


def one_off(case: Case) -> Answer:
    """So many months of what was really received: allowance and supplement, never the carer's; several add up."""
    parameter = case.law.one_off
    in_force = parameter.in_force(case.died_on, case.known_on)
    if in_force is None:
        return _no_one_off("not-in-force", parameter.values[0].article)
    if case.deceased.merit is None:
        return _no_one_off("not-merit", in_force.article)
    amount = sum(_months(in_force.value, allowance) for allowance in case.deceased.merit.allowances)
    if not amount:
        return _no_one_off("no-monthly-allowance", in_force.article)
    return awarded(case, LegKind.ONE_OFF, Claim(Payer.MERIT, amount, (in_force.article,), in_force.verified))


def survivor(case: Case) -> Answer:
    """Who is asked for survivor benefit; conditions and amounts are the payer's own (domain.md D.5)."""
    law = case.law.survivor.at(case.died_on, case.known_on)
    payers = [payer for payer in law.value.payers if payer in case.deceased.categories]
    claims = [Claim(payer, None, (law.article,), law.verified, _guidance(case, payer)) for payer in payers]
    if not claims:
        return NotEntitled(kind=LegKind.SURVIVOR)
    if len(claims) == 1:
        return awarded(case, LegKind.SURVIVOR, claims[0])
    readings = tuple(awarded(case, LegKind.SURVIVOR, claim) for claim in claims)
    return DecisionNeeded(kind=LegKind.SURVIVOR, why=Doubt.OPEN, rules=(law.value.rule,), readings=readings)


def _months(law: OneOff, allowance: Allowance) -> int:
    """What one category brings; nothing without a monthly allowance of its own, whatever the supplement."""
    if not allowance.monthly:
        return 0
    parts = law.parts.get(allowance.category, ())
    return law.months * sum({"monthly": allowance.monthly, "supplement": allowance.supplement}[part] for part in parts)


def _guidance(case: Case, payer: Payer) -> str | None:
    return by_employer(case) if payer is Payer.SOCIAL_INSURANCE else None


def _no_one_off(why: str, rule: str) -> NotEntitled:
    return NotEntitled(kind=LegKind.ONE_OFF, rejected=(Rejected(payer=Payer.MERIT, why=why, rule=rule),))
