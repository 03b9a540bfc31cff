"""The schema on both databases: one chain, no drift, many processes starting at once."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from records.database import Database

START = """
import asyncio, sys
from records.database import Database

async def start():
    database = Database(sys.argv[1])
    await database.migrate()
    assert await database.migrated()
    await database.close()

asyncio.run(start())
"""


def _drift(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_the_chain_leads_to_the_schema_that_the_code_knows(database: Database):
    assert await database.read(_drift) == []


async def test_a_database_knows_whether_it_is_migrated(empty_url: str):
    database = Database(empty_url)
    assert not await database.migrated()
    await database.migrate()
    assert await database.migrated()
    await database.migrate()
    assert await database.migrated()
    await database.close()


def test_processes_that_start_at_once_migrate_once(empty_url: str):
    starts = [
        subprocess.Popen([sys.executable, "-c", START, empty_url], stderr=subprocess.PIPE)  # noqa: S603
        for _ in range(2)
    ]
    for start in starts:
        _, said = start.communicate(timeout=50)
        assert start.returncode == 0, said.decode()


async def test_a_file_that_somebody_holds_is_readable_and_every_writer_is_told_in_time(tmp_path: Path):
    file = tmp_path / "held.db"
    database = Database(f"sqlite:///{file}", patience=0.3)
    await database.migrate()

    def insert(connection: Connection) -> None:
        connection.execute(text("INSERT INTO dossier_keys (dossier) VALUES ('x')"))

    holder = sqlite3.connect(file, isolation_level=None)
    with closing(holder):
        holder.execute("BEGIN EXCLUSIVE")
        async with asyncio.timeout(0.3 * 10):  # one after the other they would take four times as long
            told = await asyncio.gather(*(database.write(insert) for _ in range(40)), return_exceptions=True)
        assert {isinstance(each, OperationalError) for each in told} == {True}
        assert await database.migrated()
        assert not await database.writable()
    assert await database.writable()
    count = text("SELECT count(*) FROM dossier_keys")
    assert await database.read(lambda c: c.execute(count).scalar_one()) <= 1, "all but the one whose turn it was"
    await database.close()


async def test_a_transaction_that_fails_leaves_nothing(database: Database):
    def half(connection: Connection) -> None:
        connection.execute(text("INSERT INTO dossier_keys (dossier) VALUES ('x')"))
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(half)
    count = await database.read(lambda c: c.execute(text("SELECT count(*) FROM dossier_keys")).scalar_one())
    assert count == 0


async def test_writers_of_two_processes_wait_for_each_other(empty_url: str):
    ours, theirs = Database(empty_url), Database(empty_url)
    await ours.migrate()

    def add(name: str):
        return lambda c: c.execute(text("INSERT INTO dossier_keys (dossier) VALUES (:n)"), {"n": name}) and None

    writes = [(ours, theirs)[n % 2].write(add(f"d{n}")) for n in range(100)]
    await asyncio.gather(*writes)
    count = await ours.read(lambda c: c.execute(text("SELECT count(*) FROM dossier_keys")).scalar_one())
    assert count == 100
    await ours.close()
    await theirs.close()
