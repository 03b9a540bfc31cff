"""Registers: dated offices and duty, certificates, and one dossier a child or deceased."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from records.database import Database
from records.keys import StoredKeys
from records.registers import (
    Certificates,
    Duty,
    DutyEntry,
    OfficeEntry,
    Offices,
    Persons,
    child_hashes,
    deceased_hashes,
)
from tests.records.samples import NOW, OFFICE, a_death, a_filing

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
    persons = Persons(database)
    assert await persons.claim("first", child_hashes(keys, a_filing())) is None
    second = child_hashes(keys, a_filing(**change))
    assert await persons.claim("second", second) == ("first" if same_child else None)
    assert await persons.claim("first", child_hashes(keys, a_filing())) is None


OTHER_NOTICE = {"death_notice": {"number": "13/GBT-2024", "issued_on": "2024-07-10", "issuer": "Bệnh viện"}}
SPACED_NOTICE = {"death_notice": {"number": "12 / gbt-2024", "issued_on": "2024-07-10", "issuer": "Bệnh viện"}}
NO_NUMBER, OTHER_NUMBER = {"personal_id": None}, {"personal_id": "004041000124"}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {}, True),
        ({}, OTHER_NOTICE, True),
        ({}, {"deceased": OTHER_NUMBER}, True),
        ({}, {"deceased": NO_NUMBER} | SPACED_NOTICE, True),
        ({}, {"deceased": OTHER_NUMBER | {"given_name": "An"}}, False),
        ({}, {"deceased": OTHER_NUMBER} | OTHER_NOTICE, False),
        ({}, {"deceased": NO_NUMBER} | OTHER_NOTICE, False),
        ({"deceased": NO_NUMBER}, {"deceased": NO_NUMBER | {"surname": "TRẦN"}} | OTHER_NOTICE, True),
        ({"deceased": NO_NUMBER}, {"deceased": NO_NUMBER, "died_at": "2024-07-09"} | OTHER_NOTICE, True),
        ({"deceased": NO_NUMBER}, {"deceased": NO_NUMBER, "died_at": "2024-07-09T23:15:00Z"} | OTHER_NOTICE, False),
        ({"deceased": NO_NUMBER}, {"deceased": NO_NUMBER | {"born_on": "1941"}} | OTHER_NOTICE, False),
    ],
)
async def test_a_deceased_belongs_to_the_first_dossier_and_a_namesake_to_another(
    database: Database, keys: StoredKeys, first: dict[str, Any], second: dict[str, Any], same: bool
):
    persons = Persons(database)
    assert await persons.claim("first", deceased_hashes(keys, a_death(**first))) is None
    assert await persons.claim("second", deceased_hashes(keys, a_death(**second))) == ("first" if same else None)


def test_a_birth_and_a_death_have_no_hash_in_common(keys: StoredKeys):
    notice = {"code": "00001.GCS.01001.26"}
    death = a_death(death_notice={"number": notice["code"], "issued_on": "2026-11-20", "issuer": "Bệnh viện"})
    assert not {*child_hashes(keys, a_filing(notice=notice["code"]))} & {*deceased_hashes(keys, death)}


async def test_one_of_many_dossiers_at_once_gets_the_child(database: Database, keys: StoredKeys):
    persons, hashes = Persons(database), child_hashes(keys, a_filing())
    assert len(hashes) == 3
    answers = await asyncio.gather(*(persons.claim(f"d{n}", hashes) for n in range(12)))
    winners = [n for n, answer in enumerate(answers) if answer is None]
    assert len(winners) == 1
    assert {answer for answer in answers if answer} == {f"d{winners[0]}"}


async def test_a_person_let_go_can_be_claimed_again(database: Database):
    persons = Persons(database)
    assert await persons.claim("first", ["a", "b"]) is None
    assert await persons.claim("second", ["b", "c"]) == "first"
    assert await persons.claim("third", ["c"]) is None  # the refused claim holds nothing
    await persons.release("first")
    await persons.release("first")
    assert await persons.claim("second", ["a", "b"]) is None
    assert await persons.claim("first", []) is None
