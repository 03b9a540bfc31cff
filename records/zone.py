"""Legal days: those of Viet Nam's clocks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def legal_day(told: date) -> date:
    """The day of what is told as a day or as an instant."""
    return told.astimezone(_ZONE).date() if isinstance(told, datetime) else told
