"""The daily digest: what came, what went and what is left, by office, owner and cause.

Nothing is kept for it. A stuck case keeps when it was noticed and gone, a difference when it was found and settled, a
question when it was asked and first answered: any past day is counted from these, and yesterday's rest, and what came,
less what went, is today's. A case whose cause changed counts under its last one; a difference that came back, under
its last time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, case, func, literal, select

from contracts.causes import Cause, Owner
from records.database import Database
from records.tables import journal
from records.tables.base import core
from records.tables.support import Discrepancy, Question, StuckCase
from records.zone import bounds

_CASES, _QUESTIONS, _FOUND = core(StuckCase), core(Question), core(Discrepancy)
_DOSSIERS = core(journal.Dossier)


class Told(StrEnum):
    """What a line counts."""

    CASE = "case"
    QUESTION = "question"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class DigestLine:
    """One cause at one office: `open` at the end of the day, `oldest`: since when the oldest of these is due."""

    told: Told
    office: str | None
    owner: str
    cause: str | None
    new: int
    gone: int
    open: int
    oldest: datetime | None


@dataclass(frozen=True)
class Digest:
    """A legal day; `until`: its end, or the moment to which it is counted."""

    day: date
    since: datetime
    until: datetime
    lines: tuple[DigestLine, ...]


class Digests:
    """Counted anew each time that one is read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(
        self, day: date, now: datetime, *, offices: frozenset[str] | None = None, owner: Owner | None = None
    ) -> Digest:
        """A day's digest, of these offices, and of what is this owner's to do."""
        since, end = bounds(day)
        until = min(end, now)
        wanted = [_cases(since, until, owner)]
        if owner in {None, Owner.SUPPORT}:  # both are support's to answer and to settle
            wanted += [_questions(since, until), _differences(since, until)]
        counted = [_narrowed(each, offices) for each in wanted]
        rows = await self._database.read(lambda c: [row for each in counted for row in c.execute(each).all()])
        return Digest(day, since, until, _lines(rows))


def _cases(since: datetime, until: datetime, owner: Owner | None) -> Select[Any]:
    came, went = _CASES.c.noticed_at, _CASES.c.gone_at
    by = [_CASES.c.office, _CASES.c.owner, _CASES.c.cause]
    statement = _counted(Told.CASE, by, came, went, _CASES.c.due_at, since, until)
    return statement if owner is None else statement.where(_CASES.c.owner == owner.value)


def _questions(since: datetime, until: datetime) -> Select[Any]:
    """A question waits until its first answer; one that was closed before waits for none."""
    asked, went = _QUESTIONS.c.asked_at, func.coalesce(_QUESTIONS.c.answered_at, _QUESTIONS.c.closed_at)
    by = [_QUESTIONS.c.office, literal(Owner.SUPPORT.value).label("owner"), _QUESTIONS.c.cause]
    return _counted(Told.QUESTION, by, asked, went, asked, since, until)


def _differences(since: datetime, until: datetime) -> Select[Any]:
    """Which of them the watchdog shows as cases, too, stands with those."""
    found, settled = _FOUND.c.found_at, _FOUND.c.settled_at
    told = [literal(Owner.SUPPORT.value).label("owner"), literal(Cause.VIEWS_DIFFER.value).label("cause")]
    statement = _counted(Told.DIFFERENCE, [_DOSSIERS.c.office, *told], found, settled, found, since, until)
    return statement.select_from(_FOUND.outerjoin(_DOSSIERS, _DOSSIERS.c.code == _FOUND.c.dossier))


def _counted(  # what a digest is made of
    told: Told,
    by: list[Any],
    came: ColumnElement[Any],
    went: ColumnElement[Any],
    due: ColumnElement[Any],
    since: datetime,
    until: datetime,
) -> Select[Any]:
    here = went.is_(None) | (went >= until)
    sums = [_sum(came >= since), _sum(~here), _sum(here)]
    oldest = func.min(case((here, due)))
    told_of = (came < until) & (went.is_(None) | (went >= since))
    columns = [literal(told.value).label("told"), *by, *sums, oldest]
    return select(*columns).where(told_of).group_by(*(each for each in by if isinstance(each, Column)))


def _narrowed(statement: Select[Any], offices: frozenset[str] | None) -> Select[Any]:
    if offices is None:
        return statement
    return statement.where(statement.selected_columns["office"].in_(sorted(offices)))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _lines(rows: Iterable[Any]) -> tuple[DigestLine, ...]:
    lines = [DigestLine(Told(row[0]), *row[1:]) for row in rows]
    return tuple(
        sorted(lines, key=lambda each: (each.office or "", each.told, -each.open, each.owner, each.cause or ""))
    )
