"""What is a payer's own after a death: chains, amounts, money that comes back, and taking it back; and the card."""

from typing import Any

import httpx
import pytest

from tests.sim_agencies.benefits import (
    AMOUNT,
    a_benefit,
    a_claim,
    a_lock,
    a_recovery,
    a_survivor,
    an_order,
    an_unlock,
)
from tests.sim_agencies.deaths import WIDOW, a_number
from tests.sim_agencies.samples import a_card_request, eventually, ledger, new_dossier, set_faults

PAYERS = ("labour", "social-insurance")
at_every_payer = pytest.mark.parametrize("payer", PAYERS)


async def post(agencies: httpx.AsyncClient, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    response = await agencies.post(path, json=body, headers={"Idempotency-Key": key or new_dossier()})
    assert response.status_code < 300, response.text
    return response


def result(response: httpx.Response) -> dict[str, Any]:
    answer = response.json()
    return answer.get("ketQua") or answer["duLieu"]


@pytest.mark.parametrize(
    ("payer", "path", "regime", "status"),
    [
        ("labour", "benefits", "NCC", 202),
        ("labour", "benefits", "CCB", 202),
        ("labour", "benefits", "BTXH", 200),
        ("labour", "benefits", "KHAN_CAP", 200),
        ("labour", "payments", "BTXH", 202),
        ("labour", "recoveries", "NCC", 200),
        ("social-insurance", "benefits", "BHXH", 200),
        ("social-insurance", "payments", "BHXH", 202),
        ("social-insurance", "recoveries", "BHXH", 200),
    ],
)
async def test_merit_decides_later_everybody_pays_later_all_else_is_at_once(agencies, payer, path, regime, status):
    bodies = {"benefits": a_claim, "payments": an_order, "recoveries": a_recovery}
    dossier = new_dossier()
    response = await post(agencies, f"/{payer}/{path}", bodies[path](dossier, a_benefit(cheDo=regime)))
    assert response.status_code == status
    await eventually(lambda: ledger(agencies, payer, dossier))


@at_every_payer
async def test_the_same_benefit_is_decided_and_paid_once_under_whatever_key(agencies: httpx.AsyncClient, payer: str):
    await set_faults(agencies, payer, pending_rate=0)
    first, second, benefit = new_dossier(), new_dossier(), a_benefit()
    for path, body in (("benefits", a_claim), ("payments", an_order)):
        told = [result(await post(agencies, f"/{payer}/{path}", body(each, benefit))) for each in (first, second)]
        assert told[0] == told[1]
    assert [row["effect"] for row in await ledger(agencies, payer, first)] == ["decide_funeral", "pay_funeral"]
    assert await ledger(agencies, payer, second) == []


@pytest.mark.parametrize("change", [{"loai": "MOT_LAN"}, {"loai": "TUAT", "soDinhDanhNguoiHuong": WIDOW}, {"ky": "2"}])
async def test_another_kind_survivor_or_part_is_another_benefit(agencies: httpx.AsyncClient, change: dict[str, Any]):
    await set_faults(agencies, "labour", pending_rate=0)
    dossier, benefit = new_dossier(), a_benefit()
    for each in (benefit, benefit | change):
        await post(agencies, "/labour/benefits", a_claim(dossier, each))
    assert len(await ledger(agencies, "labour", dossier)) == 2


@at_every_payer
@pytest.mark.parametrize(
    ("asked", "survivors", "amount"),
    [
        (AMOUNT, [], AMOUNT),
        (None, [a_survivor()], 1_265_000),
        (None, [a_survivor(motLan=True)], 7_590_000),
        (None, [a_survivor(), a_survivor(soDinhDanh="001990000001")], 2_530_000),
    ],
)
async def test_what_is_asked_for_is_decided_else_the_payer_works_it_out(agencies, payer, asked, survivors, amount):
    await set_faults(agencies, payer, pending_rate=0)
    dossier = new_dossier()
    claim = a_claim(dossier, a_benefit(loai="TUAT"), soTien=asked, thanNhan=survivors)
    told = result(await post(agencies, f"/{payer}/benefits", claim))
    [row] = await ledger(agencies, payer, dossier)
    assert told["soTien"] == row["result"]["amount"] == amount
    assert (told["soQuyetDinh"], row["effect"]) == (row["result"]["decision_number"], "decide_survivor")
    assert told["soQuyetDinh"].endswith("/QĐ-SNV" if payer == "labour" else "/QĐ-BHXH")


async def test_a_merit_decision_moves_through_its_chain(agencies: httpx.AsyncClient):
    await set_faults(agencies, "labour", pending_rate=1, answer_delay_s=[1.2, 1.2])
    response = await post(agencies, "/labour/benefits", a_claim(new_dossier()))
    reference, seen = response.json()["maHoSoTroCap"], [response.json()["buoc"]]

    async def decided() -> bool:
        told = (await agencies.get(f"/labour/cases/{reference}")).json()
        if told["trangThai"] == "DANG_GIAI_QUYET" and told["buoc"] not in seen:
            seen.append(told["buoc"])
        return told["trangThai"] == "DA_GIAI_QUYET"

    await eventually(decided)
    assert seen[0] == "XEM_XET"
    assert len(seen) > 1
    assert seen == sorted(seen, key=["XEM_XET", "THAM_DINH", "RA_QUYET_DINH"].index)


async def test_of_a_payment_no_chain_is_told(agencies: httpx.AsyncClient):
    response = await post(agencies, "/labour/payments", an_order(new_dossier()))
    assert (response.json()["trangThai"], response.json()["buoc"]) == ("DANG_GIAI_QUYET", None)


BOUNCING = [
    {"hinhThuc": "CHUYEN_KHOAN", "soTaiKhoan": "9999000111"},
    {"hinhThuc": "BUU_DIEN", "diaChi": {"maTinh": "01", "maXa": "00070", "chiTiet": "Số 1, Không nhận"}},
    {"hinhThuc": "TIEN_MAT", "noiNhan": "Quầy không nhận"},
]


@at_every_payer
@pytest.mark.parametrize("way", BOUNCING, ids=lambda way: way["hinhThuc"])
async def test_money_that_comes_back_is_refused_later_and_can_be_sent_elsewhere(agencies, payer, way):
    dossier, benefit = new_dossier(), a_benefit()
    response = await post(agencies, f"/{payer}/payments", an_order(dossier, benefit, **way), f"{dossier}/1")
    assert response.status_code == 202
    await agencies.post(f"/{payer}/control/answers", json={"dossier": dossier})
    again = await post(agencies, f"/{payer}/payments", an_order(dossier, benefit, **way), f"{dossier}/1")
    assert "payment-bounced" in again.text
    assert await ledger(agencies, payer, dossier) == []
    await post(agencies, f"/{payer}/payments", an_order(dossier, benefit), f"{dossier}/2")
    await agencies.post(f"/{payer}/control/answers", json={"dossier": dossier})
    [row] = await ledger(agencies, payer, dossier)
    assert (row["effect"], row["result"]["amount"]) == ("pay_funeral", AMOUNT)


@at_every_payer
async def test_what_is_taken_back_was_paid_and_can_be_claimed_anew(agencies: httpx.AsyncClient, payer: str):
    await set_faults(agencies, payer, pending_rate=0)
    first, later, benefit = new_dossier(), new_dossier(), a_benefit()
    for path, body in (("benefits", a_claim), ("payments", an_order)):
        await post(agencies, f"/{payer}/{path}", body(first, benefit))
    told = [result(await post(agencies, f"/{payer}/recoveries", a_recovery(first, benefit))) for _ in range(2)]
    assert told[0] == told[1]
    assert told[0]["soTien"] == AMOUNT
    for path, body in (("benefits", a_claim), ("payments", an_order)):
        await post(agencies, f"/{payer}/{path}", body(later, benefit))
    assert [row["effect"] for row in await ledger(agencies, payer, later)] == ["decide_funeral", "pay_funeral"]


async def test_of_what_was_never_paid_nothing_is_to_be_paid_back(agencies: httpx.AsyncClient):
    await set_faults(agencies, "labour", pending_rate=0)
    dossier, benefit = new_dossier(), a_benefit()
    await post(agencies, "/labour/benefits", a_claim(dossier, benefit))
    told = result(await post(agencies, "/labour/recoveries", a_recovery(dossier, benefit)))
    assert told["soTien"] == 0


@at_every_payer
async def test_reminders_are_kept_once_and_have_no_effect(agencies: httpx.AsyncClient, payer: str):
    dossier = new_dossier()
    told = {"maHoSo": dossier, "maGiaoDich": "r-1", "buoc": "XEM_XET", "hanXuLy": "20261127170000"}
    for key in ("examine", "examine", "check"):
        assert (await post(agencies, f"/{payer}/reminders", told, f"{dossier}/{key}")).json() == {"daNhan": True}
    kept = await agencies.get(f"/{payer}/control/reminders", params={"dossier": dossier})
    assert kept.json() == [told, told]
    assert await ledger(agencies, payer, dossier) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"soTien": -1},
        {"trichLucKhaiTu": {"sha256": "0" * 64, "noiDung": "AAAA"}},
        {"troCap": {"loai": "KHAC"}},
        {"nguoiNhan": None},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_claim_that_is_wrong_is_not_taken(agencies: httpx.AsyncClient, wrong: dict[str, Any]):
    body = a_claim(new_dossier()) | wrong
    answer = await agencies.post("/labour/benefits", json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400


# ---- the card


async def test_the_card_of_the_dead_is_locked_and_opened_again(agencies: httpx.AsyncClient):
    person, dossier = a_number(), new_dossier()
    path = f"/social-insurance/control/holders/{person}"
    assert (await agencies.put(path, json={"soBHXH": "0141234567"})).status_code == 200

    async def locked() -> bool:
        return (await agencies.get(path)).json()["daKhoa"]

    for _ in range(2):
        told = result(await post(agencies, "/social-insurance/card-locks", a_lock(dossier, person)))
        assert told["soBHXH"] == "0141234567"
    assert await locked()
    for _ in range(2):
        opened = result(await post(agencies, "/social-insurance/card-locks/reversals", an_unlock(dossier, person)))
        assert opened["soBHXH"] == "0141234567"
    assert not await locked()
    later = new_dossier()
    await post(agencies, "/social-insurance/card-locks", a_lock(later, person))
    assert await locked()
    effects = [row["effect"] for row in await ledger(agencies, "social-insurance", dossier)]
    assert effects == ["lock_card", "unlock_card"]
    assert [row["effect"] for row in await ledger(agencies, "social-insurance", later)] == ["lock_card"]


async def test_who_has_no_card_is_granted_the_lock_without_a_number(agencies: httpx.AsyncClient):
    dossier = new_dossier()
    told = result(await post(agencies, "/social-insurance/card-locks", a_lock(dossier)))
    assert told["soBHXH"] is None
    [row] = await ledger(agencies, "social-insurance", dossier)
    assert row["result"].keys() == {"locked_on"}


async def test_a_childs_own_card_is_found_again(agencies: httpx.AsyncClient):
    person, body = a_number(), a_card_request(new_dossier())
    body["nguoiThamGia"]["soDinhDanh"] = person
    issued = result(await post(agencies, "/social-insurance/cards", body))
    told = result(await post(agencies, "/social-insurance/card-locks", a_lock(new_dossier(), person)))
    assert told["soBHXH"] == issued["soBHXH"]
