"""Small forms that several partners share on the wire."""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from contracts.agencies import Granted, Pending, Refused, RegisterLine
from contracts.base import Message
from contracts.failures import AgencyProtocolError, SuspectedDuplicate

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
T = TypeVar("T", bound=Message)
R = TypeVar("R")
P = ParamSpec("P")


def reading(read: Callable[P, R]) -> Callable[P, R]:
    """What does not fit our own messages is the agency's failure too; pydantic's words, which quote it, end here."""

    @functools.wraps(read)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except ValidationError:
            raise AgencyProtocolError("the agency's answer cannot be read") from None

    return guarded


class Reply(BaseModel):
    """A partner's answer: fields that we do not read may come and go."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _compact(value: object) -> date:
    return _day(value, "%Y%m%d")


def _slashed(value: object) -> date:
    return _day(value, "%d/%m/%Y")


def _partial(text: str) -> str:
    _compact(f"{text}0101"[: len("yyyyMMdd")])
    return "-".join(part for part in (text[:4], text[4:6], text[6:]) if part)


def _day(value: object, form: str) -> date:
    if not isinstance(value, str):  # pydantic would read 0 as 1970-01-01
        raise ValueError("a day is written as text")  # noqa: TRY004  # pydantic turns ValueError into a field error
    return datetime.strptime(value, form).replace(tzinfo=UTC).date()


CompactDay = Annotated[date, BeforeValidator(_compact)]
"""`yyyyMMdd`"""
PartialDay = Annotated[str, AfterValidator(_partial)]
"""`yyyyMMdd`, `yyyyMM` or `yyyy`, read as our own form of what is known of a day"""
SlashedDay = Annotated[date, BeforeValidator(_slashed)]
"""`dd/MM/yyyy`"""


def compact(day: date) -> str:
    """`yyyyMMdd`"""
    return day.strftime("%Y%m%d")


def slashed(day: date) -> str:
    """`dd/MM/yyyy`"""
    return day.strftime("%d/%m/%Y")


def stamp(at: datetime) -> str:
    """`yyyyMMddHHmmss`, legal time."""
    return at.astimezone(LOCAL).strftime("%Y%m%d%H%M%S")


def register_line(registered: RegisterLine) -> dict[str, object]:
    """The register's line that a certificate or an extract quotes."""
    return {
        "soDangKy": registered.register_number,
        "quyenSo": registered.book,
        "trangSo": registered.page,
        "ngayDangKy": compact(registered.registered_on),
    }


def refused(reason: str | None, text: str | None, legal_basis: str | None) -> Refused:
    """A refusal needs its reason (J6); without one the answer cannot be used."""
    if not reason:
        raise AgencyProtocolError("a refusal came without its reason")
    return Refused(reason=reason, text=text or None, legal_basis=legal_basis or None)


def pending(reference: str | None) -> Pending:
    """A pending case needs a reference to ask by."""
    if not reference:
        raise AgencyProtocolError("a pending case came without its reference")
    return Pending(reference=reference)


def granted(result: T | None) -> Granted[T]:
    """A grant needs its result."""
    if result is None:
        raise AgencyProtocolError("a grant came without its result")
    return Granted[T](result=result)


def suspected() -> SuspectedDuplicate:
    """The agency thinks that it has this case already."""
    return SuspectedDuplicate("the agency suspects a duplicate")
