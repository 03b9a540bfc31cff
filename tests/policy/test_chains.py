"""Chains inside an agency, with holidays and without districts; and where each leg goes."""

from datetime import date, datetime, time

import pytest

from contracts.agencies import Agency
from contracts.benefits import Asked, Benefit, Payer
from contracts.death import DeathDeclaration
from contracts.dossier import LegKind
from contracts.legs import Act, AddresseesQuestion, ChainQuestion, Level, Place
from policy.addressees import addressees
from policy.benefit_law import BenefitLaw
from policy.calendar import instant
from policy.chains import chain
from policy.dated import NotInForce
from tests.policy.deaths import (
    ALL_FOUR,
    BENEFITS,
    INVALID,
    SURVIVOR,
    a_declaration,
    at,
    with_benefits,
)

FUNERAL, ONE_OFF, SURVIVORS = LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR
MERIT = {"merit": INVALID.model_dump(mode="json"), "insurance": None, "categories": ["merit"]}
NEVER_PAID = {**MERIT, "merit": {**MERIT["merit"], "never_paid": True}}
REGISTERED_AT = "01270"


def end(text: str) -> datetime:
    return instant(date.fromisoformat(text), time(17))


def links(kind: Benefit, payer: str, received: str) -> list[tuple[str, str, datetime]]:
    told = chain(ChainQuestion(kind=kind, payer=Payer(payer), received_at=at(received)))
    return [(link.act, link.level, link.due_at) for link in told.links]


@pytest.mark.parametrize(
    ("kind", "payer", "received", "expected"),
    [
        # 5 working days, 7 working days, 12 calendar days
        (FUNERAL, "merit", "2024-07-10T09:00", "commune 2024-07-17, district 2024-07-26, province 2024-08-07"),
        (ONE_OFF, "merit", "2024-07-10T09:00", "commune 2024-07-17, district 2024-07-26, province 2024-08-07"),
        (FUNERAL, "veteran", "2024-07-10T09:00", "commune 2024-07-17, district 2024-07-26, province 2024-08-07"),
        # after the cut-off, over Tết: 25 January to 2 February 2025 are off
        (FUNERAL, "merit", "2025-01-20T15:30", "commune 2025-02-04, district 2025-02-13, province 2025-02-25"),
        (FUNERAL, "merit", "2025-07-01T09:00", "commune 2025-07-08, province 2025-07-21"),
        # 30 April and 1 May are off, 2 May was swapped with Saturday 26 April
        (FUNERAL, "social_protection", "2025-04-25T09:00", "commune 2025-04-28, district 2025-05-06"),
        (FUNERAL, "social_protection", "2025-07-01T09:00", "commune 2025-07-03, commune 2025-07-08"),
        (FUNERAL, "emergency", "2024-08-30T09:00", "district 2024-09-06"),
        (FUNERAL, "emergency", "2025-08-29T09:00", "commune 2025-09-05"),
        (FUNERAL, "social_pension", "2025-07-01T09:00", "commune 2025-07-15"),
        (FUNERAL, "social_insurance", "2024-07-01T09:00", "insurer 2024-07-25"),
        (SURVIVORS, "social_insurance", "2024-07-01T09:00", "insurer 2024-07-25"),
        (SURVIVORS, "merit", "2024-07-01T09:00", "commune 2024-07-15, district 2024-07-24, province 2024-08-05"),
        (SURVIVORS, "merit", "2025-07-01T09:00", "commune 2025-07-14, province 2025-07-28"),
    ],
)
def test_each_link_begins_where_the_one_before_fell_due(
    kind: Benefit, payer: str, received: str, expected: str
) -> None:
    wanted = [(level, end(day)) for level, day in (each.split() for each in expected.split(", "))]

    assert [(level, due) for _, level, due in links(kind, payer, received)] == wanted


@pytest.mark.parametrize(
    ("kind", "payer", "received", "levels"),
    [
        (FUNERAL, "merit", "2025-06-30T14:59", [Level.COMMUNE, Level.PROVINCE]),
        (FUNERAL, "merit", "2025-06-20T09:00", [Level.COMMUNE, Level.DISTRICT, Level.PROVINCE]),
        (FUNERAL, "merit", "2025-06-23T09:00", [Level.COMMUNE, Level.PROVINCE]),
        (FUNERAL, "social_protection", "2025-06-26T09:00", [Level.COMMUNE, Level.COMMUNE]),
        (FUNERAL, "social_protection", "2025-06-25T09:00", [Level.COMMUNE, Level.DISTRICT]),
        (FUNERAL, "emergency", "2025-06-30T15:30", [Level.COMMUNE]),
        (FUNERAL, "emergency", "2025-06-30T14:30", [Level.DISTRICT]),
    ],
)
def test_what_lay_with_a_commune_when_districts_ended_goes_on_without_them(
    kind: Benefit, payer: str, received: str, levels: list[Level]
) -> None:
    assert [level for _, level, _ in links(kind, payer, received)] == levels


def test_acts_follow_one_another() -> None:
    assert [act for act, _, _ in links(FUNERAL, "merit", "2024-07-10T09:00")] == list(Act)


@pytest.mark.parametrize(("received", "verified"), [("2024-07-10T09:00", True), ("2025-07-01T09:00", False)])
def test_a_chain_without_districts_is_marked_as_not_verified(received: str, verified: bool) -> None:
    question = ChainQuestion(kind=FUNERAL, payer=Payer.MERIT, received_at=at(received))

    assert BenefitLaw().chain(question).verified is verified


@pytest.mark.parametrize(
    ("kind", "payer"),
    [(ONE_OFF, Payer.SOCIAL_INSURANCE), (FUNERAL, Payer.ARMED_FORCES), (SURVIVORS, Payer.EMERGENCY)],
)
def test_what_no_payer_pays_has_no_chain(kind: Benefit, payer: Payer) -> None:
    with pytest.raises(NotInForce, match=f"{kind} by {payer}"):
        chain(ChainQuestion(kind=kind, payer=payer, received_at=at("2024-07-10T09:00")))


def test_the_social_pension_has_no_chain_before_it_pays() -> None:
    with pytest.raises(NotInForce, match="2025-07-01"):
        links(FUNERAL, "social_pension", "2025-06-27T09:00")


def rows(declaration: DeathDeclaration, *legs: Asked) -> list[tuple[str, str, str, str]]:
    question = AddresseesQuestion(declaration=declaration, office=REGISTERED_AT, legs=legs, on=date(2024, 7, 10))
    return [(each.leg, each.agency, each.office, each.place) for each in addressees(question)]


def test_one_dossier_may_have_three_addressees_and_more() -> None:
    declaration = with_benefits(ALL_FOUR, **MERIT, survivors=[SURVIVOR])

    assert rows(
        declaration,
        Asked(leg=LegKind.DEATH_REGISTRATION),
        Asked(leg=LegKind.RESIDENCE_REMOVAL),
        Asked(leg=LegKind.HEALTH_CARD_LOCK),
        Asked(leg=FUNERAL, payer=Payer.MERIT),
        Asked(leg=ONE_OFF, payer=Payer.MERIT),
        Asked(leg=SURVIVORS, payer=Payer.MERIT),
    ) == [
        (LegKind.DEATH_REGISTRATION, Agency.CIVIL_STATUS, REGISTERED_AT, Place.REGISTRATION),
        (LegKind.RESIDENCE_REMOVAL, Agency.RESIDENCE, "01273", Place.LAST_RESIDENCE),
        (LegKind.HEALTH_CARD_LOCK, Agency.SOCIAL_INSURANCE, REGISTERED_AT, Place.REGISTRATION),
        (FUNERAL, Agency.LABOUR, "01288", Place.MERIT_FILE),
        (ONE_OFF, Agency.LABOUR, "01288", Place.MERIT_FILE),
        (SURVIVORS, Agency.LABOUR, "01300", Place.SURVIVOR_RESIDENCE),
    ]


@pytest.mark.parametrize("payer", [Payer.SOCIAL_PROTECTION, Payer.EMERGENCY, Payer.SOCIAL_PENSION, Payer.VETERAN])
def test_local_funerals_go_where_the_deceased_lived(payer: Payer) -> None:
    assert rows(with_benefits(), Asked(leg=FUNERAL, payer=payer)) == [
        (FUNERAL, Agency.LABOUR, "01273", Place.LAST_RESIDENCE)
    ]


def test_without_a_residence_the_office_of_registration_receives_it() -> None:
    declaration = a_declaration(
        last_residence={"kind": "none"}, household_head=None, procedures=ALL_FOUR[:3], benefits=BENEFITS
    )

    assert rows(declaration, Asked(leg=FUNERAL, payer=Payer.SOCIAL_INSURANCE)) == [
        (FUNERAL, Agency.SOCIAL_INSURANCE, REGISTERED_AT, Place.LAST_RESIDENCE)
    ]


def test_merit_that_was_never_paid_goes_to_the_commune_that_issued_the_notice() -> None:
    notice = {"kind": "commune_notice", "issued_on": "2024-07-10", "issuer": "UBND xã", "office": "01299"}
    procedures = ALL_FOUR[:3]
    claim = {**BENEFITS, **NEVER_PAID}
    by_commune = a_declaration(death_notice=None, substitute=notice, procedures=procedures, benefits=claim)
    by_facility = a_declaration(procedures=procedures, benefits=claim)

    assert rows(by_commune, Asked(leg=FUNERAL, payer=Payer.MERIT))[0][2:] == ("01299", Place.NOTICE_ISSUER)
    assert rows(by_facility, Asked(leg=FUNERAL, payer=Payer.MERIT))[0][2:] == (REGISTERED_AT, Place.NOTICE_ISSUER)


def test_survivors_in_two_communes_make_two_rows() -> None:
    elsewhere = {**SURVIVOR, "residence": {**SURVIVOR["residence"], "ward": "00070"}}
    declaration = with_benefits(ALL_FOUR, survivors=[SURVIVOR, elsewhere, SURVIVOR])

    assert [row[2] for row in rows(declaration, Asked(leg=SURVIVORS, payer=Payer.SOCIAL_INSURANCE))] == [
        "01300",
        "00070",
    ]


def test_a_benefit_without_a_payer_has_no_addressee_yet() -> None:
    assert rows(with_benefits(), Asked(leg=FUNERAL)) == []


def test_a_leg_of_another_group_has_no_addressee() -> None:
    with pytest.raises(NotInForce, match="residence"):
        rows(a_declaration(), Asked(leg=LegKind.RESIDENCE, payer=Payer.MERIT))


def test_where_a_leg_goes_is_said_with_its_rule_and_mark() -> None:
    question = AddresseesQuestion(
        declaration=a_declaration(),
        office=REGISTERED_AT,
        legs=(Asked(leg=LegKind.RESIDENCE_REMOVAL),),
        on=date(2024, 7, 10),
    )

    told = BenefitLaw().addressees(question)

    assert [(each.article, each.verified) for each in told] == [("68/2020/QH14 art. 24", False)]
