"""Receiving offices, each name and province valid from a day on; one that is over may name who carries on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self

from pydantic import model_validator
from sqlalchemy import Connection, Row, Select, bindparam, or_, select

from contracts.base import Day, Fault, Line, Message, Office, Province, refuse
from records.database import Database
from records.statements import insert_or_replace
from records.tables import registers
from records.tables.base import core
from records.zone import legal_day

_TABLE = core(registers.Office)
_ON = (
    select(_TABLE)
    .where(
        _TABLE.c.code == bindparam("code"),
        _TABLE.c.valid_from <= bindparam("on"),
        or_(_TABLE.c.valid_to.is_(None), _TABLE.c.valid_to >= bindparam("on")),
    )
    .order_by(_TABLE.c.valid_from.desc())
    .limit(1)
)
_ANY = select(_TABLE.c.code).limit(1)
_SPANS: Select[Any] = select(_TABLE.c.code, _TABLE.c.valid_from, _TABLE.c.valid_to, _TABLE.c.successor)
_UNTIL = _SPANS.where(_TABLE.c.valid_from <= bindparam("on")).order_by(_TABLE.c.valid_from)
_NAMES = (
    select(_TABLE.c.code, _TABLE.c.name)
    .where(_TABLE.c.code.in_(bindparam("codes", expanding=True)), _TABLE.c.valid_from <= bindparam("on"))
    .order_by(_TABLE.c.valid_from)
)


class OfficeEntry(Message):
    """An office as it was called between two days, both included; `valid_to` none: until further notice."""

    code: Office
    name: Line
    province: Province
    province_name: Line
    address: Line
    valid_from: Day
    valid_to: Day | None = None
    successor: Office | None = None
    """Who carries its work on after `valid_to`."""

    @model_validator(mode="after")
    def _dated(self) -> Self:
        faults = []
        if self.valid_to is not None and self.valid_to < self.valid_from:
            faults.append(Fault(("valid_to",), "before-from", "lies before the first day"))
        if self.successor is not None and self.valid_to is None:
            faults.append(Fault(("successor",), "not-over", "only an office that has a last day has a successor"))
        refuse(OfficeEntry, faults)
        return self


class SuccessorUnfit(ValueError):
    """Nothing is entered: these offices name a successor that is none; `wrong` says why, by code."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"office {code}: {why}" for code, why in wrong.items()))
        self.wrong = wrong


class Offices:
    """The register of offices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, rows: Iterable[OfficeEntry]) -> None:
        """Enter or correct offices; loading the same again changes nothing. Raises `SuccessorUnfit`."""
        values = [row.model_dump() for row in rows]
        if values:
            await self._database.write(lambda connection: _enter(connection, values))

    async def get(self, code: str, on: date | datetime) -> OfficeEntry | None:
        """The office as it was on a day, or on the day of an instant in Viet Nam; none where there was none."""
        wanted = {"code": code, "on": legal_day(on)}
        row = await self._database.read(lambda connection: connection.execute(_ON, wanted).first())
        return _entry(row) if row is not None else None

    async def names(self, codes: Collection[str], on: date | datetime) -> dict[str, str]:
        """What offices are called on a day; of one that is over, what it was called last."""
        wanted = {"codes": sorted(codes), "on": legal_day(on)}
        rows = await self._database.read(lambda connection: connection.execute(_NAMES, wanted).all())
        return {row.code: row.name for row in rows}

    async def merged(self, on: date | datetime) -> tuple[tuple[str, str], ...]:
        """Offices that are over on a day, each with the one that carries its work on then, by code."""
        day = legal_day(on)
        rows = await self._database.read(lambda connection: connection.execute(_UNTIL, {"on": day}).all())
        standing = {row.code for row in rows if row.valid_to is None or row.valid_to >= day}
        after = {row.code: row.successor for row in rows if row.code not in standing}
        return tuple((code, end) for code in sorted(after) if (end := _end(code, after)) and end in standing)

    async def loaded(self) -> bool:
        """Whether there is any office at all."""
        return await self._database.read(lambda connection: connection.execute(_ANY).first() is not None)


def _enter(connection: Connection, values: Sequence[dict[str, Any]]) -> None:
    connection.execute(insert_or_replace(connection.dialect.name, _TABLE), values)
    check(connection)


def check(connection: Connection) -> None:
    """Whether every successor leads somewhere, in the caller's transaction; raises `SuccessorUnfit`."""
    rows = connection.execute(_SPANS.order_by(_TABLE.c.valid_from)).all()
    if wrong := _unfit(rows):
        raise SuccessorUnfit(wrong)


def _entry(row: Row[Any]) -> OfficeEntry:
    return OfficeEntry.model_validate(dict(row._mapping))  # noqa: SLF001  # SQLAlchemy's public name for it


def _unfit(rows: Sequence[Row[Any]]) -> dict[str, str]:
    """Where successors lead nowhere, or round in a circle; `rows` by their first day."""
    after = {row.code: row.successor for row in rows}
    circles = {code: "its successors lead in a circle" for code in after if _end(code, after) is None}
    named = [row for row in rows if row.successor is not None]
    missing = {row.code: f"its successor {row.successor} is no office" for row in named if row.successor not in after}
    return dict(sorted({**circles, **missing}.items()))


def _end(code: str, after: Mapping[str, str | None]) -> str | None:
    """Where a chain of successors ends; none where it never does."""
    passed: set[str] = set()
    while (following := after.get(code)) is not None:
        passed.add(code)
        if following in passed:
            return None
        code = following
    return code
