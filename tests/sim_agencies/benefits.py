"""Valid requests to payers after a death, and to Social Security about a card. Nobody in them lived."""

import base64
import hashlib
from typing import Any

from tests.sim_agencies.deaths import DECISION, WIDOW, a_number
from tests.sim_agencies.samples import CALL_OF, PDF, REGISTERED, Call

EXTRACT = {"sha256": hashlib.sha256(PDF).hexdigest(), "noiDung": base64.b64encode(PDF).decode()}
RECIPIENT = {"loai": "CA_NHAN", "ten": "Trần Văn Minh", "soDinhDanh": "001070000555", "quanHe": "CON"}
AMOUNT = 23_400_000


def a_benefit(**changes: Any) -> dict[str, Any]:
    fields = {"loai": "MAI_TANG", "cheDo": "NCC", "soDinhDanhNguoiChet": a_number(), "soDinhDanhNguoiHuong": None}
    return {**fields, "ky": "", **changes}


def a_claim(dossier: str, benefit: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "maHoSo": dossier,
        "mauDon": "MAU_12",
        "maXa": "01288",
        "troCap": benefit or a_benefit(),
        "soTien": AMOUNT,
        "canCu": ["131/2021/NĐ-CP art. 122"],
        "nguoiChet": {"hoTen": "Trần Văn Bình", "ngaySinh": "1941", "gioiTinh": 1, "ngayChet": "20261120"},
        "nguoiNhan": RECIPIENT,
        "trichLucKhaiTu": EXTRACT,
        **changes,
    }


def an_order(dossier: str, benefit: dict[str, Any] | None = None, **way: Any) -> dict[str, Any]:
    return {
        "maHoSo": dossier,
        "maXa": "01288",
        "troCap": benefit or a_benefit(),
        "soQuyetDinh": "7/QĐ-SNV",
        "soTien": AMOUNT,
        "nguoiNhan": RECIPIENT,
        "chiTra": way or {"hinhThuc": "CHUYEN_KHOAN", "soTaiKhoan": "8300205001234"},
    }


def a_recovery(dossier: str, benefit: dict[str, Any] | None = None) -> dict[str, Any]:
    key = f"{dossier}:decide_funeral:1"
    return {"maHoSo": dossier, "maXa": "01288", "troCap": benefit or a_benefit(), "maYeuCauGoc": key, **DECISION}


def a_survivor(**changes: Any) -> dict[str, Any]:
    return {"hoTen": "Hoàng Thị Lan", "soDinhDanh": WIDOW, "ngaySinh": "19450506", "motLan": False, **changes}


def a_lock(dossier: str, number: str | None = None) -> dict[str, Any]:
    person = {"hoTen": "Trần Văn Bình", "ngaySinh": "1941", "gioiTinh": 1, "soDinhDanh": number or a_number()}
    return {"maHoSo": dossier, "trichLucKhaiTu": REGISTERED, "nguoiChet": {**person, "ngayChet": "20261120"}}


def an_unlock(dossier: str, number: str | None = None) -> dict[str, Any]:
    person = {"hoTen": "Trần Văn Bình", "ngaySinh": "1941", "gioiTinh": 1, "soDinhDanh": number or a_number()}
    return {"maHoSo": dossier, "maYeuCauGoc": f"{dossier}:lock_card:1", "nguoiDuocKhoiPhuc": person, **DECISION}


def _labour(path: str, effect: str, body: Any) -> Call:
    return Call(
        "labour",
        path,
        effect,
        body,
        lambda answer: answer["trangThai"],
        "maHoSoTroCap",
        "DA_GIAI_QUYET",
        "DANG_GIAI_QUYET",
        "TU_CHOI",
        "NGHI_TRUNG",
    )


def _insurer(path: str, effect: str, body: Any) -> Call:
    card = CALL_OF["social-insurance"]
    words = card.granted, card.pending, card.refused, card.suspected
    return Call(card.agency, path, effect, body, card.word, card.reference, *words)


BENEFITS = [
    _labour("benefits", "decide_funeral", a_claim),
    _labour("payments", "pay_one_off", lambda dossier: an_order(dossier, a_benefit(loai="MOT_LAN"))),
    _labour("recoveries", "recover_funeral", a_recovery),
    _insurer("benefits", "decide_survivor", lambda dossier: a_claim(dossier, a_benefit(loai="TUAT", cheDo="BHXH"))),
    _insurer("payments", "pay_funeral", an_order),
    _insurer("recoveries", "recover_funeral", a_recovery),
    _insurer("card-locks", "lock_card", a_lock),
    _insurer("card-locks/reversals", "unlock_card", an_unlock),
]
