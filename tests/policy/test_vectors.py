"""The ten vectors of domain.md B.3: filed, effective day, same-day result, 3 and 5 working days, supplement."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import NamedTuple

import pytest

from contracts.dossier import Group, LegKind
from contracts.law import LawQuestion, SupplementQuestion
from policy.birth import BirthLaw
from policy.calendar import LEGAL_ZONE, instant
from policy.clock import Clock
from policy.law import Law
from policy.pack import Pack
from policy.schema import Duration, Unit

FIVE = time(17)


class Vector(NamedTuple):
    """One row; `effective` is also the day of a same-day result."""

    filed: str
    effective: str
    three: str
    three_incl: str
    five: str
    supplement: str

    def __str__(self) -> str:
        return self.filed


VECTORS = [
    Vector("2024-07-01T14:59", "2024-07-01", "2024-07-04", "2024-07-03", "2024-07-08", "2024-07-10"),
    Vector("2024-07-01T15:01", "2024-07-02", "2024-07-05", "2024-07-04", "2024-07-09", "2024-07-11"),
    Vector("2024-07-05T16:00", "2024-07-08", "2024-07-11", "2024-07-10", "2024-07-15", "2024-07-17"),
    Vector("2024-07-06T09:00", "2024-07-08", "2024-07-11", "2024-07-10", "2024-07-15", "2024-07-17"),
    Vector("2024-08-30T14:00", "2024-08-30", "2024-09-06", "2024-09-05", "2024-09-10", "2024-09-12"),
    Vector("2024-08-30T15:30", "2024-09-04", "2024-09-09", "2024-09-06", "2024-09-11", "2024-09-13"),
    Vector("2025-01-24T10:00", "2025-01-24", "2025-02-05", "2025-02-04", "2025-02-07", "2025-02-11"),
    Vector("2025-01-24T15:30", "2025-02-03", "2025-02-06", "2025-02-05", "2025-02-10", "2025-02-12"),
    Vector("2024-05-03T16:00", "2024-05-04", "2024-05-08", "2024-05-07", "2024-05-10", "2024-05-14"),
    Vector("2025-06-30T15:30", "2025-07-01", "2025-07-04", "2025-07-03", "2025-07-08", "2025-07-10"),
]
UNDER_R63 = [vector for vector in VECTORS if vector.filed >= "2024-07-01"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LEGAL_ZONE)


def end(text: str) -> datetime:
    return instant(date.fromisoformat(text), FIVE)


def days(n: int) -> Duration:
    return Duration(n=n, unit=Unit.WD)


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_limits_end_where_the_table_says(clock_with: Callable[..., Clock], vector: Vector) -> None:
    clock, counting_first_day = clock_with(), clock_with(first_day_counts=True)
    filed = moment(vector.filed)

    assert clock.effective_day(filed) == date.fromisoformat(vector.effective)
    assert clock.due(filed, days(0)) == end(vector.effective)
    assert counting_first_day.due(filed, days(0)) == end(vector.effective)
    assert clock.due(filed, days(3)) == end(vector.three)
    assert counting_first_day.due(filed, days(3)) == end(vector.three_incl)
    assert clock.due(filed, days(5)) == end(vector.five)
    assert Law().supplement_due(SupplementQuestion(days=7, asked_at=filed)) == end(vector.supplement)


@pytest.mark.parametrize("vector", UNDER_R63, ids=str)
def test_a_filing_is_promised_what_the_table_says(pack_with: Callable[..., Pack], vector: Vector) -> None:
    question = LawQuestion(group=Group.BIRTH, filed_at=moment(vector.filed))
    law = BirthLaw().read(question)

    assert law.effective_on == date.fromisoformat(vector.effective)
    assert law.promised_at == end(vector.three)
    assert {leg.leg: leg.due_at for leg in law.legs}[LegKind.CIVIL_STATUS] == end(vector.effective)
    assert BirthLaw(pack_with(first_day_counts=True)).read(question).promised_at == end(vector.three_incl)
