"""Valid requests after a death to every agency but the payers. Nobody in them lived."""

import itertools
import json
from typing import Any

from tests.sim_agencies.samples import CALL_OF, REGISTERED, Call

NUMBERS = itertools.count(1)
WIDOW = "001145000321"
DECISION = {"soQuyetDinh": "15/QĐ-UBND", "ngayQuyetDinh": "20261122"}


def a_number() -> str:
    """A personal ID that nobody had yet."""
    return f"001041{next(NUMBERS):06}"


def a_death(dossier: str, **deceased: Any) -> dict[str, Any]:
    nkt = {
        "HoTen": "Trần Văn Bình",
        "GioiTinh": 1,
        "NgaySinh": "1941",
        "SoGiayToTuyThan": a_number(),
        "DanToc": "Tày",
        "QuocTich": "Việt Nam",
        "LoaiCuTru": 1,
        "NoiCuTru": "Tổ 3",
        "NgayChet": "20.11.2026",
        "GioPhutChet": None,
        "NoiChet": "Bệnh viện Mẫu, Hà Nội",
    }
    declared = {
        "maGBT": "12/2026/GBT",
        "nkt": nkt | deceased,
        "gbt": {"Loai": 1, "So": "12/2026/GBT"},
        "nyc": {"HoTen": "Trần Văn Minh", "SoGiayToTuyThan": "001070000555", "QuanHe": "child"},
    }
    return {
        "maDonVi": "00070",
        "module": "LTKT",
        "maHoSoLT": dossier,
        "ngayTiepNhan": "22/11/2026 08:00:00",
        "data": json.dumps({"hoTich": declared}),
        "fileDinhKem": [],
    }


def an_annulment(dossier: str, **person: Any) -> dict[str, Any]:
    nkt = {"HoTen": "Trần Văn Bình", "GioiTinh": 1, "NgaySinh": "1941", "SoGiayToTuyThan": a_number()}
    key = f"{dossier}:register_death:1"
    return {"maDonVi": "00070", "maHoSoLT": dossier, "khoaDangKy": key, "nkt": nkt | person, **DECISION}


def a_removal(dossier: str, **person: Any) -> dict[str, Any]:
    dead = {"hoTen": "Trần Văn Bình", "ngaySinh": "1941", "gioiTinh": "NAM", "soDinhDanh": a_number()}
    return {
        "maHoSo": dossier,
        "trichLucKhaiTu": REGISTERED,
        "nguoiChet": {**dead, "ngayChet": "20261120"} | person,
        "noiCuTru": {"maTinh": "01", "maXa": "00070", "chiTiet": "Số 1"},
        "chuHo": {"hoTen": "Hoàng Thị Lan", "soDinhDanh": WIDOW, "quanHe": "Chồng"},
    }


def a_reversal(dossier: str, **person: Any) -> dict[str, Any]:
    living = {"hoTen": "Trần Văn Bình", "ngaySinh": "1941", "gioiTinh": "NAM", "soDinhDanh": a_number()}
    key = f"{dossier}:remove_residence:1"
    return {"maHoSo": dossier, "maXa": "00070", "maYeuCauGoc": key, "nguoiDuocKhoiPhuc": living | person, **DECISION}


def _like(birth: Call, path: str, effect: str, body: Any) -> Call:
    """An agency answers all its calls in the same words."""
    return Call(
        birth.agency,
        path,
        effect,
        body,
        birth.word,
        birth.reference,
        birth.granted,
        birth.pending,
        birth.refused,
        birth.suspected,
    )


DEATHS = [
    _like(CALL_OF["civil-status"], "deaths", "register_death", a_death),
    _like(CALL_OF["civil-status"], "deaths/annulments", "annul_death", an_annulment),
    _like(CALL_OF["residence"], "removals", "remove_residence", a_removal),
    _like(CALL_OF["residence"], "removals/reversals", "restore_residence", a_reversal),
]
