"""What is each agency's own after a death: identity, papers, look-ups, and taking it back."""

import hashlib
import json
import re
from typing import Any

import httpx
import pytest

from tests.sim_agencies.deaths import DECISION, WIDOW, a_death, a_number, a_removal, a_reversal, an_annulment
from tests.sim_agencies.samples import PDF, REGISTERED, a_result, ledger, new_dossier, set_faults

SEARCH = "/health-facility/death-notices/searches"
NOTICE = {"maGBT": "12/2026/GBT", "soDinhDanh": "001041000001", "gioiTinh": 1, "ngayChet": "20261120"}


async def post(agencies: httpx.AsyncClient, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    response = await agencies.post(path, json=body, headers={"Idempotency-Key": key or new_dossier()})
    assert response.status_code < 300, response.text
    return response.json()


async def test_the_same_deceased_under_another_key_is_already_registered(agencies: httpx.AsyncClient):
    first, second, number = new_dossier(), new_dossier(), a_number()
    done = await post(agencies, "/civil-status/deaths", a_death(first, SoGiayToTuyThan=number))
    again = await post(agencies, "/civil-status/deaths", a_death(second, SoGiayToTuyThan=number, NgayChet="21.11.2026"))
    assert (again["status"], again["trangThai"], again["errorCode"]) == (1, 4, "DA_TON_TAI")
    assert again["ketQuaXuLy"] == done["ketQuaXuLy"]
    assert await ledger(agencies, "civil-status", second) == []


async def test_without_a_paper_the_dead_are_known_by_name_birth_and_death(agencies: httpx.AsyncClient):
    namesake: dict[str, Any] = {"SoGiayToTuyThan": None, "HoTen": "Lý Thị Mẫu"}
    answers = [
        await post(agencies, "/civil-status/deaths", a_death(new_dossier(), **namesake | changes))
        for changes in ({}, {"HoTen": "lý  thị mẫu"}, {"NgayChet": "21.11.2026"}, {"NgaySinh": "02.1941"})
    ]
    assert [answer["errorCode"] for answer in answers] == ["0", "DA_TON_TAI", "0", "0"]


async def test_deaths_and_births_are_counted_in_books_of_their_own(agencies: httpx.AsyncClient):
    dossier = new_dossier()
    body = {**a_death(dossier), "maDonVi": "00071"}
    told = json.loads((await post(agencies, "/civil-status/deaths", body))["ketQuaXuLy"])
    [row] = await ledger(agencies, "civil-status", dossier)
    assert row["result"].keys() == {"register_number", "book", "page", "registered_on"}
    assert re.fullmatch(r"1/\d{4}", told["soDangKy"])
    assert (told["quyenSo"], told["trangSo"]) == (row["result"]["book"], row["result"]["page"])
    assert told["ngayDangKy"] == row["result"]["registered_on"].replace("-", "")


@pytest.mark.parametrize(
    "change",
    [{"HoTen": ""}, {"NgaySinh": "31.02.1941"}, {"NgaySinh": "13.1941"}, {"NgayChet": "2026"}, {"LoaiCuTru": 4}],
    ids=str,
)
async def test_an_incomplete_declaration_is_told_which_field(agencies: httpx.AsyncClient, change: dict[str, Any]):
    body = a_death(new_dossier(), **change)
    response = await agencies.post("/civil-status/deaths", json=body, headers={"Idempotency-Key": "k"})
    assert response.status_code == 400
    assert response.json()["truong"] == [f"data.hoTich.nkt.{next(iter(change))}"]


async def test_a_birth_is_no_death(agencies: httpx.AsyncClient):
    body = {**a_death(new_dossier()), "module": "LTKS"}
    response = await agencies.post("/civil-status/deaths", json=body, headers={"Idempotency-Key": "k"})
    assert response.json()["truong"] == ["body.module"]


async def test_a_struck_line_stays_readable_and_the_person_can_die_again(agencies: httpx.AsyncClient):
    dossier, number = new_dossier(), a_number()
    done = await post(agencies, "/civil-status/deaths", a_death(dossier, SoGiayToTuyThan=number), f"{dossier}/1")
    struck = await post(agencies, "/civil-status/deaths/annulments", an_annulment(dossier, SoGiayToTuyThan=number))
    told = json.loads(struck["ketQuaXuLy"])
    assert told["soQuyetDinh"] == DECISION["soQuyetDinh"]
    assert re.fullmatch(r"\d{8}", told["ngayHuy"])
    shown = (await agencies.get(f"/civil-status/cases/{done['maHoSo']}")).json()
    assert shown["ketQuaXuLy"] == done["ketQuaXuLy"]
    later = await post(agencies, "/civil-status/deaths", a_death(new_dossier(), SoGiayToTuyThan=number))
    assert later["errorCode"] == "0"
    assert later["ketQuaXuLy"] != done["ketQuaXuLy"]
    assert [row["effect"] for row in await ledger(agencies, "civil-status", dossier)] == [
        "register_death",
        "annul_death",
    ]


async def test_a_registration_is_struck_once(agencies: httpx.AsyncClient):
    body = an_annulment(new_dossier())
    first, second = [await post(agencies, "/civil-status/deaths/annulments", body) for _ in range(2)]
    assert (first["errorCode"], second["errorCode"]) == ("0", "DA_TON_TAI")
    assert second["ketQuaXuLy"] == first["ketQuaXuLy"]


@pytest.mark.parametrize("head", [WIDOW, "the deceased"])
async def test_whoever_was_head_of_the_household_the_dead_are_removed(agencies: httpx.AsyncClient, head: str):
    dossier = new_dossier()
    body = a_removal(dossier)
    if head != WIDOW:
        body["chuHo"] = {"hoTen": "Trần Văn Bình", "soDinhDanh": body["nguoiChet"]["soDinhDanh"], "quanHe": "Chủ hộ"}
    done = await post(agencies, "/residence/removals", body)
    [row] = await ledger(agencies, "residence", dossier)
    assert row["result"].keys() == {"notice_number", "removed_on"}
    assert done["ketQua"]["soThongBao"] == row["result"]["notice_number"]
    assert done["ketQua"].keys() == {"soThongBao", "ngayXoa"}


async def test_who_is_removed_is_removed_until_it_is_reversed(agencies: httpx.AsyncClient):
    dossier, number = new_dossier(), a_number()
    first, second = [
        await post(agencies, "/residence/removals", a_removal(each, soDinhDanh=number))
        for each in (dossier, new_dossier())
    ]
    assert second["ketQua"] == first["ketQua"]
    reversal = a_reversal(dossier, soDinhDanh=number)
    restored = [await post(agencies, "/residence/removals/reversals", reversal) for _ in range(2)]
    assert restored[0]["ketQua"] == restored[1]["ketQua"]
    assert restored[0]["ketQua"].keys() == {"soThongBao", "ngayKhoiPhuc"}
    later = await post(agencies, "/residence/removals", a_removal(new_dossier(), soDinhDanh=number))
    assert later["ketQua"] != first["ketQua"]
    effects = [row["effect"] for row in await ledger(agencies, "residence", dossier)]
    assert effects == ["remove_residence", "restore_residence"]


async def test_namesakes_without_a_number_are_each_removed(agencies: httpx.AsyncClient):
    namesake: dict[str, Any] = {"soDinhDanh": None, "hoTen": "Lý Thị Mẫu"}
    first, again, other = [
        await post(agencies, "/residence/removals", a_removal(new_dossier(), **namesake | changes))
        for changes in ({}, {}, {"ngayChet": "20261121"})
    ]
    assert first["ketQua"] == again["ketQua"] != other["ketQua"]


async def test_the_police_keep_which_extract_they_were_shown_and_not_the_paper(agencies: httpx.AsyncClient):
    dossier = new_dossier()
    paper = a_result(dossier)
    signed = {"sha256": paper["sha256"], "noiDung": paper["noiDung"]}
    await post(
        agencies, "/residence/removals", {**a_removal(dossier), "trichLucKhaiTu": {**REGISTERED, "tepKySo": signed}}
    )
    shown = (await agencies.get(f"/residence/control/certificates/{dossier}")).json()
    assert shown == [{"version": 1, "sha256": hashlib.sha256(PDF).hexdigest()}]


async def test_an_extract_that_is_not_what_its_hash_says_is_refused(agencies: httpx.AsyncClient):
    paper = a_result(new_dossier(), content=b"another paper")
    signed = {"sha256": paper["sha256"], "noiDung": paper["noiDung"]}
    body = {**a_removal(new_dossier()), "trichLucKhaiTu": {**REGISTERED, "tepKySo": signed}}
    response = await agencies.post("/residence/removals", json=body, headers={"Idempotency-Key": "k"})
    assert response.status_code == 400


async def registered(agencies: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await agencies.put("/health-facility/control/death-notices", json=NOTICE | changes)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("asked", [{"soDinhDanh": NOTICE["soDinhDanh"]}, {"soDinhDanh": None}, {}], ids=str)
async def test_a_death_notice_is_shown_by_number_and_where_given_person(agencies: httpx.AsyncClient, asked: Any):
    for _ in range(2):
        await registered(agencies)
    shown = await agencies.post(SEARCH, json={"maGBT": NOTICE["maGBT"], **asked})
    assert shown.json().items() >= {**NOTICE, "ngayCap": "20261120"}.items()


@pytest.mark.parametrize("asked", [{"maGBT": "12/2026"}, {"maGBT": "12/2026/GBT", "soDinhDanh": "001041999999"}])
async def test_a_death_notice_not_there_or_of_another_person_is_not_found(agencies: httpx.AsyncClient, asked: Any):
    await registered(agencies)
    assert (await agencies.post(SEARCH, json=asked)).status_code == 404


async def test_a_notice_that_names_nobody_is_shown_whoever_is_asked_for(agencies: httpx.AsyncClient):
    await registered(agencies, maGBT="01/BV-GBT", soDinhDanh=None)
    shown = await agencies.post(SEARCH, json={"maGBT": "01/BV-GBT", "soDinhDanh": "001041000002"})
    assert shown.json()["soDinhDanh"] is None


async def test_two_facilities_may_have_given_the_same_number(agencies: httpx.AsyncClient):
    numbers = [a_number(), a_number()]
    for number in numbers:
        await registered(agencies, maGBT="7/2026/GBT", soDinhDanh=number)
    for number in numbers:
        shown = await agencies.post(SEARCH, json={"maGBT": "7/2026/GBT", "soDinhDanh": number})
        assert shown.json()["soDinhDanh"] == number


async def test_a_dead_person_is_looked_up_with_the_day_of_death(agencies: httpx.AsyncClient):
    number = a_number()
    person = {"hoTen": "Trần Văn Bình", "ngaySinh": "194102", "gioiTinh": "NAM", "tinhTrang": "DA_CHET"}
    path = f"/population/control/persons/{number}"
    assert (await agencies.put(path, json={**person, "ngayChet": "20261120"})).status_code == 200
    shown = await agencies.post("/population/persons/searches", json={"soDinhDanh": number})
    assert shown.json().items() >= {**person, "soDinhDanh": number, "ngayChet": "20261120"}.items()
    assert shown.json() == (await agencies.get(f"/population/persons/{number}")).json()
    nobody = await agencies.post("/population/persons/searches", json={"soDinhDanh": a_number()})
    assert nobody.status_code == 404
    assert (await agencies.put(path, json={**person, "ngayChet": "20261120", "tinhTrang": "SONG"})).status_code == 422


async def test_look_ups_have_faults_too(agencies: httpx.AsyncClient):
    for agency, path in (("health-facility", SEARCH), ("population", "/population/persons/searches")):
        await set_faults(agencies, agency, error_rate=1)
        assert (await agencies.post(path, json={"maGBT": "x", "soDinhDanh": a_number()})).status_code == 500
