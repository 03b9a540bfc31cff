"""Who pays the funeral: every row of domain.md D.3 at the dates of D.1 and on the day before each."""

from datetime import date
from itertools import product
from typing import NamedTuple

import pytest

from contracts.agencies import Agency
from contracts.benefits import (
    DecisionNeeded,
    Doubt,
    Entitlements,
    Insurance,
    InsuranceStatus,
    NotEntitled,
    Payer,
    Stop,
)
from contracts.dossier import LegKind
from policy.benefits import route
from policy.dated import NotInForce
from policy.pack import Pack
from tests.policy.deaths import DECREES_KNOWN, award, entitled

FUNERAL = (LegKind.FUNERAL,)
INSURED, MERIT, SOCIAL, EMERGENCY = "social_insurance", "merit", "social_protection", "emergency"
PENSION, VETERAN = "social_pension", "veteran"


class Level(NamedTuple):
    """What each payer would owe for a death on this day: insurance level, 20 and 50 times the standard."""

    died_on: date
    insured: int
    social: int
    emergency: int


LEVELS = [
    Level(date(2023, 6, 30), 14_900_000, 7_200_000, 18_000_000),
    Level(date(2023, 7, 1), 18_000_000, 7_200_000, 18_000_000),
    Level(date(2024, 6, 30), 18_000_000, 7_200_000, 18_000_000),
    Level(date(2024, 7, 1), 23_400_000, 10_000_000, 25_000_000),
    Level(date(2026, 6, 30), 23_400_000, 10_000_000, 25_000_000),
    Level(date(2026, 7, 1), 25_300_000, 10_800_000, 27_000_000),
]
ROWS: list[tuple[tuple[str, ...], str]] = [
    ((MERIT,), MERIT),
    ((MERIT, INSURED), INSURED),
    ((MERIT, SOCIAL), MERIT),
    ((MERIT, INSURED, SOCIAL), INSURED),
    ((INSURED, SOCIAL), INSURED),
    ((INSURED,), INSURED),
    ((SOCIAL,), SOCIAL),
    ((EMERGENCY,), EMERGENCY),
    ((EMERGENCY, SOCIAL), EMERGENCY),
    ((VETERAN,), VETERAN),
    ((VETERAN, MERIT), MERIT),
    ((VETERAN, INSURED), INSURED),
    ((VETERAN, MERIT, INSURED), INSURED),
]
AGENCIES = {INSURED: Agency.SOCIAL_INSURANCE}


def owed(level: Level) -> dict[str, int]:
    return {
        INSURED: level.insured,
        MERIT: level.insured,
        VETERAN: level.insured,
        SOCIAL: level.social,
        EMERGENCY: level.emergency,
    }


def funeral(who: Entitlements, died_on: date, known_on: date = DECREES_KNOWN, pack: Pack | None = None) -> object:
    return route(who, FUNERAL, died_on, known_on=known_on, pack=pack).of(LegKind.FUNERAL)


@pytest.mark.parametrize(("level", "row"), list(product(LEVELS, ROWS)), ids=str)
def test_one_payer_pays_its_amount(level: Level, row: tuple[tuple[str, ...], str]) -> None:
    categories, payer = row
    for order in (categories, tuple(reversed(categories))):
        told = award(funeral(entitled(*order), level.died_on))

        assert (told.payer, told.amount) == (payer, owed(level)[payer])
        assert told.agency is AGENCIES.get(payer, Agency.LABOUR)
        assert {each.payer for each in told.rejected} == {*categories} - {payer}
        assert all(each.why and each.rule and each.amount == owed(level)[each.payer] for each in told.rejected)
        assert told.articles


@pytest.mark.parametrize("level", LEVELS, ids=str)
@pytest.mark.parametrize("other", [MERIT, INSURED])
def test_emergency_and_the_insurance_level_are_compared_and_a_tie_is_decided_by_a_person(
    level: Level, other: str
) -> None:
    told = funeral(entitled(other, EMERGENCY), level.died_on)

    if level.insured == level.emergency:
        assert isinstance(told, DecisionNeeded)
        assert told.why is Doubt.TIE
        assert [(each.payer, each.amount) for each in told.readings] == [(other, 18_000_000), (EMERGENCY, 18_000_000)]
    else:
        assert award(told).payer is Payer.EMERGENCY
        assert award(told).rejected[0].why == "lower"


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_whether_emergency_beats_insurance_for_merit_is_never_guessed(level: Level) -> None:
    told = funeral(entitled(MERIT, INSURED, EMERGENCY), level.died_on)

    assert isinstance(told, DecisionNeeded)
    assert told.why is Doubt.OPEN
    assert {each.payer: each.amount for each in told.readings} == {
        INSURED: level.insured,
        EMERGENCY: level.emergency,
    }
    assert [(each.payer, each.why) for each in told.rejected] == [(MERIT, "social-insurance-first")]
    assert told.rules[0].startswith("02/2020/UBTVQH14")


def test_a_reading_that_a_clear_rule_beats_is_none() -> None:
    told = funeral(entitled(MERIT, INSURED, EMERGENCY, SOCIAL), date(2024, 7, 1))

    assert isinstance(told, DecisionNeeded)
    assert {each.payer for each in told.readings} == {INSURED, EMERGENCY}
    assert {each.payer: each.why for each in told.rejected} == {MERIT: "social-insurance-first", SOCIAL: "lower"}


@pytest.mark.parametrize("other", [SOCIAL, EMERGENCY, PENSION])
def test_veterans_beside_a_local_payer_are_left_open(other: str) -> None:
    told = funeral(entitled(VETERAN, other), date(2025, 7, 1))

    assert isinstance(told, DecisionNeeded)
    assert told.why is Doubt.OPEN
    assert {each.payer for each in told.readings} == {VETERAN, other}


def test_nobody_pays_where_nothing_is_due() -> None:
    assert funeral(entitled(), date(2024, 7, 1)) == NotEntitled(kind=LegKind.FUNERAL)


@pytest.mark.parametrize(
    ("died_on", "payer"), [(date(2025, 6, 30), None), (date(2025, 7, 1), PENSION), (date(2026, 7, 1), PENSION)]
)
def test_the_social_pension_pays_ten_million_from_july_2025(died_on: date, payer: str | None) -> None:
    told = funeral(entitled(PENSION), died_on)

    if payer is None:
        assert isinstance(told, NotEntitled)
        assert [(each.why, each.rule) for each in told.rejected] == [("not-in-force", "176/2025/NĐ-CP")]
    else:
        assert (award(told).payer, award(told).amount, award(told).verified) == (payer, 10_000_000, False)


def test_equal_local_amounts_are_a_tie() -> None:
    told = funeral(entitled(PENSION, SOCIAL), date(2025, 7, 1))

    assert isinstance(told, DecisionNeeded)
    assert (told.why, {each.amount for each in told.readings}) == (Doubt.TIE, {10_000_000})


@pytest.mark.parametrize(
    ("died_on", "amount"),
    [
        (date(2022, 1, 1), 8_800_000),
        (date(2024, 6, 30), 8_800_000),
        (date(2024, 7, 1), 10_000_000),
        (date(2024, 12, 31), 10_000_000),
        (date(2025, 1, 1), 13_000_000),
        (date(2026, 7, 1), 13_000_000),
    ],
)
def test_a_province_may_set_more_than_the_nation_but_not_less(died_on: date, amount: int) -> None:
    assert award(funeral(entitled(SOCIAL, province="01"), died_on)).amount == amount


def test_a_richer_province_can_change_the_payer() -> None:
    for province, payer in (("04", INSURED), ("01", EMERGENCY)):
        told = funeral(entitled(INSURED, EMERGENCY, province=province), date(2026, 8, 1), date(2026, 8, 10))

        assert award(told).payer == payer


def test_an_organisation_is_paid_what_an_emergency_funeral_cost() -> None:
    assert award(funeral(entitled(EMERGENCY, funeral_cost=31_500_000), date(2024, 7, 1))).amount == 31_500_000
    assert award(funeral(entitled(SOCIAL, funeral_cost=31_500_000), date(2024, 7, 1))).amount == 10_000_000


@pytest.mark.parametrize(
    ("status", "months", "accident", "pays"),
    [
        (InsuranceStatus.PENSIONER, None, False, True),
        (InsuranceStatus.MONTHLY_BENEFIT, None, False, True),
        (InsuranceStatus.RESERVED, 12, False, True),
        (InsuranceStatus.RESERVED, 11, False, False),
        (InsuranceStatus.VOLUNTARY, 60, False, True),
        (InsuranceStatus.VOLUNTARY, 59, False, False),
        (InsuranceStatus.RESERVED, 1, True, True),
    ],
)
def test_insurance_pays_who_paid_long_enough(
    status: InsuranceStatus, months: int | None, accident: bool, pays: bool
) -> None:
    insurance = Insurance(status=status, months_paid=months, work_accident=accident)
    told = funeral(entitled(INSURED, MERIT, insurance=insurance), date(2024, 7, 1))

    assert award(told).payer == (INSURED if pays else MERIT)
    assert [each.why for each in award(told).rejected] == ["social-insurance-first" if pays else "too-few-months"]


def test_an_employers_funeral_stops_with_guidance() -> None:
    active = Insurance(status=InsuranceStatus.COMPULSORY, months_paid=40)
    told = funeral(entitled(INSURED, MERIT, insurance=active), date(2024, 7, 1))

    assert isinstance(told, Stop)
    assert (told.payer, told.amount, told.guidance) == (INSURED, 23_400_000, "employer-files")
    assert [each.payer for each in told.rejected] == [MERIT]


def test_a_decree_not_yet_in_force_does_not_count_though_it_reaches_back() -> None:
    before, after = date(2026, 10, 4), date(2026, 10, 5)
    both = entitled(INSURED, EMERGENCY)

    assert award(funeral(entitled(SOCIAL), date(2026, 7, 1), before)).amount == 10_000_000
    assert award(funeral(entitled(SOCIAL), date(2026, 7, 1), after)).amount == 10_800_000
    assert award(funeral(both, date(2026, 7, 1), before)).payer == INSURED
    assert award(funeral(both, date(2026, 7, 1), after)).payer == EMERGENCY


@pytest.mark.parametrize(
    ("payer", "died_on", "verified"),
    [
        (MERIT, date(2024, 7, 1), True),
        (MERIT, date(2023, 7, 1), False),
        (SOCIAL, date(2024, 6, 30), True),
        (SOCIAL, date(2024, 7, 1), False),
        (SOCIAL, date(2026, 7, 1), False),
        (INSURED, date(2024, 7, 1), False),
    ],
)
def test_an_award_says_whether_all_of_its_law_was_read(payer: str, died_on: date, verified: bool) -> None:
    assert award(funeral(entitled(payer), died_on)).verified is verified


def test_a_choice_between_payers_rests_on_its_own_article_too() -> None:
    alone = award(funeral(entitled(MERIT), date(2024, 7, 1)))
    beside = award(funeral(entitled(MERIT, SOCIAL), date(2024, 7, 1)))

    assert alone.articles == ("131/2021/NĐ-CP art. 122", "73/2024/NĐ-CP art. 3")
    assert beside.articles == (*alone.articles, "02/2020/UBTVQH14; 20/2021/NĐ-CP")
    assert not beside.verified


def test_before_the_first_amount_there_is_no_law_to_apply() -> None:
    with pytest.raises(NotInForce, match="2019-07-01"):
        funeral(entitled(INSURED), date(2019, 6, 30))
