"""The base of every message and the scalar types that messages share."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Annotated, Any, LiteralString, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

S = TypeVar("S", bound=str)
T = TypeVar("T", bound=date)


class Message(BaseModel):
    """A frozen message.

    HTTP forbids unknown fields; the history converter overrides `extra` to `ignore`, so that a history written
    when a field still existed goes on loading after it is gone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(NamedTuple):
    """What is wrong across several fields, and at which of them a person looks first."""

    loc: tuple[str | int, ...]
    code: LiteralString
    message: LiteralString


def refuse(model: type[Message], faults: Iterable[Fault]) -> None:
    """From a model's own validator: every fault at its field, as if the field alone were wrong; none lets it pass.

    A message is checked whenever it is read, from history too: such a rule may be loosened later, never tightened.
    """
    errors = [
        InitErrorDetails(type=PydanticCustomError(fault.code, fault.message), loc=fault.loc, input=None)
        for fault in faults
    ]
    if errors:
        raise ValidationError.from_exception_data(model.__name__, errors)


def fitting(
    message: Message, needs: Mapping[S, Collection[str]], kind: S, *, optional: Collection[str] = ()
) -> Iterator[Fault]:
    """Faults where a message of several kinds lacks what its own kind needs, or holds what only another kind has."""
    for name in sorted({name for names in needs.values() for name in names}):
        given = getattr(message, name) is not None
        if name in needs[kind] and not given and name not in optional:
            yield Fault((name,), "missing", "this kind needs it")
        if given and name not in needs[kind]:
            yield Fault((name,), "not-applicable", "this kind has none")


def _text_only(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Refuse numbers where a date is written: pydantic would read 5 as 1970-01-01."""
    if isinstance(value, int | float):
        msg = "must be written as text"
        raise ValueError(msg)  # noqa: TRY004  # pydantic turns ValueError into a field error
    return value


def tellable(value: T) -> T:
    """Refuse days and moments at the calendar's ends, which cannot be told in every zone. Raises ValueError."""
    if not MINYEAR < value.year < MAXYEAR:
        msg = f"must lie between the years {MINYEAR + 1} and {MAXYEAR - 1}"
        raise ValueError(msg)
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _nfc(value: str) -> str:
    return unicodedata.normalize("NFC", value)


def _visible(value: str) -> str:
    """Refuse letters that nobody sees: on paper two names would be one, to the duplicate check one would be two."""
    # Printable text holds none, and is told at once; the rest is looked at letter by letter.
    if not value.isprintable() and any(unicodedata.category(letter).startswith("C") for letter in value):
        msg = "must not hold control or invisible characters"
        raise ValueError(msg)
    return value


def _readable(value: str) -> str:
    unclear = () if value.isprintable() else value
    if any(unicodedata.category(letter) == "Cc" and not letter.isspace() for letter in unclear):
        msg = "must not hold control characters"
        raise ValueError(msg)
    return value


Day = Annotated[date, BeforeValidator(_text_only), AfterValidator(tellable)]
"""A calendar day, `YYYY-MM-DD`, in Viet Nam's legal zone."""
Instant = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(tellable), AfterValidator(_utc)]
"""A moment with offset, kept in UTC."""
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_visible),
    AfterValidator(_nfc),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_readable),
    AfterValidator(_nfc),
]
"""One line of free text, NFC."""
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(_readable),
    AfterValidator(_nfc),
]
"""Free text of several lines, NFC."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""A machine-readable reason or paper code; its words stand in translations."""
PersonalId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""Personal identification number: 12 digits (Law on Identification 26/2023/QH15 art. 12)."""
Office = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
"""Ward code of the receiving office."""
Province = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]


def _day_or_instant(value: Any) -> date:  # noqa: ANN401  # whatever JSON holds
    """By the sign that stands between day and hour; a union alone would take midnight in UTC for a day."""
    timed = isinstance(value, datetime) or (isinstance(value, str) and "T" in value.upper())
    return (_INSTANT if timed else _DAY).validate_python(value)


_DAY: TypeAdapter[date] = TypeAdapter(Day)
_INSTANT: TypeAdapter[date] = TypeAdapter(Instant)
DayOrInstant = Annotated[datetime | date, BeforeValidator(_day_or_instant)]
"""A day, or a moment of it where the hour is known; of the two types only the moment is a `datetime`."""
Vnd = Annotated[int, Field(ge=0, strict=True)]
"""Money in whole đồng."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
"""A few bytes, a signature for instance."""
DOSSIER_CODE = r"^G22\.99\.08-[0-9]{6}-[0-9]{6}$"
DossierCode = Annotated[str, StringConstraints(pattern=DOSSIER_CODE)]
