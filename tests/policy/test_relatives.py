"""The one-off of three months, survivor benefit, army and police, and which legs a route brings."""

from datetime import date
from typing import Any

import pytest

from contracts.agencies import Agency
from contracts.benefits import (
    Allowance,
    Asked,
    DecisionNeeded,
    Doubt,
    Entitlements,
    Insurance,
    InsuranceStatus,
    Merit,
    MeritCategory,
    NotEntitled,
    Payer,
    RouteQuestion,
    Stop,
)
from contracts.dossier import LegKind
from contracts.legs import ClaimQuestion
from policy.benefit_law import BenefitLaw
from policy.benefits import entitlements, route
from policy.pack import Pack
from tests.policy.deaths import (
    ALL_FOUR,
    BENEFITS,
    RECIPIENT,
    SURVIVOR,
    a_declaration,
    at,
    award,
    entitled,
    with_benefits,
)

DIED_ON = date(2024, 7, 1)
FUNERAL, ONE_OFF, SURVIVORS = LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR


def merit(*allowances: dict[str, Any]) -> Merit:
    return Merit.model_validate({"allowances": allowances, "decision": "123/QĐ", "managed_by": "01288"})


def invalid(**amounts: int) -> dict[str, Any]:
    return {"category": "war_invalid", **amounts}


def one_off(who: Entitlements, died_on: date = DIED_ON) -> object:
    return route(who, (ONE_OFF,), died_on, known_on=died_on).of(ONE_OFF)


@pytest.mark.parametrize(
    ("allowances", "amount"),
    [
        ([invalid(monthly=2_789_000)], 8_367_000),
        ([invalid(monthly=3_012_000)], 9_036_000),
        ([invalid(monthly=1_000_000, supplement=500_000, carer=700_000)], 4_500_000),
        ([invalid(monthly=1_000_000), {"category": "heroic_mother", "monthly": 2_000_000}], 9_000_000),
        ([invalid(monthly=1_000_000), {"category": "resistance_activist", "monthly": 2_000_000}], 3_000_000),
        ([invalid(monthly=1_000_000), {"category": "hero", "supplement": 900_000}], 3_000_000),
    ],
)
def test_three_months_of_what_was_received_without_the_carers(allowances: list[dict[str, Any]], amount: int) -> None:
    told = award(one_off(entitled("merit", merit=merit(*allowances))))

    assert (told.kind, told.payer, told.agency, told.amount) == (ONE_OFF, Payer.MERIT, Agency.LABOUR, amount)
    assert told.articles == ("131/2021/NĐ-CP art. 123",)
    assert not told.verified


@pytest.mark.parametrize("category", [each for each in MeritCategory if each is not MeritCategory.RESISTANCE_ACTIVIST])
def test_every_category_of_the_list_is_entitled(category: MeritCategory) -> None:
    file = Merit(allowances=(Allowance(category=category, monthly=500_000),), decision="1", managed_by="01288")

    assert award(one_off(entitled("merit", merit=file))).amount == 1_500_000


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (entitled("merit", merit=merit(invalid())), "no-monthly-allowance"),
        (entitled("merit", merit=merit(invalid(carer=700_000))), "no-monthly-allowance"),
        (entitled("merit", merit=merit({"category": "resistance_activist", "monthly": 1})), "no-monthly-allowance"),
        (entitled("social_insurance"), "not-merit"),
    ],
)
def test_without_a_monthly_allowance_of_merit_there_is_no_one_off(who: Entitlements, why: str) -> None:
    told = one_off(who)

    assert isinstance(told, NotEntitled)
    assert [each.why for each in told.rejected] == [why]
    assert route(who, (FUNERAL,), DIED_ON, known_on=DIED_ON).of(ONE_OFF) is None


def test_the_one_off_has_no_law_before_its_decree() -> None:
    told = one_off(entitled("merit"), date(2022, 2, 14))

    assert isinstance(told, NotEntitled)
    assert [each.why for each in told.rejected] == ["not-in-force"]


def test_the_one_off_is_offered_unasked_and_beside_the_funeral_of_insurance() -> None:
    told = route(entitled("merit", "social_insurance"), (FUNERAL,), DIED_ON, known_on=DIED_ON)

    assert [(award(each).kind, award(each).payer) for each in told.answers] == [
        (FUNERAL, Payer.SOCIAL_INSURANCE),
        (ONE_OFF, Payer.MERIT),
    ]
    assert told.asked == (
        Asked(leg=FUNERAL, payer=Payer.SOCIAL_INSURANCE),
        Asked(leg=ONE_OFF, payer=Payer.MERIT),
    )


def test_a_funeral_that_a_person_must_decide_holds_no_one_off() -> None:
    told = route(entitled("merit", "emergency"), (FUNERAL,), date(2024, 6, 30), known_on=DIED_ON)

    assert isinstance(told.of(FUNERAL), DecisionNeeded)
    assert told.asked == (Asked(leg=FUNERAL), Asked(leg=ONE_OFF, payer=Payer.MERIT))


@pytest.mark.parametrize("payer", ["social_insurance", "merit"])
def test_survivors_are_sent_to_the_payer_which_works_out_the_amount(payer: str) -> None:
    told = award(route(entitled(payer), (SURVIVORS,), DIED_ON, known_on=DIED_ON).of(SURVIVORS))

    assert (told.payer, told.amount, told.verified) == (payer, None, False)


def test_survivors_of_merit_and_insurance_wait_for_a_person() -> None:
    told = route(entitled("merit", "social_insurance"), (SURVIVORS,), DIED_ON, known_on=DIED_ON).of(SURVIVORS)

    assert isinstance(told, DecisionNeeded)
    assert (told.why, {each.payer for each in told.readings}) == (Doubt.OPEN, {"merit", "social_insurance"})


def test_nobody_owes_survivors_of_the_uninsured() -> None:
    told = route(entitled("social_protection"), (SURVIVORS,), DIED_ON, known_on=DIED_ON)

    assert told.of(SURVIVORS) == NotEntitled(kind=SURVIVORS)
    assert told.asked == ()


def test_an_employer_files_for_survivors_too() -> None:
    active = Insurance(status=InsuranceStatus.COMPULSORY, months_paid=200)
    who = entitled("social_insurance", insurance=active)

    assert isinstance(route(who, (SURVIVORS,), DIED_ON, known_on=DIED_ON).of(SURVIVORS), Stop)


def test_army_and_police_stop_with_guidance_whatever_else_holds() -> None:
    told = route(entitled("merit", "armed_forces"), (FUNERAL, SURVIVORS), DIED_ON, known_on=DIED_ON)

    assert [(each.outcome, each.kind) for each in told.answers] == [("stop", FUNERAL), ("stop", SURVIVORS)]
    assert {each.guidance for each in told.answers if isinstance(each, Stop)} == {"armed-forces-procedure"}
    assert told.asked == ()


def test_the_door_of_activities_asks_by_the_legal_day(pack: Pack) -> None:
    who = entitled("social_protection")
    questions = [
        RouteQuestion(deceased=who, claims=(FUNERAL,), died_on=date(2026, 7, 1), known_at=at(moment))
        for moment in ("2026-10-04T23:59", "2026-10-05T00:00")
    ]

    told = [BenefitLaw().route(question) for question in questions]

    assert [award(each.of(FUNERAL)).amount for each in told] == [10_000_000, 10_800_000]
    assert {each.pack for each in told} == {pack.hash_of("parameters/benefits.yaml")}


def test_a_declaration_tells_what_payers_ask() -> None:
    declaration = with_benefits(ALL_FOUR, survivors=[SURVIVOR])

    assert entitlements(declaration, "01") == entitled(
        "social_insurance", province="04", insurance=Insurance(status=InsuranceStatus.PENSIONER, number="0412345678")
    )
    assert entitlements(a_declaration(), "01") is None


@pytest.mark.parametrize(
    ("died_at", "procedures", "kinds", "amount"),
    [
        ("2024-06-30T16:59:59Z", ALL_FOUR[:3], [FUNERAL], 18_000_000),
        ("2024-06-30T17:00:00Z", ALL_FOUR[:3], [FUNERAL], 23_400_000),
        ("2024-07-01", ALL_FOUR, [FUNERAL, SURVIVORS], 23_400_000),
    ],
)
def test_a_declaration_is_routed_by_the_legal_day_of_death(
    died_at: str, procedures: list[str], kinds: list[LegKind], amount: int
) -> None:
    survivors = [SURVIVOR] if "survivor" in procedures else []
    declaration = a_declaration(died_at=died_at, procedures=procedures, benefits={**BENEFITS, "survivors": survivors})

    told = BenefitLaw().claimed(ClaimQuestion(declaration=declaration, province="04", known_at=at("2024-07-11T09:00")))

    assert told is not None
    assert [each.kind for each in told.answers] == kinds
    assert award(told.of(FUNERAL)).amount == amount


def test_a_declaration_without_benefits_has_no_route() -> None:
    question = ClaimQuestion(declaration=a_declaration(), province="04", known_at=at("2024-07-11T09:00"))

    assert BenefitLaw().claimed(question) is None


def test_without_a_residence_the_offices_province_counts() -> None:
    declaration = a_declaration(
        last_residence={"kind": "none"}, household_head=None, procedures=ALL_FOUR[:3], benefits=BENEFITS
    )

    told = entitlements(declaration, "01")

    assert told is not None
    assert told.province == "01"


@pytest.mark.parametrize(("kind", "cost"), [("organisation", 31_500_000), ("person", None)])
def test_only_an_organisation_is_paid_its_cost(kind: str, cost: int | None) -> None:
    organisation = {
        "kind": "organisation",
        "name": "Trung tâm bảo trợ xã hội",
        "personal_id": "004070000555",
        "representative": "Trần Văn Minh",
    }
    declaration = with_benefits(
        categories=["emergency"],
        insurance=None,
        recipient=organisation if kind == "organisation" else RECIPIENT,
        burial={"place": "Nghĩa trang", "cost": 31_500_000},
    )

    told = entitlements(declaration, "04")

    assert told is not None
    assert told.funeral_cost == cost
