from datetime import UTC, date, datetime, time

import pytest

from policy.calendar import WorkingCalendar, instant, legal_day
from policy.pack import Pack
from policy.schema import CalendarDays


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2024, 4, 29), False),
        (date(2024, 5, 4), True),
        (date(2025, 4, 26), True),
        (date(2025, 5, 2), False),
        (date(2026, 8, 22), True),
        (date(2026, 8, 31), False),
        (date(2026, 1, 2), False),
        (date(2026, 1, 10), True),
        (date(2026, 1, 9), True),
        (date(2026, 1, 17), False),
    ],
)
def test_swapped_days_change_places(pack: Pack, day: date, working: bool) -> None:
    assert pack.calendar.is_working_day(day) is working


@pytest.mark.parametrize(
    "days_off",
    [
        [date(2024, 2, day) for day in range(8, 15)],
        [date(2025, 1, day) for day in range(25, 32)] + [date(2025, 2, 1), date(2025, 2, 2)],
        [date(2026, 2, day) for day in range(14, 23)],
    ],
    ids=["2024", "2025", "2026"],
)
def test_nobody_works_at_tet(pack: Pack, days_off: list[date]) -> None:
    assert not any(pack.calendar.is_working_day(day) for day in days_off)


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 4, 18),
        date(2025, 4, 7),
        date(2026, 4, 27),
        date(2025, 4, 30),
        date(2024, 9, 2),
        date(2024, 9, 3),
        date(2025, 9, 1),
        date(2026, 11, 24),
    ],
)
def test_statutory_days_are_off(pack: Pack, day: date) -> None:
    assert not pack.calendar.is_working_day(day)


def test_culture_day_is_a_working_day_before_2026(pack: Pack) -> None:
    assert pack.calendar.is_working_day(date(2025, 11, 24))


def test_a_decreed_day_outweighs_the_package() -> None:
    reason = {"reason": "test", "article": "test", "source": "test", "verified": True}
    calendar = WorkingCalendar(
        CalendarDays.model_validate(
            {
                "announced_until": date(2027, 12, 31),
                "days": (
                    {"day": date(2027, 1, 1), "working": True, **reason},
                    {"day": date(2027, 3, 3), "working": False, **reason},
                ),
            }
        )
    )

    assert calendar.is_working_day(date(2027, 1, 1))
    assert not calendar.is_working_day(date(2027, 3, 3))


def test_no_working_days_from_a_day_off_is_the_next_working_day(pack: Pack) -> None:
    assert pack.calendar.add_working_days(date(2024, 7, 6), 0) == date(2024, 7, 8)


def test_working_days_between_leaves_out_the_first_and_counts_the_last(pack: Pack) -> None:
    assert pack.calendar.working_days_between(date(2024, 7, 5), date(2024, 7, 8)) == 1
    assert pack.calendar.working_days_between(date(2024, 7, 5), date(2024, 7, 5)) == 0


def test_years_not_yet_decreed_are_known_as_such(pack: Pack) -> None:
    assert pack.calendar.announced(date(2026, 12, 31))
    assert not pack.calendar.announced(date(2027, 1, 4))


def test_the_legal_day_begins_at_midnight_in_viet_nam() -> None:
    assert legal_day(datetime(2024, 6, 30, 16, 59, 59, tzinfo=UTC)) == date(2024, 6, 30)
    assert legal_day(datetime(2024, 6, 30, 17, 0, tzinfo=UTC)) == date(2024, 7, 1)


def test_instants_are_utc() -> None:
    due = instant(date(2024, 7, 1), time(17))

    assert due == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert due.tzinfo is UTC


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        legal_day(datetime(2024, 7, 1, 9))  # noqa: DTZ001  # the point of the test
