from datetime import UTC, date, datetime

import pytest

from policy.checks import BirthRules
from policy.eligibility import eligible_birth, full_months, late
from policy.pack import Pack


@pytest.mark.parametrize(
    ("born_on", "filed_on", "reason"),
    [
        (date(2024, 7, 1), date(2024, 7, 1), None),
        (date(2018, 7, 2), date(2024, 7, 1), None),
        (date(2018, 7, 1), date(2024, 7, 1), "not-eligible-age"),
        (date(2018, 6, 30), date(2024, 7, 1), "not-eligible-age"),
        (date(2018, 8, 31), date(2024, 8, 30), None),
        (date(2018, 8, 31), date(2024, 8, 31), "not-eligible-age"),
        (date(2020, 2, 29), date(2026, 2, 28), None),
        (date(2020, 2, 29), date(2026, 3, 1), "not-eligible-age"),
        (date(2024, 7, 2), date(2024, 7, 1), "birth-date-in-future"),
    ],
)
def test_the_group_is_open_to_children_under_72_months(born_on: date, filed_on: date, reason: str | None) -> None:
    assert eligible_birth(born_on, filed_on) == reason


@pytest.mark.parametrize(
    ("born_on", "filed_on", "is_late"),
    [
        (date(2024, 7, 1), date(2024, 7, 1), False),
        (date(2024, 7, 1), date(2024, 8, 30), False),
        (date(2024, 7, 1), date(2024, 8, 31), True),
        (date(2024, 2, 29), date(2024, 4, 29), False),
        (date(2024, 2, 29), date(2024, 4, 30), True),
    ],
)
def test_registration_is_late_after_sixty_days(born_on: date, filed_on: date, is_late: bool) -> None:
    assert late(born_on, filed_on) is is_late


def test_every_reason_given_is_one_that_the_law_lists(pack: Pack) -> None:
    listed = {reason.code for reason in pack.birth.reasons.newest().value}

    assert {
        eligible_birth(date(2010, 1, 1), date(2024, 7, 1)),
        eligible_birth(date(2025, 1, 1), date(2024, 7, 1)),
    } <= listed


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [
        (date(2020, 2, 29), date(2020, 3, 28), 0),
        (date(2020, 2, 29), date(2020, 3, 29), 1),
        (date(2020, 1, 31), date(2020, 2, 29), 0),
        (date(2020, 1, 31), date(2020, 3, 1), 1),
        (date(2020, 12, 15), date(2021, 1, 15), 1),
    ],
)
def test_a_month_is_full_on_the_same_day_of_the_next(earlier: date, later: date, months: int) -> None:
    assert full_months(earlier, later) == months


def test_age_is_judged_on_the_day_it_is_in_viet_nam() -> None:
    last_day_in_viet_nam = datetime(2024, 6, 30, 17, 0, tzinfo=UTC)

    assert BirthRules().ineligible(date(2018, 7, 2), last_day_in_viet_nam) is None
    assert BirthRules().ineligible(date(2018, 7, 1), last_day_in_viet_nam) == "not-eligible-age"
