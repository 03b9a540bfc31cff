"""What an agency's clock and stamps look like: wall time, shown in Viet Nam's zone."""

from datetime import date, datetime, timedelta, timezone

VIET_NAM = timezone(timedelta(hours=7))


def now() -> datetime:
    return datetime.now(VIET_NAM)


def today() -> date:
    return now().date()


def compact(day: date) -> str:
    """A day as partners write it: yyyyMMdd."""
    return f"{day:%Y%m%d}"


def from_compact(text: str) -> date:
    return date.fromisoformat(text)
