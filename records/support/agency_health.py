"""How agencies answered lately, read from an index of the exchanges alone, however many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Boolean, Connection, bindparam, func, literal_column, not_, select

from contracts.agencies import Agency
from records.database import Database
from records.support.sources import Source
from records.tables.base import core
from records.tables.exchanges import FAILED, Exchange
from records.tables.support import StuckCase

LATELY = timedelta(minutes=5)
_SAMPLE = 500
"""So many of the last durations tell the percentiles."""
_EXCHANGES, _CASES = core(Exchange), core(StuckCase)
_HERE = _EXCHANGES.c.agency == bindparam("agency_")
_SINCE = _EXCHANGES.c.at >= bindparam("since")
_FAILED = literal_column(FAILED, Boolean())
_NEWEST = _EXCHANGES.c.at.desc()
_ALL = select(func.count()).where(_HERE, _SINCE)
_FAILURES = select(func.count()).where(_HERE, _SINCE, _FAILED)
_DURATIONS = select(_EXCHANGES.c.duration_ms).where(_HERE, _SINCE, not_(_FAILED)).order_by(_NEWEST).limit(_SAMPLE)
_SUCCESS = select(_EXCHANGES.c.at).where(_HERE, not_(_FAILED)).order_by(_NEWEST).limit(1)
_FAILURE = select(_EXCHANGES.c.at).where(_HERE, _FAILED).order_by(_NEWEST).limit(1)
_OVERDUE = (
    select(_CASES.c.agency, func.count())
    .where(_CASES.c.gone_at.is_(None), _CASES.c.source == Source.LEG.value)
    .group_by(_CASES.c.agency)
)


class Health(StrEnum):
    """One word for the last five minutes."""

    WELL = "well"
    TROUBLED = "troubled"
    DOWN = "down"
    QUIET = "quiet"
    """Nothing was said."""


@dataclass(frozen=True)
class AgencyHealth:
    """`answers` and `failures` of the last five minutes; a failure is no answer, or trouble of the agency's own."""

    health: Health
    answers: int
    failures: int
    p50_ms: float | None
    p95_ms: float | None
    last_success: datetime | None
    last_failure: datetime | None


class AgencyRecords:
    """What our records say of agencies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def health(self, agencies: Iterable[Agency], now: datetime) -> dict[Agency, AgencyHealth]:
        """How each answered."""
        wanted = tuple(agencies)
        return await self._database.read(lambda c: {each: _health(c, each, now - LATELY) for each in wanted})

    async def overdue(self) -> dict[str, int]:
        """How many legs wait for each agency's answer beyond its time."""
        rows = await self._database.read(lambda c: c.execute(_OVERDUE).all())
        return {agency: count for agency, count in rows if agency is not None}


def _health(connection: Connection, agency: Agency, since: datetime) -> AgencyHealth:
    of = {"agency_": agency.value, "since": since}
    failures = connection.execute(_FAILURES, of).scalar_one()
    answers = connection.execute(_ALL, of).scalar_one() - failures
    durations = sorted(connection.execute(_DURATIONS, of).scalars())
    return AgencyHealth(
        health=_word(answers, failures),
        answers=answers,
        failures=failures,
        p50_ms=_percentile(durations, 0.5),
        p95_ms=_percentile(durations, 0.95),
        last_success=connection.execute(_SUCCESS, of).scalar(),
        last_failure=connection.execute(_FAILURE, of).scalar(),
    )


def _word(answers: int, failures: int) -> Health:
    if not failures:
        return Health.WELL if answers else Health.QUIET
    return Health.TROUBLED if answers else Health.DOWN


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None
