"""What is each agency's own: identity, numbers, look-ups."""

import json
import re

import httpx
import pytest

from tests.sim_agencies.samples import (
    CALL_OF,
    a_birth,
    a_card_request,
    a_newborn,
    a_result,
    ledger,
    new_dossier,
    set_faults,
)

SEARCH = "/health-facility/birth-notices/searches"
NOTICE = {
    "soDinhDanhMe": "001190000001",
    "ngaySinh": "20260601",
    "gioSinh": "0815",
    "gioiTinh": 2,
    "canNang": 3200,
}


async def post(agencies: httpx.AsyncClient, path: str, body: dict[str, object]) -> dict[str, object]:
    response = await agencies.post(path, json=body, headers={"Idempotency-Key": new_dossier()})
    assert response.status_code < 300, response.text
    return response.json()


async def test_the_same_child_under_another_key_is_already_registered(agencies: httpx.AsyncClient):
    first, second = new_dossier(), new_dossier()
    done = await post(agencies, "/civil-status/births", a_birth(first, Ten="Bình An"))
    again = await post(agencies, "/civil-status/births", a_birth(second, Ten="bình  an"))
    assert (again["status"], again["trangThai"], again["errorCode"]) == (1, 4, "DA_TON_TAI")
    assert again["ketQuaXuLy"] == done["ketQuaXuLy"]
    assert await ledger(agencies, "civil-status", second) == []
    assert len(await ledger(agencies, "civil-status", first)) == 1


async def test_twins_are_two_children(agencies: httpx.AsyncClient):
    answers = [
        await post(agencies, "/civil-status/births", a_birth(new_dossier(), Ten="Sinh Đôi", thuTuSinh=order))
        for order in (1, 2)
    ]
    assert [answer["errorCode"] for answer in answers] == ["0", "0"]
    assert answers[0]["ketQuaXuLy"] != answers[1]["ketQuaXuLy"]


async def test_two_pending_registrations_of_one_child_end_as_one_line(agencies: httpx.AsyncClient):
    await set_faults(agencies, "civil-status", pending_rate=1, answer_delay_s=[3600, 3600])
    dossiers = [new_dossier(), new_dossier()]
    for dossier in dossiers:
        await post(agencies, "/civil-status/births", a_birth(dossier, Ten="Chờ"))
    for dossier in dossiers:
        await agencies.post("/civil-status/control/answers", json={"dossier": dossier})
    assert [len(await ledger(agencies, "civil-status", dossier)) for dossier in dossiers] == [1, 0]


async def test_a_registration_is_told_in_the_partners_words(agencies: httpx.AsyncClient):
    dossier = new_dossier()
    answer = await post(agencies, "/civil-status/births", a_birth(dossier))
    told = json.loads(answer["ketQuaXuLy"])
    [row] = await ledger(agencies, "civil-status", dossier)
    assert told["soDangKy"] == row["result"]["register_number"]
    assert re.fullmatch(r"\d+/\d{4}", told["soDangKy"])
    assert told["quyenSo"] == row["result"]["book"]
    assert told["trangSo"] == row["result"]["page"]
    assert told["ngayDangKy"] == row["result"]["registered_on"].replace("-", "")


@pytest.mark.parametrize("change", [{"Ten": ""}, {"NgaySinh": "31.02.2026"}, {"GioiTinh": 3}], ids=str)
async def test_an_incomplete_declaration_is_told_which_field(agencies: httpx.AsyncClient, change: dict[str, object]):
    response = await agencies.post(
        "/civil-status/births", json=a_birth(new_dossier(), **change), headers={"Idempotency-Key": "k"}
    )
    assert response.status_code == 400
    assert response.json()["truong"] == [f"data.hoTich.nks.{next(iter(change))}"]


@pytest.mark.parametrize(
    ("sex", "born", "beginning"),
    [("NAM", "20260601", "001226"), ("NU", "20260601", "001326"), ("NU", "19990131", "001199")],
)
async def test_a_personal_id_tells_province_century_sex_and_year(agencies, sex, born, beginning):
    await set_faults(agencies, "population", pending_rate=0)
    answer = await post(agencies, "/population/personal-ids", a_newborn(new_dossier(), gioiTinh=sex, ngaySinh=born))
    assert re.fullmatch(beginning + r"\d{6}", answer["soDinhDanh"])


async def test_population_normally_answers_later(agencies: httpx.AsyncClient):
    call = CALL_OF["population"]
    response = await call.ask(agencies, new_dossier(), new_dossier())
    assert (response.status_code, response.json()["trangThai"]) == (202, "DANG_XU_LY")


async def test_a_child_known_by_name_and_mother_gets_one_number(agencies: httpx.AsyncClient):
    await set_faults(agencies, "population", pending_rate=0)
    child = {"hoTen": "Nguyễn Một Số", "soDinhDanhMe": "001190000001"}
    first, second = [
        await post(agencies, "/population/personal-ids", a_newborn(new_dossier(), **child)) for _ in range(2)
    ]
    assert (second["trangThai"], second["soDinhDanh"]) == ("DA_CO", first["soDinhDanh"])
    shown = await agencies.get(f"/population/persons/{first['soDinhDanh']}")
    assert (shown.json()["hoTen"], shown.json()["ngaySinh"]) == ("Nguyễn Một Số", "20260601")


async def test_a_sample_person_is_registered_and_looked_up(agencies: httpx.AsyncClient):
    person = {"hoTen": "Trần Thị B", "ngaySinh": "19900102", "gioiTinh": "NU", "noiThuongTru": "Số 1"}
    for _ in range(2):
        assert (await agencies.put("/population/control/persons/001190000002", json=person)).status_code == 200
    shown = (await agencies.get("/population/persons/001190000002")).json()
    assert shown["soDinhDanh"] == "001190000002"
    assert shown.items() >= person.items()
    assert (await agencies.get("/population/persons/001190000003")).status_code == 404


async def test_a_card_is_made_for_a_child_under_six(agencies: httpx.AsyncClient):
    answer = await post(agencies, "/social-insurance/cards", a_card_request(new_dossier()))
    card = answer["duLieu"]
    assert re.fullmatch(r"\d{10}", card["soBHXH"])
    assert card["maThe"] == "TE101" + card["soBHXH"]


@pytest.mark.parametrize(
    ("born", "ends"),
    [
        ("01/06/2026", "30/09/2032"),
        ("30/09/2026", "30/09/2032"),
        ("01/10/2026", "31/10/2032"),
        ("29/02/2024", "30/09/2030"),
    ],
)
async def test_a_card_ends_as_decree_146_says(agencies: httpx.AsyncClient, born: str, ends: str):
    answer = await post(agencies, "/social-insurance/cards", a_card_request(new_dossier(), born))
    assert (answer["duLieu"]["tuNgay"], answer["duLieu"]["denNgay"]) == (born, ends)


async def test_a_birth_notice_is_shown_to_who_knows_code_and_mother(agencies: httpx.AsyncClient):
    code = "00001.GCS.01001.26"
    for _ in range(2):
        assert (await agencies.put(f"/health-facility/control/birth-notices/{code}", json=NOTICE)).status_code == 200
    shown = await agencies.post(SEARCH, json={"maGCS": code, "soDinhDanhMe": NOTICE["soDinhDanhMe"]})
    assert shown.json().items() >= {**NOTICE, "maGCS": code, "maCSKCB": "01001", "soCon": 1}.items()


@pytest.mark.parametrize(("code", "mother"), [("00002.GCS.01001.26", "001190000001"), ("00001.GCS.01001.26", "x")])
async def test_a_notice_not_there_or_of_another_mother_is_not_found(agencies, code, mother):
    await agencies.put("/health-facility/control/birth-notices/00001.GCS.01001.26", json=NOTICE)
    answer = await agencies.post(SEARCH, json={"maGCS": code, "soDinhDanhMe": mother})
    assert answer.status_code == 404


async def test_look_ups_have_faults_too(agencies: httpx.AsyncClient):
    await set_faults(agencies, "health-facility", error_rate=1)
    answer = await agencies.post(SEARCH, json={"maGCS": "00001.GCS.01001.26", "soDinhDanhMe": "x"})
    assert answer.status_code == 500


async def test_a_paper_that_is_not_what_its_hash_says_is_refused(agencies: httpx.AsyncClient):
    body = a_result(new_dossier(), content=b"another paper")
    answer = await agencies.post("/one-stop/results", json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400


async def test_the_same_paper_under_another_key_is_there_already(agencies: httpx.AsyncClient):
    dossier = new_dossier()
    await post(agencies, "/one-stop/results", a_result(dossier))
    again = await post(agencies, "/one-stop/results", a_result(dossier))
    assert (again["status"], again["errorCode"]) == (1, "DA_TON_TAI")
    assert len(await ledger(agencies, "one-stop", dossier)) == 1
