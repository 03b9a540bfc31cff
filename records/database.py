"""The database: SQLite by default, PostgreSQL in production, one chain of migrations for both.

A whole transaction runs as one plain function on a thread of its own. Measured on two cores, nine statements: 2.8 ms
of CPU so, 16 ms with an async driver, where every cursor call crosses threads.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from records import postgres

T = TypeVar("T")
Work = Callable[[Connection], T]
"""The body of one transaction; it may be run again after a crash, never twice within one call."""

_READERS = 4
_POSTGRES_WRITERS = 8
_MIGRATION_LOCK = 7_420_118
"""Any number that no other use of the database's advisory locks takes."""
_UNBOUNDED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
_PATIENCE_S = 10.0
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32768")


class DatabaseBusy(OperationalError):
    """Nothing came of a transaction in time; one that had begun may still be committed."""

    def __init__(self) -> None:
        super().__init__("the database did not answer in time", None, TimeoutError())


class Database:
    """Transactions on one database; safe to share within a process and between processes.

    `patience`: so many seconds a call waits for its turn, for locks and for an answer, all together.
    """

    def __init__(self, url: str, patience: float = _PATIENCE_S) -> None:
        self._patience = patience
        parsed = make_url(url)
        # The address may name an async driver; the transactions run on threads.
        self._url = parsed.set(drivername="sqlite") if parsed.get_backend_name() == "sqlite" else parsed
        self._sqlite = self._url.get_backend_name() == "sqlite"
        writers = 1 if self._sqlite else _POSTGRES_WRITERS  # one writer: no fight over SQLite's only write lock
        self._write_engine = self._engine(writers)
        self._read_engine = self._engine(_READERS, isolation_level="AUTOCOMMIT")
        if self._sqlite:
            event.listen(self._write_engine, "begin", _begin_sqlite)
        self._writers = ThreadPoolExecutor(writers, "database-write")
        self._readers = ThreadPoolExecutor(_READERS, "database-read")

    async def read(self, work: Work[T]) -> T:
        """Run statements that change nothing; each sees what is committed when it runs."""
        return await self._in_time(self._readers, self._reading, work)

    async def write(self, work: Work[T]) -> T:
        """Run one transaction: committed when `work` returns, rolled back when it raises."""
        return await self._in_time(self._writers, self._writing, work)

    async def migrate(self) -> None:
        """Bring the schema up to date; does nothing when it is, and waits where another process is at it."""
        if self._sqlite and self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        await asyncio.get_running_loop().run_in_executor(self._writers, self._writing, self._upgrade)

    async def migrated(self) -> bool:
        """Whether the schema is the one that this code was written for."""
        return await self.read(_at_head)

    async def writable(self) -> bool:
        """Whether a transaction can begin: a file that somebody holds can be read all the same."""
        try:
            await self.write(lambda _: None)
        except OperationalError:
            return False
        return True

    async def close(self) -> None:
        """Finish what is under way and let go of all connections."""
        await asyncio.to_thread(self._close)

    async def _in_time(self, pool: ThreadPoolExecutor, run: Callable[[Work[T]], T], work: Work[T]) -> T:
        """What still waits for its turn when the time is over is taken back; no thread waits much longer."""
        ends = monotonic() + self._patience

        def in_time() -> T:
            with postgres.until(ends):
                return run(work)

        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.get_running_loop().run_in_executor(pool, in_time)
        except TimeoutError:
            raise DatabaseBusy from None

    def _close(self) -> None:
        for pool in (self._writers, self._readers):
            pool.shutdown()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _reading(self, work: Work[T]) -> T:
        with self._read_engine.connect() as connection:
            return work(connection)

    def _writing(self, work: Work[T]) -> T:
        with self._write_engine.begin() as connection:
            return work(connection)

    def _engine(self, size: int, **options: Any) -> Engine:  # noqa: ANN401  # create_engine's own
        if not self._sqlite:
            options |= {"pool_pre_ping": True, "connect_args": {"options": postgres.bounds(self._patience)}}
        engine = create_engine(self._url, pool_size=size, max_overflow=0, **options)
        if self._sqlite:
            event.listen(engine, "connect", self._prepare_sqlite)
        else:
            event.listen(engine, "do_connect", postgres.connect)
        return engine

    def _prepare_sqlite(self, connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's connection
        # None: the driver begins no transaction of its own, so that writers can take the lock at their start.
        connection.isolation_level = None
        for pragma in (f"busy_timeout={self._patience * 1000:.0f}", *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    def _upgrade(self, connection: Connection) -> None:
        if not self._sqlite:
            connection.exec_driver_sql(_UNBOUNDED)  # it takes as long as it takes
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        command.upgrade(migrations(connection), "head")


def migrations(connection: Connection | None = None) -> Config:
    """Alembic's settings; with a connection, migrations run in its transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def _at_head(connection: Connection) -> bool:
    heads = ScriptDirectory.from_config(migrations()).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
