"""Statuses and notices: answered item by item, each under its own key."""

from typing import Any

import httpx
import pytest

from tests.sim_agencies.samples import ledger, new_dossier, set_faults

AT = "20261122080000"


def hub(dossier: str, *codes: int) -> dict[str, Any]:
    return {
        "danhSach": [
            {"khoa": f"{dossier}/{n}", "maHoSo": dossier, "soThuTu": n, "trangThai": code, "thoiGianThucHien": AT}
            for n, code in enumerate(codes)
        ]
    }


def portal(dossier: str, *codes: int) -> dict[str, Any]:
    items = [
        {"Khoa": f"{dossier}/{n}", "MaHoSo": dossier, "SoThuTu": n, "TrangThai": code, "ThoiDiemXuLy": AT}
        for n, code in enumerate(codes)
    ]
    return {"service": "CapNhatTienDoHoSoMC", "data": items}


def notices(dossier: str, count: int) -> dict[str, Any]:
    return {
        "messages": [
            {
                "key": f"{dossier}/{n}",
                "dossier": dossier,
                "sequence": n,
                "channel": "SMS",
                "to": "0912345678",
                "text": "…",
            }
            for n in range(count)
        ]
    }


async def hub_words(agencies: httpx.AsyncClient, body: dict[str, Any]) -> list[tuple[int, str]]:
    answer = (await agencies.post("/one-stop/statuses", json=body)).json()
    assert [item["khoa"] for item in answer["ketQua"]] == [item["khoa"] for item in body["danhSach"]]
    return [(item["status"], item["errorCode"]) for item in answer["ketQua"]]


@pytest.mark.parametrize(
    "codes", [(1, 3, 7, 4, 5), (1, 2, 1, 3, 7, 4, 5), (1, 6), (1, 3, 6), (1, 2, 3, 7, 2, 6)], ids=str
)
async def test_the_hubs_order_is_taken(agencies: httpx.AsyncClient, codes: tuple[int, ...]):
    dossier = new_dossier()
    assert await hub_words(agencies, hub(dossier, *codes)) == [(1, "0")] * len(codes)
    assert len(await ledger(agencies, "one-stop", dossier)) == len(codes)
    stands = await agencies.get(f"/one-stop/control/dossiers/{dossier}")
    assert stands.json()["trangThai"] == codes[-1]


@pytest.mark.parametrize("codes", [(3,), (1, 4), (1, 3, 4), (1, 3, 7, 1), (1, 6, 3), (1, 3, 7, 4, 5, 6), (9,)], ids=str)
async def test_a_step_out_of_order_is_refused_alone(agencies: httpx.AsyncClient, codes: tuple[int, ...]):
    dossier = new_dossier()
    answer = (await agencies.post("/one-stop/statuses", json=hub(dossier, *codes))).json()
    assert [item["status"] for item in answer["ketQua"]] == [1] * (len(codes) - 1) + [0]
    assert answer["ketQua"][-1]["errorDescription"] == "logic xử lý không hợp lệ"
    assert len(await ledger(agencies, "one-stop", dossier)) == len(codes) - 1


async def test_a_batch_sent_again_is_answered_the_same(agencies: httpx.AsyncClient):
    body = hub(dossier := new_dossier(), 1, 3, 3, 7)
    first = await hub_words(agencies, body)
    assert first == [(1, "0"), (1, "0"), (1, "DA_TIEP_NHAN"), (1, "0")]
    assert await hub_words(agencies, body) == first
    rows = await ledger(agencies, "one-stop", dossier)
    assert [(row["effect"], row["requests"]) for row in rows] == [("status", 2)] * 3


async def test_the_portal_shows_the_last_in_sequence(agencies: httpx.AsyncClient):
    body = portal(dossier := new_dossier(), 1, 2, 4, 9)
    body["data"].reverse()
    answer = (await agencies.post("/national-portal/statuses", json=body)).json()
    assert {item["error_code"] for item in answer["result"]} == {"0"}
    assert (await agencies.get(f"/national-portal/control/dossiers/{dossier}")).json()["TrangThai"] == 9
    assert len(await ledger(agencies, "national-portal", dossier)) == 4


async def test_the_portal_knows_ten_codes(agencies: httpx.AsyncClient):
    answer = (await agencies.post("/national-portal/statuses", json=portal(new_dossier(), 10, 11, 0))).json()
    assert [item["error_code"] for item in answer["result"]] == ["0", "-1", "-1"]


async def test_notices_are_each_an_effect(agencies: httpx.AsyncClient):
    body = notices(dossier := new_dossier(), 3)
    for _ in range(2):
        answer = (await agencies.post("/notification/notices", json=body)).json()
        assert [item["code"] for item in answer["results"]] == ["ACCEPTED"] * 3
    rows = await ledger(agencies, "notification", dossier)
    assert [(row["effect"], row["requests"]) for row in rows] == [("notice", 2)] * 3


async def test_a_refused_item_stays_refused_and_spares_the_others(agencies: httpx.AsyncClient):
    await set_faults(agencies, "notification", refuse_rate=0.5, seed=3)
    body = notices(dossier := new_dossier(), 20)
    first = (await agencies.post("/notification/notices", json=body)).json()["results"]
    assert {item["code"] for item in first} == {"ACCEPTED", "REJECTED"}
    assert all(item["reason"] and item["legal_basis"] for item in first if item["code"] == "REJECTED")
    await set_faults(agencies, "notification")
    assert (await agencies.post("/notification/notices", json=body)).json()["results"] == first
    assert len(await ledger(agencies, "notification", dossier)) == sum(item["code"] == "ACCEPTED" for item in first)


@pytest.mark.parametrize(
    ("agency", "path", "body"),
    [
        ("one-stop", "statuses", hub("D", 1)),
        ("national-portal", "statuses", portal("D", 1)),
        ("notification", "notices", notices("D", 1)),
    ],
    ids=["one-stop", "national-portal", "notification"],
)
async def test_batches_have_faults_too(agencies: httpx.AsyncClient, agency: str, path: str, body: dict[str, Any]):
    await set_faults(agencies, agency, down=True)
    assert (await agencies.post(f"/{agency}/{path}", json=body)).status_code == 503
    await set_faults(agencies, agency, error_rate=1)
    assert (await agencies.post(f"/{agency}/{path}", json=body)).status_code == 500
    await set_faults(agencies, agency)
    assert (await agencies.post(f"/{agency}/{path}", json={})).status_code == 400
