"""What a death declaration refuses, and at which field it says so."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from contracts.benefits import Entitlements, Insurance, Merit, Payer, Route
from contracts.death import DeathApplicant, DeathDeclaration, DeathFiling
from contracts.dossier import LegKind
from policy.benefits import route
from tests.policy.deaths import (
    ALL_FOUR,
    BENEFITS,
    DECLARATION,
    FUNERAL_TOO,
    RECIPIENT,
    SURVIVOR,
    a_declaration,
    entitled,
    with_benefits,
)

APPLICANT = {
    "full_name": "Trần Văn Minh",
    "personal_id": "004070000555",
    "relation": "child",
    "phone": "0912345678",
}
MINUTES = {"kind": "minutes", "issued_on": "2024-07-10"}
ORGANISATION = {"kind": "organisation", "name": "Trung tâm", "personal_id": "004070000555", "representative": "Lê An"}
INVALID = {"category": "war_invalid", "monthly": 2_789_000}
MERIT = {"allowances": [INVALID], "decision": "123/QĐ", "managed_by": "01288"}


def faults(model: type[BaseModel], told: dict[str, Any]) -> list[tuple[str, str]]:
    """Where and under which code a message is refused."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(told)
    return [("/".join(map(str, each["loc"])), each["type"]) for each in refused.value.errors()]


def claimed(**changes: Any) -> dict[str, Any]:
    """Changes to a declaration that asks for the funeral, within its benefits."""
    return {"procedures": FUNERAL_TOO, "benefits": {**BENEFITS, **changes}}


def without(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in names}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"nickname": "Bống"}, "nickname", "extra_forbidden"),
    ({"deceased": {**DECLARATION["deceased"], "born_on": "1941-02-30"}}, "deceased/born_on", "value_error"),
    ({"deceased": {**DECLARATION["deceased"], "born_on": "0000"}}, "deceased/born_on", "value_error"),
    ({"deceased": {**DECLARATION["deceased"], "born_on": "41"}}, "deceased/born_on", "string_pattern_mismatch"),
    ({"deceased": {**DECLARATION["deceased"], "personal_id": "1"}}, "deceased/personal_id", "string_pattern_mismatch"),
    ({"deceased": {**DECLARATION["deceased"], "sex": "other"}}, "deceased/sex", "enum"),
    ({"died_at": "2024-07-09T22:15:00"}, "died_at", "timezone_aware"),
    ({"died_at": "2024-02-30"}, "died_at", "date_from_datetime_parsing"),
    ({"died_at": "2024-02-30T10:00:00Z"}, "died_at", "datetime_from_date_parsing"),
    ({"died_at": 1720000000}, "died_at", "value_error"),
    ({"place_of_death": {"detail": "Trên sông"}}, "place_of_death/province", "missing"),
    ({"death_notice": None}, "death_notice", "one-of-two"),
    ({"substitute": MINUTES}, "death_notice", "one-of-two"),
    ({"death_notice": {**DECLARATION["death_notice"], "number": "7/TLKT-UBND"}}, "death_notice/number", "not-a-notice"),
    ({"death_notice": None, "substitute": {"kind": "none"}}, "substitute/detail", "missing"),
    ({"death_notice": None, "substitute": {"kind": "minutes"}}, "substitute/issued_on", "missing"),
    ({"death_notice": None, "substitute": {**MINUTES, "kind": "court_decision"}}, "substitute/issuer", "missing"),
    (
        {"death_notice": None, "substitute": {**MINUTES, "kind": "commune_notice", "issuer": "UBND xã"}},
        "substitute/office",
        "missing",
    ),
    ({"procedures": []}, "procedures", "form-unknown"),
    ({"procedures": ["death_registration"]}, "procedures", "form-unknown"),
    ({"procedures": ["death_registration", "residence_removal", "survivor"]}, "procedures", "form-unknown"),
    ({"procedures": ["death_registration", *FUNERAL_TOO]}, "procedures", "form-unknown"),
    ({"procedures": ["death_registration", "one_off"]}, "procedures/1", "literal_error"),
    ({"household_head": None}, "household_head", "missing"),
    ({"last_residence": {"kind": "permanent"}}, "last_residence/address", "missing"),
    ({"last_residence": {"kind": "none"}}, "household_head", "not-applicable"),
    (
        {"last_residence": {**DECLARATION["last_residence"], "kind": "none"}, "household_head": None},
        "last_residence/address",
        "not-applicable",
    ),
    ({"procedures": FUNERAL_TOO}, "benefits", "missing"),
    ({"benefits": BENEFITS}, "benefits", "not-applicable"),
    ({**claimed(), "procedures": ALL_FOUR}, "benefits/survivors", "missing"),
    (claimed(survivors=[SURVIVOR]), "benefits/survivors", "not-applicable"),
    ({**claimed(), "deceased": without(DECLARATION["deceased"], "personal_id")}, "deceased/personal_id", "missing"),
    (claimed(categories=[]), "benefits/categories", "too_short"),
    (claimed(categories=["social_insurance"] * 2), "benefits/categories/1", "repeated"),
    (claimed(categories=["social_insurance", "merit"]), "benefits/merit", "missing"),
    (claimed(merit=MERIT), "benefits/merit", "not-applicable"),
    (claimed(insurance=None), "benefits/insurance", "missing"),
    (claimed(categories=["emergency"]), "benefits/insurance", "not-applicable"),
    (claimed(insurance={"status": "reserved"}), "benefits/insurance/months_paid", "missing"),
    (claimed(insurance={"status": "pensioner", "number": "1"}), "benefits/insurance/number", "string_pattern_mismatch"),
    (
        claimed(categories=["social_protection", "emergency"], insurance=None),
        "benefits/categories",
        "exclusive",
    ),
    (claimed(recipient=without(RECIPIENT, "relation")), "benefits/recipient/relation", "missing"),
    (claimed(recipient={**RECIPIENT, "tax_code": "0101234567"}), "benefits/recipient/tax_code", "not-applicable"),
    (claimed(recipient=without(ORGANISATION, "representative")), "benefits/recipient/representative", "missing"),
    (claimed(recipient={**ORGANISATION, "relation": "child"}), "benefits/recipient/relation", "not-applicable"),
    (
        claimed(categories=["emergency"], insurance=None, recipient=ORGANISATION),
        "benefits/burial/cost",
        "missing",
    ),
    (claimed(payment={"method": "cash"}), "benefits/payment/place", "missing"),
    (claimed(payment={"method": "post", "place": "Bưu điện"}), "benefits/payment/address", "missing"),
    (claimed(payment={**BENEFITS["payment"], "place": "Xã"}), "benefits/payment/place", "not-applicable"),
    (claimed(payment=without(BENEFITS["payment"], "account")), "benefits/payment/account", "missing"),
    (claimed(burial={"place": "Nghĩa trang", "cost": -1}), "benefits/burial/cost", "greater_than_equal"),
    (claimed(burial={"place": "Nghĩa trang", "cost": 1.5}), "benefits/burial/cost", "int_type"),
    ({"copies": 51}, "copies", "less_than_equal"),
    ({"undertaking": False}, "undertaking", "literal_error"),
]


@pytest.mark.parametrize(("changes", "pointer", "code"), REFUSED, ids=[f"{row[1]} {row[2]}" for row in REFUSED])
def test_what_is_wrong_is_named_at_its_field(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in faults(DeathDeclaration, {**DECLARATION, **changes})


def test_all_that_is_wrong_across_fields_comes_together() -> None:
    told = {**DECLARATION, "death_notice": None, "household_head": None, "procedures": ALL_FOUR}

    assert faults(DeathDeclaration, told) == [
        ("death_notice", "one-of-two"),
        ("household_head", "missing"),
        ("benefits", "missing"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"household_head": None, "last_residence": {"kind": "none"}},
        {"household_head": None, "last_residence": {**DECLARATION["last_residence"], "kind": "current"}},
        {"deceased": {**without(DECLARATION["deceased"], "personal_id", "middle_name"), "born_on": "1941"}},
        {"death_notice": None, "substitute": MINUTES},
        {"death_notice": None, "substitute": {"kind": "none", "detail": "Mất tích trên biển năm 1972"}},
        {"place_of_death": {"country": "LA", "detail": "Viêng Chăn"}},
        claimed(),
        claimed(categories=["merit", "emergency"], merit=MERIT, insurance=None),
        claimed(categories=["emergency"], insurance=None, recipient=ORGANISATION, burial={"place": "Xã", "cost": 1}),
        claimed(payment={"method": "cash", "place": "Bưu điện xã"}),
        claimed(insurance={"status": "voluntary", "work_accident": True}),
        {"procedures": ALL_FOUR, "benefits": {**BENEFITS, "survivors": [SURVIVOR]}},
    ],
    ids=str,
)
def test_what_can_be_declared_says_the_same_after_a_journey_as_json(changes: dict[str, Any]) -> None:
    filing = DeathFiling(applicant=DeathApplicant.model_validate(APPLICANT), declaration=a_declaration(**changes))

    assert DeathFiling.model_validate_json(filing.model_dump_json()) == filing


def test_procedures_are_a_set_that_is_kept_in_their_order() -> None:
    told = a_declaration(procedures=list(reversed(FUNERAL_TOO)), benefits=BENEFITS)

    assert told.procedures == (LegKind.DEATH_REGISTRATION, LegKind.RESIDENCE_REMOVAL, LegKind.FUNERAL)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2024-07-09", date(2024, 7, 9)),
        ("2024-07-09T22:15:00+07:00", datetime(2024, 7, 9, 15, 15, tzinfo=UTC)),
        ("2024-07-09T00:00:00Z", datetime(2024, 7, 9, tzinfo=UTC)),
    ],
)
def test_a_death_is_told_by_the_day_or_by_the_moment(written: str, kept: date) -> None:
    told = a_declaration(died_at=written).died_at

    assert (type(told), told) == (type(kept), kept)


@pytest.mark.parametrize(
    ("kind", "registered"), [("permanent", True), ("temporary", True), ("current", False), ("none", False)]
)
def test_only_a_registered_residence_is_removed(kind: str, registered: bool) -> None:
    told = a_declaration(
        last_residence={"kind": kind, "address": None if kind == "none" else DECLARATION["last_residence"]["address"]},
        household_head=DECLARATION["household_head"] if registered else None,
    )

    assert told.last_residence.registered is registered


def test_a_merit_category_is_named_once() -> None:
    assert faults(Merit, {**MERIT, "allowances": [INVALID, INVALID]}) == [("allowances/1/category", "repeated")]


def test_what_payers_are_told_is_as_consistent_as_a_declaration() -> None:
    told = {"categories": ["merit"], "province": "04", "insurance": {"status": "pensioner"}}

    assert faults(Entitlements, told) == [("merit", "missing"), ("insurance", "not-applicable")]


def test_an_older_history_with_a_field_too_many_still_loads() -> None:
    told = with_benefits().model_dump(mode="json")
    told["benefits"]["recipient"]["nickname"] = "Bống"

    assert DeathDeclaration.model_validate(told, extra="ignore") == with_benefits()


def test_a_route_says_the_same_after_a_journey_as_json() -> None:
    day = date(2024, 6, 30)
    told = route(entitled("merit", "emergency"), (LegKind.FUNERAL, LegKind.SURVIVOR), day, known_on=day)

    assert Route.model_validate_json(told.model_dump_json()) == told


def test_money_is_whole_and_never_negative() -> None:
    for amount in (-1, 1.0, "1", True):
        assert faults(Merit, {**MERIT, "allowances": [{**INVALID, "carer": amount}]})[0][0] == "allowances/0/carer"


def test_a_payer_serving_the_armed_forces_needs_no_details() -> None:
    assert entitled("armed_forces").categories == (Payer.ARMED_FORCES,)
    assert Insurance.model_validate({"status": "compulsory", "months_paid": 3}).months_paid == 3
