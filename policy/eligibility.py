"""Whether the birth group is open to a child, and whether the registration is late."""

from datetime import date

from policy import pack as packs
from policy.pack import Pack

NOT_ELIGIBLE_AGE = "not-eligible-age"
BIRTH_DATE_IN_FUTURE = "birth-date-in-future"
MONTHS = 12


def eligible_birth(born_on: date, filed_on: date, pack: Pack | None = None) -> str | None:
    """The reason for which the group is closed to this child; none where it is open.

    The birthday on which 72 months are full is the first day too late. A child born on 29 February fills a month that
    has no such day on the first of the next one: where the law is silent the day goes to the child.
    """
    if born_on > filed_on:
        return BIRTH_DATE_IN_FUTURE
    limit = (pack or packs.current()).birth.under_months.at(filed_on).value
    return None if full_months(born_on, filed_on) < limit else NOT_ELIGIBLE_AGE


def late(born_on: date, filed_on: date, pack: Pack | None = None) -> bool:
    """Whether more than 60 days have gone by since the birth (Law on Civil Status art. 15(1)); still registrable."""
    return (filed_on - born_on).days > (pack or packs.current()).birth.on_time_days.at(filed_on).value


def full_months(earlier: date, later: date) -> int:
    """Months completed between two days."""
    months = (later.year - earlier.year) * MONTHS + later.month - earlier.month
    return months if later.day >= earlier.day else months - 1
