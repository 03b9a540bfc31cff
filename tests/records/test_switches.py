"""The agencies' switches: the newest that is not over is in force, and every turn stays readable."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from contracts.agencies import Agency
from records.database import Database
from records.keys import StoredKeys
from records.support.noticing import Noticing
from records.support.switches import Setting, Switches
from records.tables.base import core
from records.tables.support import AgencySwitch

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
RESIDENCE, LABOUR = Agency.RESIDENCE, Agency.LABOUR


async def test_the_newest_turn_is_in_force_and_the_ones_before_are_over(database: Database, keys: StoredKeys):
    switches = Switches(database, keys)
    await switches.turn("a", RESIDENCE, 0.0, by="lan", reason="bảo trì", now=NOW, until=NOW + 9 * HOUR)
    await switches.turn("b", RESIDENCE, 2.5, by="minh", reason="thử lại dần", now=NOW + HOUR, until=None)
    await switches.turn("c", LABOUR, 0.0, by="lan", reason="sự cố", now=NOW, until=None)
    later = NOW + 2 * HOUR
    assert await switches.settings(later) == {RESIDENCE: Setting(2.5, None), LABOUR: Setting(0.0, None)}
    assert await Noticing(database).paused(later) == {"labour"}
    standing = (await switches.standing(later))[RESIDENCE]
    assert (standing.by, standing.reason, standing.since) == ("minh", "thử lại dần", NOW + HOUR)
    turns = [(each.by, each.rate, each.until, each.planned) for each in await switches.history(RESIDENCE)]
    assert turns == [("minh", 2.5, None, None), ("lan", 0.0, NOW + HOUR, NOW + 9 * HOUR)]


async def test_opening_ends_what_stood_and_keeps_who_opened(database: Database, keys: StoredKeys):
    switches = Switches(database, keys)
    await switches.turn("a", RESIDENCE, 0.0, by="lan", reason="bảo trì", now=NOW, until=None)
    await switches.turn("b", RESIDENCE, None, by="minh", reason="đã xong", now=NOW + HOUR, until=None)
    assert await switches.settings(NOW + HOUR) == {}
    assert await switches.standing(NOW + HOUR) == {}
    assert [(each.by, each.rate) for each in await switches.history(RESIDENCE)] == [("minh", None), ("lan", 0.0)]


async def test_a_switch_is_over_at_its_end_by_itself(database: Database, keys: StoredKeys):
    switches = Switches(database, keys)
    await switches.turn("a", RESIDENCE, 0.0, by="lan", reason="bảo trì", now=NOW, until=NOW + HOUR)
    just_before = NOW + HOUR - timedelta(microseconds=1)
    [setting] = (await switches.settings(just_before)).values()
    assert (setting.stands(just_before), setting.stands(NOW + HOUR)) == (True, False)
    assert await switches.settings(NOW + HOUR) == {}


async def test_the_same_call_again_turns_nothing(database: Database, keys: StoredKeys):
    switches = Switches(database, keys)
    for call, rate in (("a", 0.0), ("b", None), ("a", 0.0)):
        await switches.turn(call, RESIDENCE, rate, by="lan", reason="bảo trì", now=NOW, until=None)
    assert await switches.settings(NOW) == {}
    assert len(await switches.history(RESIDENCE)) == 2
    assert [await switches.turned(call) for call in ("a", "b", "c")] == [True, True, False]


async def test_a_reason_is_kept_sealed(database: Database, keys: StoredKeys):
    await Switches(database, keys).turn("a", RESIDENCE, 0.0, by="lan", reason="báo hỏng lúc 8 giờ", now=NOW, until=None)
    kept = repr(await database.read(lambda connection: connection.execute(select(core(AgencySwitch))).all()))
    assert repr("hỏng".encode())[2:-1] not in kept
    assert "hỏng" not in kept
