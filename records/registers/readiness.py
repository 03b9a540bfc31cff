"""Which offices lack what a signature needs: a seal that holds, and a chair on duty who can sign."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, true, union

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


@dataclass(frozen=True)
class _Found:
    known: frozenset[str]
    seals: Sequence[Row[Any]]
    ways: Sequence[Row[Any]]


class Readiness:
    """What the registers say about who can sign now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, offices: Collection[str] | None, now: datetime) -> tuple[Shortfall, ...]:
        """All that these offices lack, by office; none: of all. An office in no register lacks nothing."""
        wanted = None if offices is None else sorted(set(offices))
        found = await self._database.read(lambda connection: _read(connection, wanted, now))
        seals, ways = _by_office(found.seals), _by_office(found.ways)
        return tuple(
            lacking
            for office in sorted(found.known | seals.keys() | ways.keys())
            for lacking in (*_seal(office, seals[office], now), *_signers(office, ways[office], now))
        )

    async def blocked(self, now: datetime, offices: frozenset[str] | None) -> frozenset[str]:
        """Those of the offices (none: of all) where no signature can succeed now."""
        return frozenset(each.office for each in await self.of(offices, now) if each.blocks)


def _read(connection: Connection, offices: Sequence[str] | None, now: datetime) -> _Found:
    def of(column: ColumnElement[str]) -> ColumnElement[bool]:
        return true() if offices is None else column.in_(offices)

    on_duty = and_(_DUTIES.c.valid_from <= now, or_(_DUTIES.c.valid_to.is_(None), _DUTIES.c.valid_to > now))
    ways = (
        select(
            _DUTIES.c.office,
            _DUTIES.c.person,
            _DUTIES.c.credential,
            _CERTIFICATES.c.method,
            _CERTIFICATES.c.not_before,
            _CERTIFICATES.c.not_after,
        )
        .select_from(_DUTIES.outerjoin(_CERTIFICATES, _CERTIFICATES.c.person == _DUTIES.c.person))
        .where(of(_DUTIES.c.office), _DUTIES.c.role == CHAIR, on_duty)
    )
    seals = select(
        _SEALS.c.office, _SEALS.c.valid_from, _SEALS.c.valid_to, _SEALS.c.not_before, _SEALS.c.not_after
    ).where(of(_SEALS.c.office))
    known = union(*(select(column).where(of(column)) for column in (_OFFICES.c.code, _DUTIES.c.office)))
    return _Found(
        frozenset(connection.execute(known).scalars()), connection.execute(seals).all(), connection.execute(ways).all()
    )


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
        yield Shortfall(office, Lack.SIGNER_MISSING)
    elif not ends:
        over, person = max((over, person) for person, spans in able.items() for _, over in spans)
        yield Shortfall(office, Lack.CERTIFICATE_EXPIRED, over, person)
    for person, end in sorted(ends.items()):
        if end <= now + SOON:
            yield Shortfall(office, Lack.CERTIFICATE_EXPIRES_SOON, end, person)


def _ways(rows: Sequence[Row[Any]]) -> Iterator[Span]:
    """From when to when a chair's certificates hold; what is not known is no reason to stop anybody."""
    known = {row.method for row in rows}
    credential = any(row.credential for row in rows)
    if credential and REMOTE not in known:
        yield _ALWAYS, _NEVER
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
