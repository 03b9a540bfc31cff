"""What offices lack before a signature can succeed: seals and chairs' certificates, now and soon."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from records.database import Database
from records.keys import StoredKeys
from records.registers import Certificates, Duty, DutyEntry, Lack, OfficeEntry, Offices, Readiness, Shortfall
from records.tables.base import core
from records.tables.registers import Seal
from tests.records.certificates import a_certificate
from tests.records.samples import NOW, OFFICE

DAY, YEAR = timedelta(days=1), timedelta(days=365)
OTHER = "00008"


def a_seal(begin: timedelta = -YEAR, over: timedelta = YEAR, **more: Any) -> dict[str, Any]:
    row = {"credential": "seal", "office": OFFICE, "valid_from": NOW - YEAR, "valid_to": None, "certificate": b"der"}
    return row | {"not_before": NOW + begin, "not_after": NOW + over} | more


async def keep(database: Database, *seals: dict[str, Any]) -> None:
    await database.write(lambda connection: connection.execute(insert(core(Seal)), list(seals)) and None)


async def a_chair(
    database: Database,
    keys: StoredKeys,
    person: str = "chair-1",
    *,
    office: str = OFFICE,
    credential: str | None = "c1",
    certificates: tuple[tuple[str, timedelta, timedelta], ...] = (("remote", -YEAR, YEAR),),
    **more: Any,
) -> None:
    entry = {"person": person, "office": office, "credential": credential, "valid_from": NOW - YEAR, **more}
    await Duty(database).load([DutyEntry.model_validate(entry)])
    for method, begin, over in certificates:
        der = a_certificate(person, NOW + begin, NOW + over)
        await Certificates(database, keys).register(person, der, method)


async def lacks(database: Database, office: str = OFFICE, now: datetime = NOW) -> list[Lack]:
    return [each.lack for each in await Readiness(database).of([office], now)]


async def tells(database: Database, *shortfalls: Shortfall) -> None:
    readiness = Readiness(database)
    assert await readiness.of([OFFICE], NOW) == shortfalls
    blocked = {OFFICE} if any(each.blocks for each in shortfalls) else set()
    assert await readiness.blocked(NOW, frozenset({OFFICE})) == blocked
    assert await readiness.blocked(NOW, None) == blocked


@pytest.mark.parametrize(
    ("seals", "lack", "until"),
    [
        ([], Lack.SEAL_MISSING, None),
        ([a_seal()], None, None),
        ([a_seal(over=-DAY)], Lack.SEAL_EXPIRED, NOW - DAY),
        ([a_seal(valid_to=NOW)], Lack.SEAL_EXPIRED, NOW),
        ([a_seal(begin=DAY)], Lack.SEAL_NOT_YET, NOW + DAY),
        ([a_seal(valid_from=NOW + 2 * DAY)], Lack.SEAL_NOT_YET, NOW + 2 * DAY),
        ([a_seal(over=-DAY), a_seal(begin=DAY, credential="next")], Lack.SEAL_NOT_YET, NOW + DAY),
        ([a_seal(over=20 * DAY)], Lack.SEAL_EXPIRES_SOON, NOW + 20 * DAY),
        ([a_seal(over=20 * DAY), a_seal(begin=19 * DAY, credential="next")], None, None),
        ([a_seal(over=20 * DAY), a_seal(begin=21 * DAY, credential="next")], Lack.SEAL_EXPIRES_SOON, NOW + 20 * DAY),
        ([a_seal(over=31 * DAY)], None, None),
        ([a_seal(over=-DAY), a_seal(credential="other")], None, None),
    ],
)
async def test_an_office_needs_a_seal_that_holds_now(
    database: Database, keys: StoredKeys, seals: list[dict[str, Any]], lack: Lack | None, until: datetime | None
):
    await a_chair(database, keys)
    if seals:
        await keep(database, *seals)
    await tells(database, *([Shortfall(OFFICE, lack, until)] if lack else []))


@pytest.mark.parametrize(
    ("chair", "lack", "until"),
    [
        ({}, None, None),
        ({"certificates": ()}, Lack.CERTIFICATE_MISSING, None),
        ({"certificates": (("token", -YEAR, YEAR),)}, None, None),
        ({"credential": None}, Lack.SIGNER_MISSING, None),
        ({"credential": None, "certificates": (("token", -YEAR, YEAR),)}, None, None),
        ({"role": "clerk"}, Lack.SIGNER_MISSING, None),
        ({"valid_to": NOW}, Lack.SIGNER_MISSING, None),
        ({"valid_from": NOW + DAY}, Lack.SIGNER_MISSING, None),
        ({"certificates": (("remote", -YEAR, -DAY),)}, Lack.CERTIFICATE_EXPIRED, NOW - DAY),
        ({"certificates": (("remote", DAY, YEAR),)}, Lack.CERTIFICATE_EXPIRED, NOW + YEAR),
        ({"certificates": (("remote", -YEAR, -DAY), ("token", -YEAR, YEAR))}, None, None),
        ({"certificates": (("remote", -YEAR, 30 * DAY),)}, Lack.CERTIFICATE_EXPIRES_SOON, NOW + 30 * DAY),
        ({"certificates": (("remote", -YEAR, 9 * DAY), ("remote", -DAY, YEAR))}, None, None),
    ],
)
async def test_an_office_needs_a_chair_who_can_sign_now(
    database: Database, keys: StoredKeys, chair: dict[str, Any], lack: Lack | None, until: datetime | None
):
    await a_chair(database, keys, **chair)
    await keep(database, a_seal())
    person = "chair-1" if lack not in {None, Lack.SIGNER_MISSING} else None
    await tells(database, *([Shortfall(OFFICE, lack, until, person)] if lack else []))


async def test_one_of_two_chairs_is_enough_but_both_are_warned(database: Database, keys: StoredKeys):
    await a_chair(database, keys, certificates=(("remote", -YEAR, -DAY),))
    await a_chair(database, keys, "chair-2", certificates=(("remote", -YEAR, 9 * DAY),))
    await keep(database, a_seal())
    assert await Readiness(database).of([OFFICE], NOW) == (
        Shortfall(OFFICE, Lack.CERTIFICATE_EXPIRES_SOON, NOW + 9 * DAY, "chair-2"),
    )
    assert await lacks(database, now=NOW + 10 * DAY) == [Lack.CERTIFICATE_EXPIRED]


async def test_all_offices_at_once_but_none_that_no_register_knows(database: Database, keys: StoredKeys):
    await a_chair(database, keys)
    await keep(database, a_seal(), a_seal(office="00001"))
    await a_chair(database, keys, "chair-2", office=OTHER, certificates=(("remote", -YEAR, -DAY),))
    named = {"code": "00002", "name": "Phường", "province": "01", "province_name": "Hà Nội", "address": "Số 1"}
    await Offices(database).load([OfficeEntry.model_validate(named | {"valid_from": "2024-01-01"})])
    readiness = Readiness(database)
    assert [(each.office, each.lack) for each in await readiness.of(None, NOW)] == [
        ("00001", Lack.SIGNER_MISSING),
        ("00002", Lack.SEAL_MISSING),
        ("00002", Lack.SIGNER_MISSING),
        (OTHER, Lack.SEAL_MISSING),
        (OTHER, Lack.CERTIFICATE_EXPIRED),
    ]
    assert await readiness.blocked(NOW, None) == {"00001", "00002", OTHER}
    assert await readiness.of(["99999"], NOW) == ()
    assert await readiness.of([], NOW) == ()
