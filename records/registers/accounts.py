"""Who may work at the desks, by account id; names are sealed with the shared key."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import Connection, Row, Select, bindparam, select

from contracts.base import Instant, Message, Name
from records.database import Database
from records.keys import StoredKeys
from records.paging import Order, Page
from records.registers.signers import DutyEntry, span
from records.sealing import seal_fixed, unseal
from records.statements import insert_or_replace
from records.tables import registers
from records.tables.base import core

_TABLE, _DUTIES = core(registers.Account), core(registers.DutySpan)
_GET: Select[Any] = select(_TABLE).where(_TABLE.c.person == bindparam("person"))
_THESE: Select[Any] = select(_TABLE).where(_TABLE.c.person.in_(bindparam("persons", expanding=True)))
_SPANS: Select[Any] = (
    select(_DUTIES).where(_DUTIES.c.person == bindparam("person")).order_by(_DUTIES.c.valid_from, _DUTIES.c.office)
)
_ORDER = Order("accounts", _TABLE.c.valid_from, _TABLE.c.person)
_LISTED: Select[Any] = select(_TABLE, _TABLE.c.valid_from.label("sort_at"), _TABLE.c.person.label("sort_id"))


class AccountEntry(Message):
    """A person (account id) and what they are called, from one instant until before another."""

    person: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name: Name
    valid_from: Instant
    valid_to: Instant | None = None


class Accounts:
    """The register of accounts."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def load(self, entries: Iterable[AccountEntry]) -> None:
        """Enter or correct accounts; loading the same again changes nothing."""
        rows = [self.row(each) for each in entries]
        await self._database.write(lambda connection: enter(connection, rows))

    async def get(self, person: str) -> AccountEntry | None:
        """One person's account."""
        row = await self._database.read(lambda connection: connection.execute(_GET, {"person": person}).first())
        return None if row is None else self.entry(row)

    async def names(self, persons: Collection[str]) -> dict[str, str]:
        """What people are called, by account id; who has no account is left out."""
        wanted = {"persons": sorted(set(persons))}
        rows = await self._database.read(lambda connection: connection.execute(_THESE, wanted).all())
        return {row.person: self.entry(row).name for row in rows}

    async def all(self, cursor: str | None = None, limit: int = 100) -> Page[AccountEntry]:
        """Everybody, by their first day; raises `BadCursor`."""
        statement = _LISTED.where(*_ORDER.after(cursor)).order_by(*_ORDER.by).limit(limit + 1)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return _ORDER.page(rows, limit, self.entry)

    async def roles(self, person: str, at: datetime) -> tuple[DutyEntry, ...] | None:
        """The roles that a person holds at that moment; none where neither account nor role was ever entered."""

        def read(connection: Connection) -> tuple[Row[Any] | None, tuple[DutyEntry, ...]]:
            spans = tuple(span(row) for row in connection.execute(_SPANS, {"person": person}))
            return connection.execute(_GET, {"person": person}).first(), spans

        account, spans = await self._database.read(read)
        if account is None and not spans:
            return None
        if account is not None and not _then(account.valid_from, account.valid_to, at):
            return ()
        return tuple(each for each in spans if _then(each.valid_from, each.valid_to, at))

    def row(self, entry: AccountEntry) -> dict[str, Any]:
        """As it is kept: the same entry gives the same row."""
        sealed = seal_fixed(self._keys.shared_key(), entry.name.encode(), _place(entry.person))
        return {**entry.model_dump(exclude={"name"}), "sealed": sealed}

    def entry(self, row: Row[Any]) -> AccountEntry:
        """A row, readable."""
        name = unseal(self._keys.shared_key(), row.sealed, _place(row.person)).decode()
        return AccountEntry(person=row.person, name=name, valid_from=row.valid_from, valid_to=row.valid_to)


def enter(connection: Connection, rows: Collection[dict[str, Any]]) -> None:
    """Enter or correct accounts within the caller's transaction."""
    if rows:
        connection.execute(insert_or_replace(connection.dialect.name, _TABLE), list(rows))


def _then(begin: datetime, over: datetime | None, at: datetime) -> bool:
    return begin <= at and (over is None or at < over)


def _place(person: str) -> str:
    return f"account/{person}"
