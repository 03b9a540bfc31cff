"""The records of this installation, for commands that read or keep what no HTTP call does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError

from cli import place
from cli.trouble import Trouble
from workers.rooms import Rooms


@asynccontextmanager
async def rooms() -> AsyncIterator[Rooms]:
    """The rooms that the settings name; `Trouble` where their database is not ready."""
    opened = Rooms.open(place.settings())
    try:
        if not await _migrated(opened):
            raise Trouble(
                "the database is not ready: start the stack with `lienthong up`, or set LIENTHONG_DATABASE_URL"
            )
        yield opened
    finally:
        await opened.close()


async def _migrated(opened: Rooms) -> bool:
    try:
        return await opened.database.migrated()
    except OperationalError:
        return False
