"""Legal days: those of Viet Nam's clocks."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def legal_day(told: date) -> date:
    """The day of what is told as a day or as an instant."""
    return told.astimezone(_ZONE).date() if isinstance(told, datetime) else told


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a legal day begins and when the next one does."""
    return datetime.combine(day, time.min, _ZONE), datetime.combine(day + timedelta(days=1), time.min, _ZONE)
