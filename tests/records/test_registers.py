"""Registers: dated offices and duty, certificates, and one dossier a child."""

import asyncio
from datetime import date, timedelta

import pytest

from records.database import Database
from records.keys import StoredKeys
from records.registers import Certificates, Children, Duty, DutyEntry, OfficeEntry, Offices, child_hashes
from tests.records.samples import NOW, OFFICE, a_filing

DAY = timedelta(days=1)


def an_office(name: str, valid_from: date, valid_to: date | None = None) -> OfficeEntry:
    return OfficeEntry(
        code=OFFICE,
        name=name,
        province="01",
        province_name="Thành phố Hà Nội",
        address="Số 1",
        valid_from=valid_from,
        valid_to=valid_to,
    )


async def test_an_office_is_known_as_it_was_called_then(database: Database):
    offices = Offices(database)
    assert not await offices.loaded()
    old = an_office("Phường Hàng Trống", date(2020, 1, 1), date(2025, 6, 30))
    new = an_office("Phường Hoàn Kiếm", date(2025, 7, 1))
    for _ in range(2):
        await offices.load([old, new])
    assert await offices.loaded()
    assert await offices.get(OFFICE, date(2025, 6, 30)) == old
    assert await offices.get(OFFICE, date(2025, 7, 1)) == new
    assert await offices.get(OFFICE, NOW) == new
    assert await offices.get(OFFICE, date(2019, 12, 31)) is None
    assert await offices.get("99999", date(2025, 7, 1)) is None
    corrected = new.model_copy(update={"address": "Số 2"})
    await offices.load([corrected])
    await offices.load([])
    assert await offices.get(OFFICE, date(2026, 1, 1)) == corrected


async def test_duty_begins_and_ends_to_the_second(database: Database):
    duty = Duty(database)
    assert not await duty.loaded()
    chair = DutyEntry(person="chair-1", office=OFFICE, credential="c1", valid_from=NOW, valid_to=NOW + DAY)
    deputy = DutyEntry(person="chair-2", office=OFFICE, valid_from=NOW + DAY)
    for _ in range(2):
        await duty.load([chair, deputy])

    async def on_duty(at):
        return [signer.person for signer in await duty.on_duty(OFFICE, at)]

    assert await duty.loaded()
    assert await on_duty(NOW - timedelta(seconds=1)) == []
    assert await on_duty(NOW) == ["chair-1"]
    assert await on_duty(NOW + DAY) == ["chair-2"]
    assert (await duty.on_duty(OFFICE, NOW))[0].credential == "c1"
    assert await duty.on_duty("99999", NOW) == ()
    await duty.load([chair.model_copy(update={"valid_to": None})])
    assert await on_duty(NOW + DAY) == ["chair-1", "chair-2"]


async def test_certificates_are_kept_by_person_and_way_of_signing(database: Database, keys: StoredKeys):
    certificates = Certificates(database, keys)
    for _ in range(2):
        await certificates.register("chair-1", b"first", "remote")
    await certificates.register("chair-1", b"second", "token")
    assert await certificates.of("chair-1") == (b"second", b"first")
    assert await certificates.of("chair-1", "remote") == (b"first",)
    assert await certificates.of("chair-2") == ()


@pytest.mark.parametrize(
    ("change", "same_child"),
    [
        ({}, True),
        ({"notice": "00002.GCS.01001.26"}, True),
        ({"name": ("ĐẶNG", "thị hoà", "Bình")}, True),
        ({"name": ("Đặng", "Thị Hòa", "An"), "notice": "00002.GCS.01001.26"}, False),
        ({"name": ("Đặng", "Thị Hòa", "An")}, True),
    ],
)
async def test_a_child_belongs_to_the_first_dossier_and_its_twin_to_another(
    database: Database, keys: StoredKeys, change: dict[str, str], same_child: bool
):
    children = Children(database)
    assert await children.claim("first", child_hashes(keys, a_filing())) is None
    second = child_hashes(keys, a_filing(**change))
    assert await children.claim("second", second) == ("first" if same_child else None)
    assert await children.claim("first", child_hashes(keys, a_filing())) is None


async def test_one_of_many_dossiers_at_once_gets_the_child(database: Database, keys: StoredKeys):
    children, hashes = Children(database), child_hashes(keys, a_filing())
    assert len(hashes) == 3
    answers = await asyncio.gather(*(children.claim(f"d{n}", hashes) for n in range(12)))
    winners = [n for n, answer in enumerate(answers) if answer is None]
    assert len(winners) == 1
    assert {answer for answer in answers if answer} == {f"d{winners[0]}"}


async def test_a_child_let_go_can_be_claimed_again(database: Database):
    children = Children(database)
    assert await children.claim("first", ["a", "b"]) is None
    assert await children.claim("second", ["b", "c"]) == "first"
    assert await children.claim("third", ["c"]) is None  # the refused claim holds nothing
    await children.release("first")
    await children.release("first")
    assert await children.claim("second", ["a", "b"]) is None
    assert await children.claim("first", []) is None
