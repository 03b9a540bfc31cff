"""A server that hangs is like one that is away: everybody is told in time, and nobody waits for it for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from sqlalchemy import Connection, text

from records.database import Database, DatabaseBusy
from tests.databases import a_postgres_server, address, paused

PATIENCE_S = 1.0
"""Long enough for twenty calls, connections and all, to a server that is there while the machine is busy."""
TOLD_WITHIN_S = 10 * PATIENCE_S
"""Generous for a busy machine; without bounds it would be minutes, or never."""


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """The address of somebody who takes every call and never says a word."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    yield f"postgresql+psycopg://u:p@127.0.0.1:{server.sockets[0].getsockname()[1]}/records"
    for writer in held:
        writer.close()
    server.close()
    await server.wait_closed()


def insert(name: str):
    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO dossier_keys (dossier) VALUES (:name)"), {"name": name})

    return work


def names(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT dossier FROM dossier_keys")).scalars())


async def everybody_is_told(database: Database) -> None:
    began = monotonic()
    calls = [database.write(insert(f"hung-{n}")) for n in range(20)] + [database.read(names) for _ in range(20)]
    told = await asyncio.gather(*calls, return_exceptions=True)
    assert {isinstance(each, DatabaseBusy) for each in told} == {True}
    assert not await database.writable()
    with pytest.raises(DatabaseBusy):
        await database.migrated()
    assert monotonic() - began < TOLD_WITHIN_S


async def lets_go(database: Database) -> None:
    """No thread is left that waits: a process can end."""
    async with asyncio.timeout(TOLD_WITHIN_S):
        await database.close()


async def test_who_never_answers_a_connection_is_told_of_in_time() -> None:
    async with silent() as url:
        database = Database(url, patience=PATIENCE_S)
        await everybody_is_told(database)
        await lets_go(database)


@pytest.mark.timeout(120)
async def test_a_paused_server_is_told_of_in_time_and_found_again_when_it_goes_on() -> None:
    with a_postgres_server() as server:
        migrating = Database(address(server))
        await migrating.migrate()
        await migrating.close()
        before, ending = (Database(address(server), patience=PATIENCE_S) for _ in range(2))
        await asyncio.gather(*(before.write(insert(f"before-{n}")) for n in range(20)))
        assert len(await ending.read(names)) == 20
        with paused(server):
            await everybody_is_told(before)
            await everybody_is_told(ending)
            await lets_go(ending)
        async with asyncio.timeout(TOLD_WITHIN_S):
            while not await before.writable():
                await asyncio.sleep(0.1)
        await asyncio.gather(*(before.write(insert(f"after-{n}")) for n in range(20)))
        found = {name.partition("-")[0] for name in await before.read(names)}
        assert {"before", "after"} <= found <= {"before", "after", "hung"}
        await before.close()


async def test_what_a_thread_waits_for_ends_with_its_call_even_in_the_middle_of_a_transaction() -> None:
    with a_postgres_server() as server:
        database = Database(address(server), patience=2.0)
        assert not await database.migrated()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work(connection: Connection) -> None:
            try:
                connection.execute(text("SELECT 1"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_sleep(600)"))
            finally:
                loop.call_soon_threadsafe(ended.set)

        with pytest.raises(DatabaseBusy):
            await database.write(work)
        async with asyncio.timeout(TOLD_WITHIN_S):
            await ended.wait()
        assert await database.writable()
        await database.close()
