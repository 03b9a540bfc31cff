"""The shape of the YAML files; what does not fit is refused when the law is loaded."""

import re
from collections.abc import Iterable
from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from contracts.base import Code
from contracts.benefits import Payer
from contracts.dossier import LegKind
from contracts.legs import Act, Level, Place
from policy.dated import Entry, Parameter, Text, require_ascending

HOUR_AND_MINUTE = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Unit(StrEnum):
    """What a limit counts: the law mixes them within one chain of agencies (domain.md B.2)."""

    WD = "WD"
    DAY = "DAY"
    WORKING_HOUR = "WORKING_HOUR"


class Duration(Entry):
    """A limit as the law writes it."""

    n: Annotated[int, Field(ge=0, le=400)]
    unit: Unit


class OnSupplement(StrEnum):
    """What the citizen's time does to the office's limits."""

    PAUSE = "pause"
    RESTART = "restart"


def _clock_time(value: object) -> time:
    """Refuse 15:00 without quotes: YAML reads it as the number 900."""
    if not isinstance(value, str) or not HOUR_AND_MINUTE.fullmatch(value):
        raise ValueError('write times in quotes, as in "15:00"')
    return time.fromisoformat(value)


def _once(codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise ValueError(f"{code} is listed twice")
        seen.add(code)


ClockTime = Annotated[time, BeforeValidator(_clock_time)]


class Session(Entry):
    """A stretch of office hours."""

    opens: ClockTime
    closes: ClockTime


def _in_order(sessions: tuple[Session, ...]) -> tuple[Session, ...]:
    times = [moment for session in sessions for moment in (session.opens, session.closes)]
    if not times or any(later <= earlier for earlier, later in pairwise(times)):
        raise ValueError("sessions must follow one another")
    return sessions


Sessions = Annotated[tuple[Session, ...], AfterValidator(_in_order)]


class ClockParameters(Entry):
    """clock.yaml: how limits are counted."""

    cutoff: Parameter[ClockTime]
    cutoff_inclusive: Parameter[bool]
    closing: Parameter[ClockTime]
    sessions: Parameter[Sessions]
    first_day_counts: Parameter[bool]
    on_supplement: Parameter[OnSupplement]


Regime = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,11}$")]


class Regimes(Entry):
    """regimes.yaml: which regime governs a filing, a group each."""

    birth: Parameter[Regime]
    death: Parameter[Regime]


class Paper(Entry):
    """A paper that may be asked for, and only then."""

    code: Code
    only_if: Literal[
        "always",
        "notice-missing",
        "residence-elsewhere",
        "consent-on-paper",
        "merit",
        "social-protection",
        "survivor-of-merit",
    ]


class Reason(Entry):
    """A ground for rejection and the rule that it rests on."""

    code: Code
    rule: Text


def _papers_once(papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
    _once(paper.code for paper in papers)
    return papers


def _reasons_once(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    _once(reason.code for reason in reasons)
    return reasons


LegLimit = Duration | Literal["group_total"]
"""A leg's own limit, or the whole group's where the law splits nothing."""


Papers = Annotated[tuple[Paper, ...], AfterValidator(_papers_once)]
Reasons = Annotated[tuple[Reason, ...], AfterValidator(_reasons_once)]


class GroupParameters(Entry):
    """What the YAML of every group lays down."""

    total: Parameter[Duration]
    legs: dict[LegKind, Parameter[LegLimit]]
    supplement_days: Parameter[Annotated[int, Field(ge=1, le=60)]]
    on_time_days: Parameter[Annotated[int, Field(ge=1)]]
    papers: Parameter[Papers]
    reasons: Parameter[Reasons]


class BirthParameters(GroupParameters):
    """birth.yaml: the linked birth group."""

    total_with_verification: Parameter[Duration]
    certificate_wait: Parameter[Annotated[int, Field(ge=0, le=240)]]
    under_months: Parameter[Annotated[int, Field(ge=1)]]

    @model_validator(mode="after")
    def _civil_status_first(self) -> Self:
        if next(iter(self.legs), None) is not LegKind.CIVIL_STATUS:
            raise ValueError("the first leg must be civil_status: the certificate's wait hangs on it")
        return self


class Link(Entry):
    """One link of the chain within an agency."""

    act: Act
    level: Level
    limit: Duration


def _linked(links: tuple[Link, ...]) -> tuple[Link, ...]:
    order = [list(Act).index(link.act) for link in links]
    if not links or any(later <= earlier for earlier, later in pairwise(order)):
        raise ValueError("a chain has links, each act once and in its order")
    return links


Links = Annotated[tuple[Link, ...], AfterValidator(_linked)]


class Destination(Entry):
    """Which commune receives these legs; `payers` and `never_paid` narrow it to some cases."""

    legs: tuple[LegKind, ...]
    payers: tuple[Payer, ...] = ()
    never_paid: bool = False
    place: Place
    rule: Text


class DeathParameters(GroupParameters):
    """death.yaml: the linked death group."""

    total_with_benefits: Parameter[Duration]
    chains: dict[LegKind, dict[Payer, Parameter[Links]]]
    addressees: Parameter[tuple[Destination, ...]]

    @model_validator(mode="after")
    def _registration_first(self) -> Self:
        if next(iter(self.legs), None) is not LegKind.DEATH_REGISTRATION:
            raise ValueError("the first leg must be death_registration: every other one stands on it")
        return self


Digit = Annotated[str, StringConstraints(pattern=r"^[0-9]$")]


class CenturyDigits(Entry):
    """The fourth digit for births in the years `years`00 to `years`99."""

    years: int
    male: Digit
    female: Digit


class Composition(Entry):
    """How a personal identification number is made up."""

    length: int
    place_prefix: Digit
    centuries: tuple[CenturyDigits, ...]


class PersonalIdParameters(Entry):
    """personal_id.yaml."""

    composition: Parameter[Composition]


class DecreedDay(Entry):
    """A day that the yearly decision makes working or free."""

    day: date
    working: bool
    reason: Text
    article: Text
    source: Text
    verified: bool


class CalendarDays(Entry):
    """calendars/viet_nam.yaml: where the yearly decision differs from the holidays package."""

    announced_until: date
    days: tuple[DecreedDay, ...]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        require_ascending(decreed.day for decreed in self.days)
        return self
