"""Raises that reach back (domain.md D.1): what is still due for a benefit that was paid before a raise was known."""

from datetime import date
from typing import NamedTuple

from contracts.benefits import Answer, Award, Benefit, DecisionNeeded, Difference, Doubt, Entitlements, Paid
from contracts.dossier import LegKind
from policy import pack as packs
from policy.amounts import Case, Claim, funeral_claim
from policy.benefit_schema import Formula
from policy.benefits import route
from policy.dated import Dated
from policy.exclusivity import awarded
from policy.pack import Pack


class Span(NamedTuple):
    """From one day until before another."""

    first: date
    end: date


def difference(
    paid: Paid, deceased: Entitlements, died_on: date, *, known_on: date, pack: Pack | None = None
) -> Difference | DecisionNeeded | None:
    """What is due now beyond what was paid, in VND; none once it is paid, and none where the law changed nothing.

    A person decides where the raise would have made another payer pay: each reading's amount is due in all, less what
    was paid. For a one-off `deceased` carries the allowances as raised: only the merit agency knows them.
    """
    pack = pack or packs.current()
    now = route(deceased, (paid.kind,), died_on, known_on=known_on, pack=pack).of(paid.kind)
    kept = next((award for award in _awards(now) if award.payer is paid.payer), None)
    if kept is not None:
        due = (kept.amount or 0) - paid.amount  # what the payer works out itself it also tops up itself
        return Difference(amount=due, award=kept) if due > 0 else None
    then = route(deceased, (paid.kind,), died_on, known_on=paid.decided_on, pack=pack).of(paid.kind)
    if paid.payer not in {award.payer for award in _awards(then)}:
        return None  # not the law's own choice: no raise moved it
    return _payer_changed(Case(deceased, died_on, known_on, pack.benefits), paid, _awards(now))


def raised(kind: Benefit, died_on: date, *, decided_on: date, known_on: date, pack: Pack | None = None) -> bool:
    """Whether a base amount for this death changed after the decision: whether a paid case must be looked at again."""
    law = (pack or packs.current()).benefits
    bases = [law.base_salary, law.social_standard, *law.provincial_standards.values()]
    if kind is LegKind.ONE_OFF:
        bases = [law.merit_standard]
    return any(base.in_force(died_on, decided_on) != base.in_force(died_on, known_on) for base in bases)


def reached_back(known_on: date, pack: Pack | None = None) -> tuple[Span, ...]:
    """When decisions were taken behind which a decree known by now reaches back; in order, none overlapping another."""
    law = (pack or packs.current()).benefits
    bases = (law.base_salary, law.social_standard, law.merit_standard, *law.provincial_standards.values())
    dated: list[Dated[int] | Dated[Formula]] = [entry for base in bases for entry in base.values]
    dated += [entry for formula in law.funeral.values() for entry in formula.values]
    late = sorted(
        Span(entry.since, entry.in_force_from)
        for entry in dated
        if entry.in_force_from is not None and entry.since < entry.in_force_from and entry.known(known_on)
    )
    spans: list[Span] = []
    for first, end in late:
        if spans and first <= spans[-1].end:
            spans[-1] = Span(spans[-1].first, max(spans[-1].end, end))
        else:
            spans.append(Span(first, end))
    return tuple(spans)


def _awards(answer: Answer | None) -> list[Award]:
    readings = answer.readings if isinstance(answer, DecisionNeeded) else (answer,)
    return [reading for reading in readings if isinstance(reading, Award)]


def _payer_changed(case: Case, paid: Paid, now: list[Award]) -> DecisionNeeded | None:
    claim = funeral_claim(case, paid.payer)
    if not now or not isinstance(claim, Claim):
        return None
    kept = awarded(case, paid.kind, claim)
    rules = tuple(rejected.rule for award in now for rejected in award.rejected if rejected.payer is paid.payer)
    return DecisionNeeded(kind=paid.kind, why=Doubt.PAYER_CHANGED, rules=rules, readings=(kept, *now))
