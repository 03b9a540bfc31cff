"""Which offices lack what a signature needs: a seal that holds, and a chair on duty who can sign."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union,
)

from records.database import Database
from records.registers.signers import CHAIR
from records.tables import registers
from records.tables.base import core

SOON = timedelta(days=30)
"""So long before something runs out, those who have to renew it are told."""
REMOTE = "remote"
_OFFICES, _DUTIES = core(registers.Office), core(registers.DutySpan)
_CERTIFICATES, _SEALS = core(registers.Certificate), core(registers.Seal)
_NEVER = datetime.max.replace(tzinfo=UTC)
_ALWAYS = datetime.min.replace(tzinfo=UTC)
Span: TypeAlias = tuple[datetime, datetime]


class Lack(StrEnum):
    """What an office lacks, or soon will."""

    SEAL_MISSING = "seal-missing"
    SEAL_EXPIRED = "seal-expired"
    SEAL_NOT_YET = "seal-not-yet"
    SIGNER_MISSING = "signer-missing"
    """Nobody on duty as chair has a way to sign."""
    CERTIFICATE_MISSING = "certificate-missing"
    """Chairs on duty have a credential, but no certificate of theirs is registered: what they sign is not accepted."""
    CERTIFICATE_EXPIRED = "certificate-expired"
    """Chairs are on duty, but none of their certificates holds now."""
    SEAL_EXPIRES_SOON = "seal-expires-soon"
    CERTIFICATE_EXPIRES_SOON = "certificate-expires-soon"


EARLY = frozenset({Lack.SEAL_EXPIRES_SOON, Lack.CERTIFICATE_EXPIRES_SOON})
"""Told in time: signatures still succeed."""


@dataclass(frozen=True)
class Shortfall:
    """What an office lacks; `until`: when it runs or ran out, of a seal that does not hold yet when it begins to.

    `person` is an account id, where it is one person's certificate.
    """

    office: str
    lack: Lack
    until: datetime | None = None
    person: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether no signature can succeed."""
        return self.lack not in EARLY


class Readiness:
    """What the registers say about who can sign now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, offices: Collection[str] | None, now: datetime) -> tuple[Shortfall, ...]:
        """All that these offices lack, by office; none: of all. An office in no register lacks nothing."""
        statements = _ALL if offices is None else _OF_THESE
        wanted = {"now": now} if offices is None else {"now": now, "offices": sorted(set(offices))}

        def read(connection: Connection) -> list[Sequence[Row[Any]]]:
            return [connection.execute(each, wanted).all() for each in statements]

        known, *spans = await self._database.read(read)
        seals, ways = map(_by_office, spans)
        return tuple(
            lacking
            for office in sorted(row.code for row in known)
            for lacking in (*_seal(office, seals[office], now), *_signers(office, ways[office], now))
        )

    async def blocked(self, now: datetime, offices: frozenset[str] | None) -> frozenset[str]:
        """Those of the offices (none: of all) where no signature can succeed now."""
        wanted = {"now": now} if offices is None else {"now": now, "offices": sorted(offices)}
        statement = _unready(narrow=offices is not None)
        codes = await self._database.read(lambda connection: connection.execute(statement, wanted).scalars().all())
        return frozenset(codes)


def _during(begin: ColumnElement[Any], over: ColumnElement[Any]) -> ColumnElement[bool]:
    """Begun by now and not over; an open end has none."""
    now = bindparam("now", type_=begin.type)
    return and_(or_(begin.is_(None), begin <= now), or_(over.is_(None), over > now))


def _of_these(column: ColumnElement[str]) -> ColumnElement[bool]:
    return column.in_(bindparam("offices", expanding=True))


_CHAIRS_NOW = and_(_DUTIES.c.role == CHAIR, _during(_DUTIES.c.valid_from, _DUTIES.c.valid_to))
_OF_CHAIR = _CERTIFICATES.c.person == _DUTIES.c.person
_WAYS = (
    select(
        _DUTIES.c.office,
        _DUTIES.c.person,
        _DUTIES.c.credential,
        _CERTIFICATES.c.method,
        _CERTIFICATES.c.not_before,
        _CERTIFICATES.c.not_after,
    )
    .select_from(_DUTIES.outerjoin(_CERTIFICATES, _OF_CHAIR))
    .where(_CHAIRS_NOW)
)
_SEAL_SPANS = select(_SEALS.c.office, _SEALS.c.valid_from, _SEALS.c.valid_to, _SEALS.c.not_before, _SEALS.c.not_after)
_CODES = (_OFFICES.c.code, _DUTIES.c.office, _SEALS.c.office)
_KNOWN = union(*(select(column) for column in _CODES))
_ALL = (_KNOWN, _SEAL_SPANS, _WAYS)
_KNOWN_OF_THESE = union(*(select(column).where(_of_these(column)) for column in _CODES))
_OF_THESE = (_KNOWN_OF_THESE, _SEAL_SPANS.where(_of_these(_SEALS.c.office)), _WAYS.where(_of_these(_DUTIES.c.office)))


@cache
def _unready(*, narrow: bool) -> Select[str]:
    """Of the offices, or of those that are named, where `of` finds what blocks.

    The named ones stand in each part: else the planner looks at every chair of the country first.
    """
    code = (_KNOWN_OF_THESE if narrow else _KNOWN).subquery().c.code
    sealed = exists().where(
        _SEALS.c.office == code,
        *([_of_these(_SEALS.c.office)] if narrow else []),
        _during(_SEALS.c.valid_from, _SEALS.c.valid_to),
        _during(_SEALS.c.not_before, _SEALS.c.not_after),
    )
    remote = _CERTIFICATES.c.method == REMOTE
    chair = and_(_DUTIES.c.office == code, _CHAIRS_NOW, *([_of_these(_DUTIES.c.office)] if narrow else []))
    usable = or_(~remote, _DUTIES.c.credential.is_not(None))
    holds = exists().where(chair, _OF_CHAIR, usable, _during(_CERTIFICATES.c.not_before, _CERTIFICATES.c.not_after))
    return select(code).where(~and_(sealed, holds))


def _by_office(rows: Iterable[Row[Any]]) -> defaultdict[str, list[Row[Any]]]:
    found = defaultdict[str, list[Row[Any]]](list)
    for row in rows:
        found[row.office].append(row)
    return found


def _seal(office: str, rows: Sequence[Row[Any]], now: datetime) -> Iterator[Shortfall]:
    spans = [(max(row.valid_from, row.not_before), min(row.valid_to or _NEVER, row.not_after)) for row in rows]
    end = _end(spans, now)
    if not spans:
        yield Shortfall(office, Lack.SEAL_MISSING)
    elif end is not None:
        if end <= now + SOON:
            yield Shortfall(office, Lack.SEAL_EXPIRES_SOON, end)
    elif later := [begin for begin, over in spans if now < begin < over]:
        yield Shortfall(office, Lack.SEAL_NOT_YET, min(later))
    else:
        yield Shortfall(office, Lack.SEAL_EXPIRED, max(over for _, over in spans))


def _signers(office: str, rows: Sequence[Row[Any]], now: datetime) -> Iterator[Shortfall]:
    ways = defaultdict[str, list[Span]](list)
    for person in {row.person for row in rows}:
        ways[person] += _ways([row for row in rows if row.person == person])
    able = {person: spans for person, spans in ways.items() if spans}
    ends = {person: end for person, spans in able.items() if (end := _end(spans, now)) is not None}
    if not able:
        waiting = min((row.person for row in rows if row.credential), default=None)
        lack = Lack.CERTIFICATE_MISSING if waiting else Lack.SIGNER_MISSING
        yield Shortfall(office, lack, person=waiting)
    elif not ends:
        over, person = max((over, person) for person, spans in able.items() for _, over in spans)
        yield Shortfall(office, Lack.CERTIFICATE_EXPIRED, over, person)
    for person, end in sorted(ends.items()):
        if end <= now + SOON:
            yield Shortfall(office, Lack.CERTIFICATE_EXPIRES_SOON, end, person)


def _ways(rows: Sequence[Row[Any]]) -> Iterator[Span]:
    """From when to when a chair's certificates hold; signing accepts none that is not registered."""
    credential = any(row.credential for row in rows)
    for row in rows:
        if row.method is not None and (credential or row.method != REMOTE):
            yield row.not_before or _ALWAYS, row.not_after or _NEVER


def _end(spans: Iterable[Span], now: datetime) -> datetime | None:
    """Until when it goes on without a gap from now; none where nothing holds now."""
    end: datetime | None = None
    for begin, over in sorted(spans):
        if begin <= (end or now) and over > (end or now):
            end = over
    return end
