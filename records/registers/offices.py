"""Receiving offices, each name and province valid from a day on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from contracts.base import Day, Line, Message, Office, Province
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


class OfficeEntry(Message):
    """An office as it was called between two days, both included; `valid_to` none: until further notice."""

    code: Office
    name: Line
    province: Province
    province_name: Line
    address: Line
    valid_from: Day
    valid_to: Day | None = None


class Offices:
    """The register of offices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, rows: Iterable[OfficeEntry]) -> None:
        """Enter or correct offices; loading the same again changes nothing."""
        values = [row.model_dump() for row in rows]
        if values:
            await self._database.write(
                lambda c: c.execute(insert_or_replace(c.dialect.name, _TABLE), values) and None,
            )

    async def get(self, code: str, on: date | datetime) -> OfficeEntry | None:
        """The office as it was on a day, or on the day of an instant in Viet Nam; none where there was none."""
        wanted = {"code": code, "on": legal_day(on)}
        row = await self._database.read(lambda connection: connection.execute(_ON, wanted).first())
        return _entry(row) if row is not None else None

    async def loaded(self) -> bool:
        """Whether there is any office at all."""
        return await self._database.read(lambda connection: connection.execute(_ANY).first() is not None)


def _entry(row: Row[Any]) -> OfficeEntry:
    return OfficeEntry.model_validate(dict(row._mapping))  # noqa: SLF001  # SQLAlchemy's public name for it
