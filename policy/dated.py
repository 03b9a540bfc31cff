"""Law as data: a value holds from its first day in force until the next entry, and says where it comes from."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Annotated, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

T = TypeVar("T")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class NotInForce(LookupError):
    """Nothing is in force on the day asked for."""


class Entry(BaseModel):
    """The base of whatever a YAML file of this package holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Dated(Entry, Generic[T]):
    """One value with its first day; `verified` means that the text itself was read.

    `in_force_from` stands where the instrument came into force later than the day from which it applies.
    """

    since: date = Field(alias="from")
    in_force_from: date | None = None
    value: T
    article: Text
    source: Text
    verified: bool

    def known(self, day: date) -> bool:
        """Whether the instrument was in force on this day, whatever the day from which it applies."""
        return (self.in_force_from or self.since) <= day


class Parameter(Entry, Generic[T]):
    """A value of the law through time."""

    meaning: Text
    values: tuple[Dated[T], ...]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.values:
            raise ValueError("a parameter needs an entry")
        require_ascending(dated.since for dated in self.values)
        return self

    def in_force(self, day: date, known_on: date | None = None) -> Dated[T] | None:
        """The entry that holds on this day, if the parameter existed then; as it was known on another day, if given."""
        entries = (dated for dated in reversed(self.values) if known_on is None or dated.known(known_on))
        return next((dated for dated in entries if dated.since <= day), None)

    def at(self, day: date, known_on: date | None = None) -> Dated[T]:
        """The entry that holds on this day; `NotInForce` before the first."""
        dated = self.in_force(day, known_on)
        if dated is None:
            first = self.values[0].since
            raise NotInForce(f"{self.meaning} Not in force on {day}: the first entry is of {first}.")
        return dated

    def newest(self) -> Dated[T]:
        """The last entry, for what does not hang on a day."""
        return self.values[-1]


class Reading:
    """Reads parameters as they stood on one day and remembers what was read.

    `known_on`: leaves out what was laid down only after that day, though it applies from before.
    """

    def __init__(self, day: date, known_on: date | None = None) -> None:
        self.day = day
        self.known_on = known_on
        self._articles: dict[str, None] = {}
        self._verified = True

    def take(self, parameter: Parameter[T]) -> T:
        """The value in force; its article joins the list."""
        return self.take_dated(parameter).value

    def take_dated(self, parameter: Parameter[T]) -> Dated[T]:
        """The same with its article and source."""
        dated = parameter.at(self.day, self.known_on)
        self._articles[dated.article] = None
        self._verified = self._verified and dated.verified
        return dated

    @property
    def articles(self) -> tuple[str, ...]:
        """What was relied on, each once, in the order of reading."""
        return tuple(self._articles)

    @property
    def verified(self) -> bool:
        """Whether the text of everything read so far was seen."""
        return self._verified


def require_ascending(days: Iterable[date]) -> None:
    """Refuse a list whose days do not strictly ascend."""
    for earlier, later in pairwise(days):
        if later <= earlier:
            raise ValueError(f"days must ascend: {later} stands after {earlier}")
