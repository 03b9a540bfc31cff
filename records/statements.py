"""Inserts that meet a row already there: one builder for both databases, each statement built once."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # same methods, no common base


@cache
def insert_unless_there(dialect: str, table: Table) -> Insert:
    """Insert what no unique key knows yet; leave the rest alone."""
    statement: Insert = _INSERT[dialect](table).on_conflict_do_nothing()
    return statement


@cache
def insert_or_replace(dialect: str, table: Table, keep: frozenset[str] = frozenset()) -> Insert:
    """Insert, or overwrite the row with the same primary key, but for the columns to `keep`."""
    statement = _INSERT[dialect](table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key and column.name not in keep
    }
    upsert: Insert = statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed)
    return upsert


def inserted(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert the row unless a unique key knows it; tells which. (Row counts are not to be had on every driver.)"""
    statement = insert_unless_there(connection.dialect.name, table).returning(*table.primary_key.columns)
    return connection.execute(statement, row).first() is not None
