from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.calendar import LEGAL_ZONE, instant
from policy.clock import Clock
from policy.dated import Reading
from policy.pack import current
from policy.schema import Duration, Unit

SHIPPED = Clock.read(Reading(date(2024, 7, 1)), current().clock, current().calendar)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LEGAL_ZONE)


def end(text: str) -> datetime:
    return instant(date.fromisoformat(text), time(17))


@pytest.mark.parametrize(
    ("filed", "inclusive", "effective"),
    [
        ("2024-07-01T14:59:59.999999", False, date(2024, 7, 1)),
        ("2024-07-01T15:00:00", False, date(2024, 7, 2)),
        ("2024-07-01T15:00:00", True, date(2024, 7, 1)),
        ("2024-07-01T15:00:00.000001", True, date(2024, 7, 2)),
        ("2024-07-01T00:00:00", False, date(2024, 7, 1)),
        ("2024-07-05T23:59:59", False, date(2024, 7, 8)),
    ],
)
def test_the_cutoff_decides_the_effective_day(
    clock_with: Callable[..., Clock], filed: str, inclusive: bool, effective: date
) -> None:
    assert clock_with(cutoff_inclusive=inclusive).effective_day(at(filed)) == effective


def test_three_oclock_sharp_is_late_as_shipped() -> None:
    assert SHIPPED.effective_day(at("2024-07-01T15:00")) == date(2024, 7, 2)


@pytest.mark.parametrize(
    ("filed", "effective"),
    [
        ("2026-01-01T09:00", date(2026, 1, 5)),
        ("2026-01-02T09:00", date(2026, 1, 5)),
        ("2026-01-09T15:30", date(2026, 1, 10)),
        ("2026-01-10T14:00", date(2026, 1, 10)),
        ("2026-01-10T15:30", date(2026, 1, 12)),
        ("2025-04-25T16:00", date(2025, 4, 26)),
    ],
)
def test_make_up_saturdays_receive_filings(filed: str, effective: date) -> None:
    assert SHIPPED.effective_day(at(filed)) == effective


def test_a_filing_from_another_zone_counts_by_the_clock_of_viet_nam() -> None:
    assert SHIPPED.effective_day(datetime(2024, 7, 1, 8, 30, tzinfo=UTC)) == date(2024, 7, 2)


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2024-07-01T09:00", 12, "2024-07-15"),  # Saturday 13 July gives way to Monday
        ("2024-07-01T09:00", 11, "2024-07-12"),
        ("2024-08-21T09:00", 12, "2024-09-04"),  # 2 September is a holiday, and so is the 3rd
    ],
)
def test_calendar_days_end_on_a_working_day(received: str, days: int, due: str) -> None:
    assert SHIPPED.due(at(received), Duration(n=days, unit=Unit.DAY)) == end(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2024-07-01T08:00", 4, "2024-07-01T13:30"),
        ("2024-07-01T07:30", 4, "2024-07-01T11:30"),
        ("2024-07-01T05:00", 4, "2024-07-01T11:30"),
        ("2024-07-01T16:00", 4, "2024-07-02T10:30"),
        ("2024-07-01T12:00", 4, "2024-07-01T17:00"),
        ("2024-07-05T20:00", 4, "2024-07-08T11:30"),
        ("2024-07-05T16:59", 8, "2024-07-08T16:59"),
    ],
)
def test_working_hours_run_in_office_hours_only(start: str, hours: int, due: str) -> None:
    assert SHIPPED.due(at(start), Duration(n=hours, unit=Unit.WORKING_HOUR)) == at(due)


@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        ("2024-07-02T10:00", "2024-07-02T11:00", "2024-07-04"),  # answered at once: nothing moves
        ("2024-07-02T10:00", "2024-07-05T10:00", "2024-07-09"),  # two days were left
        ("2024-07-02T10:00", "2024-07-05T15:30", "2024-07-10"),  # answered after the cut-off
        ("2024-07-02T10:00", "2024-07-06T10:00", "2024-07-10"),  # answered on a Saturday
        ("2024-07-04T16:30", "2024-07-09T09:00", "2024-07-09"),  # paused on the last day: the same day is left
        ("2024-07-02T18:00", "2024-07-08T09:00", "2024-07-09"),  # asked after closing: the 3rd had not begun
        ("2024-07-02T10:00", "2024-08-30T15:30", "2024-09-06"),  # over the National Day
    ],
)
def test_a_pause_carries_over_the_days_that_were_left(paused: str, resumed: str, due: str) -> None:
    moved = SHIPPED.moved(end("2024-07-04"), paused_at=at(paused), resumed_at=at(resumed))

    assert moved == end(due)


def test_a_pause_does_not_heal_what_was_overdue() -> None:
    due = end("2024-07-04")

    assert SHIPPED.moved(due, paused_at=at("2024-07-05T09:00"), resumed_at=at("2024-07-09T09:00")) == due


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=880)).map(lambda since: at("2024-07-01T00:00") + since)
SPANS = st.timedeltas(timedelta(0), timedelta(days=40))


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(filed=MOMENTS, until_pause=SPANS, pause=SPANS, days=st.integers(0, 10))
def test_a_pause_never_shortens_a_limit_and_ends_on_a_working_day(
    filed: datetime, until_pause: timedelta, pause: timedelta, days: int
) -> None:
    due = SHIPPED.due(filed, Duration(n=days, unit=Unit.WD))
    paused_at = filed + until_pause
    moved = SHIPPED.moved(due, paused_at=paused_at, resumed_at=paused_at + pause)

    assert moved >= due
    assert moved == due or moved >= paused_at + pause
    assert SHIPPED.calendar.is_working_day(moved.astimezone(LEGAL_ZONE).date())


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(earlier=MOMENTS, later=SPANS, days=st.integers(0, 10), unit=st.sampled_from(Unit))
def test_who_files_later_is_never_due_earlier(earlier: datetime, later: timedelta, days: int, unit: Unit) -> None:
    limit = Duration(n=days, unit=unit)

    assert SHIPPED.due(earlier, limit) <= SHIPPED.due(earlier + later, limit)
