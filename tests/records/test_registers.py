"""Registers: dated offices and duty, certificates, and one dossier a child or deceased."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from records.database import Database
from records.keys import StoredKeys
from records.registers import (
    AccountEntry,
    Accounts,
    Certificates,
    Duty,
    DutyEntry,
    OfficeEntry,
    Offices,
    Persons,
    Role,
    SuccessorUnfit,
    child_hashes,
    deceased_hashes,
)
from records.tables.base import core
from records.tables.registers import Account, Certificate
from tests.records.certificates import a_certificate
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


def merging(code: str, valid_to: date | None = None, successor: str | None = None, **more: Any) -> OfficeEntry:
    told = an_office(f"Phường {code}", date(2020, 1, 1)).model_dump() | {"code": code, "valid_to": valid_to}
    return OfficeEntry.model_validate(told | {"successor": successor} | more)


YEAR_ENDS = date(2025, 12, 31)


async def test_an_office_that_is_over_is_carried_on_by_the_last_of_its_successors(database: Database):
    offices = Offices(database)
    first = merging("00001", date(2025, 6, 30), "00002")
    second = merging("00002", YEAR_ENDS, "00003")
    closed = merging("00004", date(2025, 6, 30))
    again = merging("00001", valid_from=date(2027, 1, 1))
    await offices.load([first, second, merging("00003"), closed, again])
    assert await offices.merged(date(2025, 6, 30)) == ()
    assert await offices.merged(date(2025, 7, 1)) == (("00001", "00002"),)
    assert await offices.merged(date(2026, 1, 1)) == (("00001", "00003"), ("00002", "00003"))
    assert await offices.merged(date(2027, 1, 1)) == (("00002", "00003"),)
    names = await offices.names(["00001", "00004", "99999"], NOW)
    assert names == {"00001": "Phường 00001", "00004": "Phường 00004"}


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([merging("00001", YEAR_ENDS, "00009")], {"00001": "its successor 00009 is no office"}),
        ([merging("00001", YEAR_ENDS, "00001")], {"00001": "its successors lead in a circle"}),
        (
            [merging("00001", YEAR_ENDS, "00002"), merging("00002", YEAR_ENDS, "00001")],
            dict.fromkeys(("00001", "00002"), "its successors lead in a circle"),
        ),
    ],
)
async def test_a_successor_that_leads_nowhere_is_not_entered(
    database: Database, rows: list[OfficeEntry], wrong: dict[str, str]
):
    offices = Offices(database)
    with pytest.raises(SuccessorUnfit) as refused:
        await offices.load([merging("00003"), *rows])
    assert refused.value.wrong == wrong
    assert not await offices.loaded()


@pytest.mark.parametrize("wrong", [{"successor": "00002"}, {"valid_to": date(2019, 12, 31)}])
def test_an_office_ends_before_it_is_carried_on_and_after_it_began(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        merging("00001", **wrong)


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


async def test_roles_are_held_at_an_office_and_only_chairs_sign(database: Database):
    duty = Duty(database)
    chair = DutyEntry(person="a", office=OFFICE, valid_from=NOW)
    clerk = DutyEntry(person="b", office=OFFICE, role=Role.CLERK, valid_from=NOW, valid_to=NOW + DAY)
    away = DutyEntry(person="b", office="00008", role=Role.CLERK, valid_from=NOW + DAY)
    await duty.load([chair, clerk, away])
    assert await duty.colleagues(OFFICE, NOW) == (chair, clerk)
    assert await duty.colleagues(OFFICE, NOW + DAY) == (chair,)
    assert [each.person for each in await duty.on_duty(OFFICE, NOW)] == ["a"]
    assert await duty.of("b", NOW) == (clerk,)
    assert await duty.of("b", NOW + DAY) == (away,)
    assert await duty.of("c", NOW) == ()


async def test_an_account_has_a_name_which_nobody_reads_in_the_database(database: Database, keys: StoredKeys):
    accounts = Accounts(database, keys)
    people = [AccountEntry(person=f"p{n}", name=f"Lê Thị {n}", valid_from=NOW + n * DAY) for n in range(3)]
    for _ in range(2):
        await accounts.load(people)
    await accounts.load([])
    assert await accounts.get("p1") == people[1]
    assert await accounts.get("p9") is None
    assert await accounts.names(["p0", "p2", "p9"]) == {"p0": "Lê Thị 0", "p2": "Lê Thị 2"}
    first = await accounts.all(limit=2)
    assert (first.items, (await accounts.all(first.next)).items) == (tuple(people[:2]), (people[2],))
    corrected = people[0].model_copy(update={"name": "Lê Thị Không", "valid_to": NOW + DAY})
    await accounts.load([corrected])
    assert await accounts.get("p0") == corrected
    kept = await database.read(lambda connection: repr(connection.execute(select(core(Account))).all()))
    assert "Thị" not in kept
    assert repr("Thị".encode())[2:-1] not in kept


async def test_a_person_may_do_what_their_roles_say_while_they_hold_them(database: Database, keys: StoredKeys):
    accounts = Accounts(database, keys)
    clerk = DutyEntry(person="a", office=OFFICE, role=Role.CLERK, valid_from=NOW, valid_to=NOW + DAY)
    later = DutyEntry(person="a", office="00008", role=Role.CHAIR, valid_from=NOW + DAY)
    await Duty(database).load([clerk, later])
    assert [await accounts.roles("a", NOW + n * DAY) for n in (-1, 0, 1)] == [(), (clerk,), (later,)]
    assert await accounts.roles("b", NOW) is None
    await accounts.load([AccountEntry(person=each, name="Lê", valid_from=NOW, valid_to=NOW + DAY) for each in "ab"])
    assert [await accounts.roles("a", NOW + n * DAY) for n in (0, 1)] == [(clerk,), ()]
    assert await accounts.roles("b", NOW) == ()


async def test_certificates_are_kept_by_person_and_way_of_signing(database: Database, keys: StoredKeys):
    certificates = Certificates(database, keys)
    first, second = [a_certificate("Lê Thị Mẫu", NOW, NOW + DAY) for _ in range(2)]
    for _ in range(2):
        await certificates.register("chair-1", first, "remote")
    await certificates.register("chair-1", second, "token")
    assert await certificates.of("chair-1") == (second, first)
    assert await certificates.of("chair-1", "remote") == (first,)
    assert await certificates.of("chair-2") == ()


async def test_a_certificate_tells_how_long_it_holds_also_one_kept_before_that_was_asked(
    database: Database, keys: StoredKeys
):
    kept = core(Certificate)
    der = a_certificate("Lê Thị Mẫu", NOW, NOW + DAY)
    await Certificates(database, keys).register("chair-1", der, "remote")

    async def holds():
        asked = select(kept.c.not_before, kept.c.not_after)
        return await database.read(lambda connection: tuple(connection.execute(asked).one()))

    assert await holds() == (NOW, NOW + DAY)
    undated = update(kept).values(not_before=None, not_after=None)
    await database.write(lambda connection: connection.execute(undated) and None)
    await Certificates(database, keys).register("chair-1", der, "remote")
    assert await holds() == (NOW, NOW + DAY)


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
