"""Many entries of the registers in one go: all of them, or none where one of them does not fit."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Table, select

from records.database import Database
from records.keys import StoredKeys
from records.registers import offices
from records.registers.accounts import AccountEntry, Accounts
from records.registers.offices import OfficeEntry, SuccessorUnfit
from records.registers.seals import SealEntry, sealed_under
from records.registers.signers import Certificates, DutyEntry, keep
from records.statements import insert_or_replace
from records.tables import registers
from records.tables.base import core
from records.zone import legal_day

REMOTE = "remote"
_OFFICES, _ACCOUNTS = core(registers.Office), core(registers.Account)
_DUTIES, _SEALS = core(registers.DutySpan), core(registers.Seal)
Row: TypeAlias = Mapping[str, Any]


class Part(StrEnum):
    """What is entered."""

    OFFICES = "offices"
    ACCOUNTS = "accounts"
    SPANS = "spans"
    SEALS = "seals"


class Change(StrEnum):
    """What becomes of an entry."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    """It ends, or ends earlier than it did."""
    UNCHANGED = "unchanged"


Counts: TypeAlias = dict[Part, Counter[Change]]


@dataclass(frozen=True)
class Roll:
    """What is to be entered; `names`: what the people of the spans are called, by account id."""

    offices: tuple[OfficeEntry, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[DutyEntry, ...] = ()
    seals: tuple[SealEntry, ...] = ()


class Misfit(NamedTuple):
    """What does not fit: of which part, at which place of it."""

    part: Part
    place: int
    field: str
    why: str


class RollUnfit(ValueError):
    """Nothing is entered: some entries do not fit each other, or what the registers hold."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        super().__init__("some entries do not fit")
        self.misfits = tuple(misfits)


class _Rehearsed(Exception):
    """Nothing is wrong: it takes the transaction back."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self.counts = counts


class Enrolment:
    """Enters a roll. An account lasts as long as its spans; spans that a roll does not name stay as they are."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._accounts = Accounts(database, keys)
        self._certificates = Certificates(database, keys)

    async def misfits(self, roll: Roll) -> tuple[Misfit, ...]:
        """What does not fit; nothing is entered."""
        try:
            await self._written(lambda connection: _fit(connection, roll), stays=False)
        except RollUnfit as err:
            return err.misfits
        return ()

    async def enter(self, roll: Roll, certificates: Mapping[str, bytes], *, only_check: bool = False) -> Counts:
        """Enter all, with the certificates (DER) by credential; again, it changes nothing. Raises `RollUnfit`."""
        told = ((each.person, certificates.get(each.credential or "")) for each in roll.spans)
        kept = [self._certificates.row(person, der, REMOTE) for person, der in told if der is not None]
        seals = [sealed_under(each, certificates[each.credential]) for each in roll.seals]

        def write(connection: Connection) -> Counts:
            counts = _fit(connection, roll)
            counts[Part.ACCOUNTS] = _put(connection, _ACCOUNTS, self._named(connection, roll.names))
            keep(connection, kept)
            counts[Part.SEALS] = _put(connection, _SEALS, seals)
            return counts

        return await self._written(write, stays=not only_check)

    async def _written(self, work: Callable[[Connection], Counts], *, stays: bool) -> Counts:
        def write(connection: Connection) -> Counts:
            counts = work(connection)
            if not stays:
                raise _Rehearsed(counts)
            return counts

        try:
            return await self._database.write(write)
        except _Rehearsed as rehearsed:
            return rehearsed.counts

    def _named(self, connection: Connection, names: Mapping[str, str]) -> list[Row]:
        spans = defaultdict[str, list[Row]](list)
        for row in _of(connection, _DUTIES, names):
            spans[row["person"]].append(row)
        return [self._accounts.row(_account(person, name, spans[person])) for person, name in names.items()]


def _fit(connection: Connection, roll: Roll) -> Counts:
    """Offices and spans, entered where all of them fit; else it raises, which takes back what was."""
    misfits: list[Misfit] = []
    counts: Counts = {Part.OFFICES: _put(connection, _OFFICES, [each.model_dump() for each in roll.offices])}
    try:
        offices.check(connection)
    except SuccessorUnfit as err:
        named = enumerate(roll.offices)
        misfits += [Misfit(Part.OFFICES, n, "successor", err.wrong[e.code]) for n, e in named if e.code in err.wrong]
    misfits += _nowhere(connection, Part.SPANS, roll.spans)
    misfits += _nowhere(connection, Part.SEALS, roll.seals)
    counts[Part.SPANS] = _put(connection, _DUTIES, [each.model_dump() for each in roll.spans])
    misfits += _overlapping(connection, roll.spans)
    if misfits:
        raise RollUnfit(misfits)
    return counts


def _nowhere(connection: Connection, part: Part, entries: Sequence[DutyEntry | SealEntry]) -> Iterator[Misfit]:
    """Where an office is not there when somebody's role or its seal begins."""
    there = defaultdict[str, list[Row]](list)
    for row in _of(connection, _OFFICES, {each.office for each in entries}):
        there[row["code"]].append(row)
    for place, each in enumerate(entries):
        day = legal_day(each.valid_from)
        if not any(row["valid_from"] <= day <= (row["valid_to"] or day) for row in there[each.office]):
            yield Misfit(part, place, "office", f"there is no office {each.office} on {day}")


def _overlapping(connection: Connection, spans: Sequence[DutyEntry]) -> Iterator[Misfit]:
    """Where a person would hold a role twice at one office, also by what the register held before."""
    places = {(each.person, each.office, each.role, each.valid_from): n for n, each in enumerate(spans)}
    held = defaultdict[tuple[str, str, str], list[Row]](list)
    for row in _of(connection, _DUTIES, {each.person for each in spans}):
        held[row["person"], row["office"], row["role"]].append(row)
    for key, rows in held.items():
        ordered = sorted(rows, key=lambda row: row["valid_from"])
        for one, other in pairwise(ordered):
            if one["valid_to"] is not None and one["valid_to"] <= other["valid_from"]:
                continue
            for span, standing in ((other, one), (one, other)):
                if (place := places.get((*key, span["valid_from"]))) is not None:
                    day = legal_day(standing["valid_from"])
                    yield Misfit(Part.SPANS, place, "from", f"overlaps the same role at the same office from {day}")
                    break


def _account(person: str, name: str, spans: Sequence[Row]) -> AccountEntry:
    ends: list[datetime | None] = [row["valid_to"] for row in spans]
    last = max((end for end in ends if end is not None), default=None)
    begin = min(row["valid_from"] for row in spans)
    return AccountEntry(person=person, name=name, valid_from=begin, valid_to=None if None in ends else last)


def _put(connection: Connection, table: Table, rows: Sequence[Row]) -> Counter[Change]:
    """Enter or correct rows; those that are as they were are left alone."""
    keys = [column.name for column in table.primary_key.columns]
    first = keys[0]
    before = {tuple(row[k] for k in keys): row for row in _of(connection, table, {row[first] for row in rows})}
    told = [(_change(before.get(tuple(row[k] for k in keys)), row), row) for row in rows]
    changed = [dict(row) for change, row in told if change is not Change.UNCHANGED]
    if changed:
        connection.execute(insert_or_replace(connection.dialect.name, table), changed)
    return Counter(change for change, _ in told)


def _change(before: Row | None, after: Row) -> Change:
    if before is None:
        return Change.NEW
    if before == after:
        return Change.UNCHANGED
    ended, end = before["valid_to"], after["valid_to"]
    return Change.ENDED if end is not None and (ended is None or end < ended) else Change.CHANGED


def _of(connection: Connection, table: Table, keys: Iterable[str]) -> list[Row]:
    """The rows that stand under these first keys."""
    first = next(iter(table.primary_key.columns))
    return [dict(row) for row in connection.execute(select(table).where(first.in_(sorted(keys)))).mappings()]
