"""What the console keeps: who looked at personal data and why, and lists under names of their own."""

from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from records.database import Database
from records.keys import StoredKeys
from records.support.saved_filters import SavedFilter, SavedFilters
from records.support.unmaskings import LASTS, Unmaskings
from records.tables.base import core
from records.tables.support import Unmasking

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
CODE, OTHER = "G22.99.08-261201-000001", "G22.99.08-261201-000002"
MINE, THEIRS = "a" * 64, "b" * 64
WHY = "Cơ quan hỏi lại tên người mẹ"


async def test_a_reason_opens_one_dossier_for_one_session_and_a_quarter_of_an_hour(
    database: Database, keys: StoredKeys
):
    for code in (CODE, OTHER):
        await database.write(partial(keys.keep, dossier=code, key=bytes(range(32))))
    unmaskings = Unmaskings(database, keys)
    assert await unmaskings.until(CODE, "support", MINE, NOW) is None
    await unmaskings.note(CODE, "support", MINE, WHY, NOW)
    assert await unmaskings.until(CODE, "support", MINE, NOW) == NOW + LASTS
    assert await unmaskings.until(CODE, "support", MINE, NOW + LASTS) is None
    assert await unmaskings.until(CODE, "support", THEIRS, NOW) is None
    assert await unmaskings.until(CODE, "approver", MINE, NOW) is None
    assert await unmaskings.until(OTHER, "support", MINE, NOW) is None
    later = NOW + timedelta(minutes=10)
    await unmaskings.note(CODE, "support", THEIRS, WHY, later)
    assert await unmaskings.until(CODE, "support", MINE, later) == NOW + LASTS, "another session's reason adds nothing"


async def test_who_looked_is_kept_and_the_reason_sealed(database: Database, keys: StoredKeys):
    await database.write(lambda connection: keys.keep(connection, CODE, bytes(range(32))))
    await Unmaskings(database, keys).note(CODE, "support", MINE, WHY, NOW)
    [row] = await database.read(lambda connection: connection.execute(select(core(Unmasking))).all())
    assert (row.dossier, row.by, row.at) == (CODE, "support", NOW)
    assert WHY not in repr(row)
    assert WHY.encode() not in row.sealed


async def test_a_filter_is_its_owners_alone_and_gives_way_to_one_of_the_same_name(database: Database):
    filters = SavedFilters(database)
    await filters.save("support", "Cư trú", "agency=residence")
    await filters.save("support", "Chờ ta", "owner=support")
    await filters.save("support", "Cư trú", "agency=residence&age=day")
    assert await filters.of("support") == [
        SavedFilter("Chờ ta", "owner=support"),
        SavedFilter("Cư trú", "agency=residence&age=day"),
    ]
    assert await filters.of("approver") == []
    await filters.delete("approver", "Cư trú")
    await filters.delete("support", "Chờ ta")
    assert [each.name for each in await filters.of("support")] == ["Cư trú"]
