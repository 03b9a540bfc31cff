"""Legal time: Viet Nam's zone and its working days (Monday to Friday, less holidays, more decreed Saturdays).

The legal zone stands here and nowhere else. How limits are counted on these days is `policy.clock`.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from policy.schema import CalendarDays

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY = 5
ONE_DAY = timedelta(days=1)


def legal_day(moment: datetime) -> date:
    """The calendar day of this moment in Viet Nam."""
    return legal_moment(moment).date()


def day_of(told: date) -> date:
    """The calendar day of what was told either as a day or as a moment."""
    return legal_day(told) if isinstance(told, datetime) else told


def legal_moment(moment: datetime) -> datetime:
    """The same moment on Viet Nam's clocks; a moment without offset is refused."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return moment.astimezone(LEGAL_ZONE)


def instant(day: date, at: time) -> datetime:
    """A day at a time of Viet Nam's clocks, as UTC."""
    return datetime.combine(day, at, LEGAL_ZONE).astimezone(UTC)


@lru_cache(maxsize=64)
def _computed(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Days off and working weekend days of a year, as the package knows them.

    Frozen: the package's own object fills its years while being asked, which threads must not share.
    """
    table = holidays.country_holidays("VN", years=year)
    return frozenset(table), frozenset(table.weekend_workdays)


class WorkingCalendar:
    """On which days offices work: the yearly decision first, then the package, then the week."""

    def __init__(self, decreed: CalendarDays) -> None:
        self._decreed = {entry.day: entry.working for entry in decreed.days}
        self._announced_until = decreed.announced_until
        _computed(decreed.announced_until.year)  # the package loads its tables now, not under the first question

    def is_working_day(self, day: date) -> bool:
        """Whether limits count this day."""
        if (decreed := self._decreed.get(day)) is not None:
            return decreed
        days_off, working_weekends = _computed(day.year)
        if day.weekday() >= SATURDAY:
            return day in working_weekends
        return day not in days_off

    def announced(self, day: date) -> bool:
        """Whether the year's days off are decreed already, not only computed."""
        return day <= self._announced_until

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The count-th working day after this day; nought gives this day, or the next working one."""
        day = self.on_or_after(day)
        for _ in range(count):
            day = self.on_or_after(day + ONE_DAY)
        return day

    def working_days_between(self, earlier: date, later: date) -> int:
        """How many working days lie after the earlier day, up to and with the later."""
        days = (later - earlier).days
        return sum(self.is_working_day(earlier + timedelta(days=step)) for step in range(1, days + 1))
