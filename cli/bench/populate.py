"""A database of many dossiers: migrated by our own chain, filled by COPY, indexed afterwards."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from random import Random
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from cli.bench.populate_binary import whole
from cli.bench.populate_copies import COLUMNS, Copier, Wanted, names
from cli.bench.populate_plan import plan, portions
from cli.bench.populate_registers import registers
from cli.bench.populate_templates import Template
from cli.trouble import Trouble
from records.database import Database
from records.keys import StoredKeys
from records.registers.enrolment import Enrolment

Tell = Callable[[str], None]
Connection = psycopg.Connection[Any]
NAMES = 30_000
PORTION = 2000
HANDS = 2
"""Processes that make copies, connections that build indexes: as many as there are cores."""
MARK = "made by lienthong bench pages: {dossiers} dossiers"
MIGRATIONS = "alembic_version"
TABLES: LiteralString = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
MARKED: LiteralString = "SELECT obj_description(to_regclass('public.dossiers'), 'pg_class')"
CONSTRAINTS: LiteralString = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype = 'f' FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f') AND conrelid::regclass::text <> %s
"""
INDEXES: LiteralString = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid::regclass::text IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s)
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
BUILDING: LiteralString = "SET maintenance_work_mem = '768MB'; SET max_parallel_maintenance_workers = 0"


def made(url: str, dossiers: int) -> bool:
    """Whether this very database was made here before; raises `Trouble` where it holds anything else."""
    with psycopg.connect(url) as connection:
        mark = connection.execute(MARKED).fetchone()
        if mark and mark[0] == MARK.format(dossiers=dossiers):
            return True
        tables = [name for (name,) in connection.execute(TABLES) if name != MIGRATIONS]
        if any(_first(connection, "SELECT FROM {}", name) for name in tables):
            raise Trouble("the database is not empty, and this benchmark did not make it with as many dossiers")
    return False


async def fill(
    database: Database, url: str, master: bytes, templates: Sequence[Template], dossiers: int, tell: Tell
) -> None:
    """Copies of the templates, so many together."""
    await Enrolment(database, StoredKeys(database, master)).enter(*registers(dossiers, datetime.now(UTC)))
    with _told("without indexes, copies", tell), psycopg.connect(url, autocommit=True) as connection:
        later = _bare(connection)
        used = _copies(url, master, templates, dossiers)
        tell(f"  {used:.0f} core-seconds of it to make and seal them")
    with _told("indexes and keys", tell):
        _built(url, later)
    with _told("statistics", tell), psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE, PARALLEL 1)")
        mark = sql.Literal(MARK.format(dossiers=dossiers))
        connection.execute(sql.SQL("COMMENT ON TABLE dossiers IS {}").format(mark))


@contextmanager
def _told(what: str, tell: Tell) -> Iterator[None]:
    began = time.monotonic()
    yield
    tell(f"{what}: {time.monotonic() - began:.0f} s")


def _first(connection: Connection, statement: LiteralString, table: str) -> bool:
    found = connection.execute(sql.SQL(statement + " LIMIT 1").format(sql.Identifier(table)))
    return found.fetchone() is not None


# ---- indexes and constraints: off while rows come, the same again afterwards


@dataclass(frozen=True)
class Later:
    """Statements that bring back what was taken off; those that refer to other tables last."""

    own: list[str]
    between: list[str]


def _bare(connection: Connection) -> Later:
    constraints = connection.execute(CONSTRAINTS, [MIGRATIONS]).fetchall()
    indexes = connection.execute(INDEXES, [MIGRATIONS]).fetchall()
    later = Later([definition for _, definition in indexes], [])
    for table, name, definition, refers in sorted(constraints, key=lambda each: not each[3]):
        _run(connection, f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        (later.between if refers else later.own).append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for name, _ in indexes:
        _run(connection, f"DROP INDEX {name}")
    return later


def _built(url: str, later: Later) -> None:
    for statements in (sorted(later.own, key=_weight), later.between):
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(lambda statement: _build(url, statement), statements))


def _weight(statement: str) -> int:
    """The largest first."""
    return next((place for place, table in enumerate(("journal_entries", "search_tokens")) if table in statement), 9)


def _build(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(BUILDING)
        _run(connection, statement)


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())  # told by the database itself


# ---- copies


def _copies(url: str, master: bytes, templates: Sequence[Template], dossiers: int) -> float:
    wanted = plan(templates, dossiers, datetime.now(UTC))
    with ProcessPoolExecutor(HANDS, get_context("spawn"), _begin, (url, master, templates)) as hands:
        return sum(hands.map(_portion, portions(wanted, PORTION)))


class _Hand:
    """One process that makes copies."""

    connection: Connection
    copiers: list[Copier]


def _begin(url: str, master: bytes, templates: Sequence[Template]) -> None:
    _Hand.connection = psycopg.connect(url, autocommit=True)
    _Hand.connection.execute("SET synchronous_commit = off")
    keys = StoredKeys(Database(url), master)
    pool = names(keys, NAMES, Random(NAMES))  # noqa: S311  # people who do not exist
    _Hand.copiers = [Copier(each, keys, pool) for each in templates]


def _portion(wanted: Sequence[Wanted]) -> float:
    """Make them and send them, all in one transaction; gives the core-seconds used."""
    began, draw = time.process_time(), Random(os.urandom(16))  # noqa: S311  # people who do not exist
    rows: defaultdict[str, list[bytes]] = defaultdict(list)
    for each in wanted:
        _Hand.copiers[each.template].write(each, draw, rows)
    with _Hand.connection.transaction():
        for table, found in rows.items():
            _send(_Hand.connection, table, found)
    return time.process_time() - began


def _send(connection: Connection, table: str, rows: Sequence[bytes]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        stream.write(whole(rows))
