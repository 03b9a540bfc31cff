"""Sessions: what the cookie's value opens, until when, and what is kept of it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from records.database import Database
from records.edge import Holder, Sessions
from records.keys import StoredKeys
from records.tables.base import core
from records.tables.sessions import Session

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOURS = timedelta(hours=8)
CLERK = Holder(client="clerk", subject="clerk", name="Trần Thị Mẫu", scopes=("tasks:read",), offices=("00070",))


async def test_a_session_opens_for_its_holder_until_it_expires(database: Database, keys: StoredKeys):
    sessions = Sessions(database, keys)
    token = await sessions.open(CLERK, NOW, HOURS)
    assert await sessions.holder(token, NOW + HOURS - timedelta(seconds=1)) == CLERK
    assert await sessions.holder(token, NOW + HOURS) is None
    assert await sessions.holder("another", NOW) is None


async def test_logging_out_ends_one_session_and_taking_back_ends_all(database: Database, keys: StoredKeys):
    sessions = Sessions(database, keys)
    first, second, third = [await sessions.open(CLERK, NOW, HOURS) for _ in range(3)]
    await sessions.end(first, NOW)
    assert [await sessions.holder(each, NOW) for each in (first, second, third)] == [None, CLERK, CLERK]
    await sessions.open(CLERK.model_copy(update={"subject": "chair"}), NOW, HOURS)
    assert [await sessions.end_all("clerk", now) for now in (NOW + HOURS, NOW, NOW)] == [0, 2, 0]
    assert [await sessions.holder(each, NOW) for each in (second, third)] == [None, None]


async def test_neither_the_cookies_value_nor_a_name_is_kept_in_clear(database: Database, keys: StoredKeys):
    token = await Sessions(database, keys).open(CLERK, NOW, HOURS)
    rows = await database.read(lambda connection: connection.execute(select(core(Session))).all())
    kept = repr(rows)
    assert token not in kept
    assert "Mẫu" not in kept
    assert repr("Mẫu".encode())[2:-1] not in kept


async def test_what_has_expired_is_thrown_away_when_somebody_logs_in(database: Database, keys: StoredKeys):
    sessions = Sessions(database, keys)
    for hours in range(3):
        await sessions.open(CLERK, NOW + timedelta(hours=10 * hours), HOURS)
    rows = await database.read(lambda connection: connection.execute(select(core(Session))).all())
    assert len(rows) == 1
