"""Raises that reach back: what is due beyond what was paid, once."""

from datetime import date

import pytest

from contracts.benefits import (
    Allowance,
    Benefit,
    DecisionNeeded,
    Difference,
    DifferenceQuestion,
    Doubt,
    Merit,
    MeritCategory,
    Paid,
    Payer,
)
from contracts.dossier import LegKind
from policy.benefit_law import BenefitLaw
from policy.differences import difference, raised, reached_back
from tests.policy.deaths import at, award, entitled

DIED_ON = date(2026, 7, 15)
BEFORE, AFTER = date(2026, 10, 4), date(2026, 10, 5)
SOCIAL = entitled("social_protection")


def paid(amount: int, payer: str = "social_protection", kind: Benefit = LegKind.FUNERAL, on: date = BEFORE) -> Paid:
    return Paid(kind=kind, payer=Payer(payer), amount=amount, decided_on=on)


def due(told: object) -> Difference:
    assert isinstance(told, Difference), told
    return told


def test_what_was_paid_before_the_decree_is_topped_up_once() -> None:
    first = due(difference(paid(10_000_000), SOCIAL, DIED_ON, known_on=AFTER))

    assert (first.amount, first.award.amount, first.award.payer) == (800_000, 10_800_000, "social_protection")
    assert difference(paid(10_000_000 + first.amount), SOCIAL, DIED_ON, known_on=AFTER) is None


@pytest.mark.parametrize(
    ("died_on", "known_on"),
    [(DIED_ON, BEFORE), (date(2026, 6, 30), AFTER), (date(2026, 6, 30), date(2027, 1, 1))],
    ids=["decree not in force", "died the day before it applies", "a year later"],
)
def test_nothing_is_due_where_no_raise_reaches_the_death(died_on: date, known_on: date) -> None:
    assert difference(paid(10_000_000), SOCIAL, died_on, known_on=known_on) is None


def test_the_first_day_from_which_a_raise_applies_is_raised() -> None:
    assert due(difference(paid(10_000_000), SOCIAL, date(2026, 7, 1), known_on=AFTER)).amount == 800_000


def test_more_than_was_due_is_not_asked_back_here() -> None:
    assert difference(paid(12_000_000), SOCIAL, DIED_ON, known_on=AFTER) is None


def test_a_raise_that_moves_the_payer_is_decided_by_a_person() -> None:
    who = entitled("merit", "emergency")
    told = difference(paid(25_300_000, "merit"), who, DIED_ON, known_on=AFTER)

    assert isinstance(told, DecisionNeeded)
    assert told.why is Doubt.PAYER_CHANGED
    assert [(each.payer, each.amount) for each in told.readings] == [("merit", 25_300_000), ("emergency", 27_000_000)]
    assert told.rules == ("20/2021/NĐ-CP art. 11, only the highest is paid",)


def test_a_payer_that_the_law_never_chose_is_left_alone() -> None:
    who = entitled("merit", "social_insurance")

    assert difference(paid(25_300_000, "merit"), who, DIED_ON, known_on=AFTER) is None


def test_a_person_s_earlier_choice_among_readings_stands() -> None:
    who = entitled("merit", "social_insurance", "emergency")

    assert due(difference(paid(25_000_000, "emergency"), who, DIED_ON, known_on=AFTER)).amount == 2_000_000
    assert difference(paid(25_300_000, "social_insurance"), who, DIED_ON, known_on=AFTER) is None


def test_a_one_off_follows_the_allowance_as_raised() -> None:
    old, new = (
        Merit(
            allowances=(Allowance(category=MeritCategory.WAR_INVALID, monthly=monthly),),
            decision="1",
            managed_by="01288",
        )
        for monthly in (2_789_000, 3_012_000)
    )
    before = paid(8_367_000, "merit", LegKind.ONE_OFF)

    assert difference(before, entitled("merit", merit=old), DIED_ON, known_on=AFTER) is None
    assert due(difference(before, entitled("merit", merit=new), DIED_ON, known_on=AFTER)).amount == 669_000


def test_survivor_benefit_has_no_difference_of_ours() -> None:
    before = paid(1_000_000, "merit", LegKind.SURVIVOR)

    assert difference(before, entitled("merit"), DIED_ON, known_on=AFTER) is None


@pytest.mark.parametrize(
    ("kind", "died_on", "decided_on", "known_on", "again"),
    [
        (LegKind.FUNERAL, DIED_ON, BEFORE, AFTER, True),
        (LegKind.FUNERAL, DIED_ON, AFTER, date(2027, 1, 1), False),
        (LegKind.FUNERAL, date(2026, 6, 30), BEFORE, AFTER, False),
        (LegKind.ONE_OFF, DIED_ON, date(2026, 9, 30), date(2026, 10, 1), True),
        (LegKind.ONE_OFF, DIED_ON, date(2026, 10, 1), AFTER, False),
        (LegKind.ONE_OFF, date(2023, 7, 1), date(2023, 9, 4), date(2023, 9, 5), True),
        (LegKind.FUNERAL, date(2023, 7, 1), date(2023, 9, 4), date(2023, 9, 5), False),
        (LegKind.ONE_OFF, date(2023, 6, 30), date(2023, 9, 4), date(2023, 9, 5), False),
    ],
)
def test_paid_cases_that_a_decree_reaches_are_found(
    kind: Benefit, died_on: date, decided_on: date, known_on: date, again: bool
) -> None:
    assert raised(kind, died_on, decided_on=decided_on, known_on=known_on) is again


@pytest.mark.parametrize(
    ("known_on", "spans"),
    [
        (date(2023, 9, 4), []),
        (date(2023, 9, 5), [("2023-07-01", "2023-09-05")]),
        (date(2026, 9, 30), [("2023-07-01", "2023-09-05")]),
        (date(2026, 10, 1), [("2023-07-01", "2023-09-05"), ("2026-07-01", "2026-10-01")]),
        (AFTER, [("2023-07-01", "2023-09-05"), ("2026-07-01", "2026-10-05")]),
    ],
)
def test_decisions_behind_which_a_decree_reaches_back_lie_between_two_days(
    known_on: date, spans: list[tuple[str, str]]
) -> None:
    assert reached_back(known_on) == tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in spans)


def test_the_door_of_activities_gives_the_same_answer() -> None:
    question = DifferenceQuestion(
        paid=paid(10_000_000), deceased=SOCIAL, died_on=DIED_ON, known_at=at("2026-10-05T00:00")
    )

    told = due(BenefitLaw().difference(question))

    assert told == difference(paid(10_000_000), SOCIAL, DIED_ON, known_on=AFTER)
    assert award(told.award).articles[0] == "335/2026/NĐ-CP"
