"""Which offices' dossiers a clerk sees besides their own, and how often the register is asked."""

from datetime import UTC, date, datetime

from api.gate import Caller
from api.inherited import Inherited
from api.sight import offices_of
from records.database import Database
from records.registers import OfficeEntry, Offices

ENDS, NOW = date(2025, 6, 30), datetime(2025, 7, 1, tzinfo=UTC)


def an_office(code: str, valid_to: date | None = None, successor: str | None = None) -> OfficeEntry:
    return OfficeEntry(
        code=code,
        name=f"Phường {code}",
        province="01",
        province_name="Hà Nội",
        address="Số 1",
        valid_from=date(2020, 1, 1),
        valid_to=valid_to,
        successor=successor,
    )


async def test_a_successor_inherits_from_the_day_after_and_along_the_whole_chain(database: Database) -> None:
    offices = Offices(database)
    await offices.load([an_office("00001", ENDS, "00002"), an_office("00002", ENDS, "00003"), an_office("00003")])
    inherited = Inherited(offices, fresh=0)
    assert await inherited.by({"00003"}, datetime(2025, 6, 30, 16, 59, tzinfo=UTC)) == frozenset()
    assert await inherited.by({"00003", "00009"}, NOW) == {"00001", "00002"}
    assert await inherited.by({"00002"}, NOW) == frozenset()


async def test_who_is_bound_to_no_office_inherits_none(database: Database) -> None:
    offices = Offices(database)
    await offices.load([an_office("00001", ENDS, "00002"), an_office("00002")])
    for bound in (None, frozenset[str]()):
        assert await Inherited(offices, fresh=0).by(bound, NOW) == frozenset()


async def test_the_register_is_asked_again_only_when_what_was_read_is_no_longer_fresh(database: Database) -> None:
    offices, passed = Offices(database), [0.0]
    inherited = Inherited(offices, fresh=5.0, clock=lambda: passed[0])
    await offices.load([an_office("00001"), an_office("00002")])
    assert await inherited.by({"00002"}, NOW) == frozenset()
    await offices.load([an_office("00001", ENDS, "00002")])
    assert await inherited.by({"00002"}, NOW) == frozenset()
    passed[0] = 5.0
    assert await inherited.by({"00002"}, NOW) == {"00001"}


def test_a_clerk_reads_the_lists_of_both() -> None:
    clerk = Caller("desk", "clerk", frozenset({"tasks:read"}), frozenset({"00002"}), frozenset({"00001"}))
    both = frozenset({"00001", "00002"})
    assert (offices_of(clerk), offices_of(clerk, "00001")) == (both, both)
    assert clerk.offices == both - {"00001"}
