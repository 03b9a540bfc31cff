"""Moments as people in Viet Nam read them."""

from datetime import UTC, date, datetime

from policy.calendar import legal_day, legal_moment


def today() -> date:
    """The legal day."""
    return legal_day(datetime.now(UTC))


def moment(text: str) -> str:
    """Day and time, from the API's own writing."""
    return f"{legal_moment(datetime.fromisoformat(text)):%d/%m/%Y %H:%M}"


def clock(text: str) -> str:
    """Time of day with seconds."""
    return f"{legal_moment(datetime.fromisoformat(text)):%H:%M:%S}"
