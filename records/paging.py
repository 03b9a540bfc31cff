"""Keyset paging: a page goes on after the last row seen, so rows that come or go in between move nothing."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, select, tuple_, union_all
from sqlalchemy.sql.expression import literal

from contracts.base import tellable

T = TypeVar("T")


class BadCursor(ValueError):
    """A cursor that this list did not give out."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor to the next ones; none at the end."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True)
class Order:
    """A list's order: by an instant, then by id. `name` keeps one list's cursors from another's."""

    name: str
    instant: ColumnElement[Any]
    id: ColumnElement[Any]
    newest_first: bool = False

    @property
    def by(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """For ORDER BY."""
        return (self.instant.desc(), self.id.desc()) if self.newest_first else (self.instant, self.id)

    def after(self, cursor: str | None) -> list[ColumnElement[bool]]:
        """The condition for rows after the cursor, if there is one; raises `BadCursor`."""
        if not cursor:
            return []
        instant, row_id = _read(self.name, cursor)
        here = tuple_(self.instant, self.id)
        there = tuple_(literal(instant, self.instant.type), literal(row_id, self.id.type))
        return [here < there if self.newest_first else here > there]

    def page(self, rows: Sequence[Row[Any]], limit: int, item: Callable[[Row[Any]], T]) -> Page[T]:
        """A page from up to `limit` + 1 rows."""
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        cursor = _write(self.name, last) if last is not None else None
        return Page(tuple(item(row) for row in rows[:limit]), cursor)


Branch = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Plan:
    """How one page of `table` is read: each branch along an index of its own, merged, then the rows by `key`."""

    table: Table
    key: ColumnElement[Any]
    columns: Sequence[ColumnElement[Any]]
    source: FromClause
    order: Order
    conditions: Sequence[ColumnElement[bool]]
    branches: Sequence[Branch] = ((),)

    def statement(self, limit: int) -> Select[Any]:
        """Selects up to `limit` + 1 rows in order: one more tells that there is a next page."""
        merged = union_all(*(select(self._keys(branch, limit).subquery()) for branch in self.branches)).subquery()
        by = (merged.c.sort_at.desc(), merged.c.sort_id.desc()) if self.order.newest_first else merged.c
        shown = select(*self.columns, *merged.c).select_from(merged.join(self.table, self.key == merged.c.sort_id))
        return shown.order_by(*by).limit(limit + 1)

    def _keys(self, branch: Branch, limit: int) -> Select[Any]:
        keys = select(self.order.instant.label("sort_at"), self.order.id.label("sort_id")).select_from(self.source)
        return keys.where(*branch, *self.conditions).order_by(*self.order.by).limit(limit + 1)


def combinations(*choices: Branch) -> list[Branch]:
    """Every combination of one condition from each choice that has any."""
    return list(product(*(choice for choice in choices if choice)))


def _write(name: str, row: Row[Any]) -> str:
    content = json.dumps([name, row.sort_at.isoformat(), row.sort_id]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read(name: str, cursor: str) -> tuple[datetime, str]:
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        of, instant, row_id = json.loads(content)
        at = tellable(datetime.fromisoformat(instant))
    except (binascii.Error, ValueError, TypeError) as err:
        raise BadCursor("the cursor cannot be read") from err
    if of != name or at.tzinfo is None or not isinstance(row_id, str):
        raise BadCursor("the cursor belongs to another list")
    return at, row_id
