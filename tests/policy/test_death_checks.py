from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.death import DeathDeclaration, DeathNoticeFacts, PersonFacts
from contracts.dossier import Finding
from contracts.people import Sex
from policy.death_checks import DeathRules, earliest
from policy.pack import Pack
from tests.policy.deaths import DECLARATION, a_declaration, at

FILED_AT = at("2024-07-11T09:00")
DECEASED = DECLARATION["deceased"]
NUMBER = "004041000123"
NOTICE = DeathNoticeFacts(number="12/GBT-2024", personal_id=NUMBER, sex=Sex.MALE, died_on=date(2024, 7, 9))
PERSON = PersonFacts(personal_id=NUMBER, full_name="TRẦN VĂN BÌNH", sex=Sex.MALE, born_on="1941-02-03")
SUBSTITUTE = {"kind": "minutes", "issued_on": "2024-07-10"}


def of(**changes: Any) -> DeathDeclaration:
    """The declaration with other particulars of the deceased."""
    return a_declaration(deceased={**DECEASED, **changes})


def notice(**changes: Any) -> DeathNoticeFacts:
    return NOTICE.model_copy(update=changes)


def person(**changes: Any) -> PersonFacts:
    return PERSON.model_copy(update=changes)


def found(
    declaration: DeathDeclaration, facts: DeathNoticeFacts | None, register: PersonFacts | None
) -> tuple[Finding, ...]:
    return DeathRules().findings(declaration, facts, register, FILED_AT)


@pytest.mark.parametrize(
    ("died_at", "reason"),
    [
        ("2024-07-11", None),
        ("2024-07-12", "death-date-in-future"),
        ("2024-07-11T09:00:00+07:00", None),
        ("2024-07-11T09:00:01+07:00", "death-date-in-future"),
        ("1941-02-03", None),
        ("1941-02-02", "death-before-birth"),
        ("1941-02-02T17:00:00Z", None),
        ("1941-02-02T16:59:59Z", "death-before-birth"),
    ],
)
def test_nobody_dies_later_than_the_filing_or_before_being_born(died_at: str, reason: str | None) -> None:
    assert DeathRules().ineligible(a_declaration(died_at=died_at), FILED_AT) == reason


def test_today_is_todays_date_in_viet_nam() -> None:
    just_past_midnight = datetime(2024, 7, 10, 17, 0, tzinfo=UTC)

    assert DeathRules().ineligible(a_declaration(died_at="2024-07-11"), just_past_midnight) is None


@pytest.mark.parametrize(
    ("born_on", "day"),
    [("1941", date(1941, 1, 1)), ("1941-06", date(1941, 6, 1)), ("1941-06-30", date(1941, 6, 30))],
)
def test_a_birth_known_in_part_is_taken_as_early_as_it_can_be(born_on: str, day: date) -> None:
    assert earliest(born_on) == day


def test_every_reason_given_is_one_that_the_law_lists(pack: Pack) -> None:
    assert {"death-date-in-future", "death-before-birth"} <= {
        reason.code for reason in pack.death.reasons.newest().value
    }


def test_what_agrees_has_no_finding() -> None:
    assert found(a_declaration(), NOTICE, PERSON) == ()


@pytest.mark.parametrize(
    ("declaration", "facts", "register", "finding"),
    [
        (a_declaration(), None, PERSON, Finding.NOTICE_MISSING),
        (a_declaration(death_notice=None, substitute=SUBSTITUTE), None, PERSON, Finding.NOTICE_NOT_DECLARED),
        (a_declaration(), notice(personal_id="004041000124"), PERSON, Finding.NOTICE_PERSON_DIFFERS),
        (a_declaration(), notice(sex=Sex.FEMALE), PERSON, Finding.NOTICE_SEX_DIFFERS),
        (a_declaration(), notice(died_on=date(2024, 7, 10)), PERSON, Finding.NOTICE_DATE_DIFFERS),
        (a_declaration(), NOTICE, None, Finding.REGISTER_UNKNOWN),
        (a_declaration(), NOTICE, person(died_on=date(2024, 7, 9)), Finding.REGISTER_SAYS_DEAD),
        (a_declaration(), NOTICE, person(full_name="Trần Văn Bính"), Finding.REGISTER_DIFFERS),
        (a_declaration(), NOTICE, person(sex=Sex.FEMALE), Finding.REGISTER_DIFFERS),
        (a_declaration(), NOTICE, person(born_on="1941-02-04"), Finding.REGISTER_DIFFERS),
        (a_declaration(), NOTICE, person(born_on="1940"), Finding.REGISTER_DIFFERS),
        (a_declaration(died_at="2024-07-11"), notice(died_on=date(2024, 7, 11)), PERSON, Finding.NOTICE_BEFORE_DEATH),
    ],
)
def test_each_difference_is_one_finding(
    declaration: DeathDeclaration, facts: DeathNoticeFacts | None, register: PersonFacts | None, finding: Finding
) -> None:
    assert found(declaration, facts, register) == (finding,)


@pytest.mark.parametrize("born_on", ["1941", "1941-02"])
def test_a_date_known_in_part_agrees_where_the_known_part_does(born_on: str) -> None:
    assert found(of(born_on=born_on), NOTICE, PERSON) == ()
    assert found(a_declaration(), NOTICE, person(born_on=born_on)) == ()


def test_a_notice_of_the_day_of_death_is_not_older_than_the_death() -> None:
    declaration = a_declaration(death_notice={**DECLARATION["death_notice"], "issued_on": "2024-07-09"})

    assert found(declaration, NOTICE, PERSON) == ()


def test_a_notice_that_leaves_something_out_accuses_nobody() -> None:
    assert found(a_declaration(), notice(personal_id=None, sex=None), PERSON) == ()


def test_who_has_no_number_is_not_looked_for_in_the_register() -> None:
    assert found(of(personal_id=None), notice(personal_id=None), None) == ()


@pytest.mark.parametrize("number", ["004141000123", "004042000123"])
def test_a_number_that_does_not_fit_sex_or_year_is_a_hint(number: str) -> None:
    told = found(of(personal_id=number), notice(personal_id=number), person(personal_id=number))

    assert told == (Finding.PERSONAL_ID_UNLIKELY,)


@pytest.mark.parametrize(("died_at", "late"), [("2024-06-26", False), ("2024-06-25", True)])
def test_registration_is_late_after_fifteen_days(died_at: str, late: bool) -> None:
    declaration = a_declaration(died_at=died_at)
    told = found(declaration, notice(died_on=date.fromisoformat(died_at)), PERSON)

    assert (Finding.LATE_REGISTRATION in told) is late
