# ruff: noqa: N815 - the partner's own names
"""Residence database of the police: registers residence, removes the dead from it; answers at once.

`POST /registrations` takes

    {"maHoSo": dossier,
     "giayKhaiSinh": {"soDangKy", "quyenSo", "trangSo", "ngayDangKy": "yyyyMMdd", "tepKySo": {"sha256", "noiDung"}},
     "nguoiDangKy": {"hoTen", "ngaySinh": "yyyyMMdd", "gioiTinh": "NAM" | "NU", "soDinhDanh": null or 12 digits},
     "noiThuongTru": {"maTinh", "maXa", "chiTiet"},
     "chuHo": {"hoTen", "soDinhDanh", "quanHe"},
     "yKien": [{"hoTen", "soDinhDanh", "vaiTro": "CHU_HO" | "CHU_SO_HUU" | "CHA_ME", "hinhThuc": "VNEID" | "CT01"}]}

`POST /removals` takes

    {"maHoSo": dossier, "trichLucKhaiTu": {as giayKhaiSinh},
     "nguoiChet": {"hoTen", "ngaySinh": "yyyyMMdd" | "yyyyMM" | "yyyy", "gioiTinh", "soDinhDanh",
                   "ngayChet": "yyyyMMdd"},
     "noiCuTru": {"maTinh", "maXa", "chiTiet"}, "chuHo": {"hoTen", "soDinhDanh", "quanHe"}}

whether or not the dead person was the household's head, and `POST /removals/reversals`, after a wrongly reported death,

    {"maHoSo": dossier, "maXa", "maYeuCauGoc": the key of the removal, "nguoiDuocKhoiPhuc": {as nguoiChet, no ngayChet},
     "soQuyetDinh", "ngayQuyetDinh": "yyyyMMdd"}

Each answers `{maTrangThai, soHoSoCuTru, ketQua | lyDoTuChoi | moTa}`, `soHoSoCuTru` being its reference:

    granted    200 HOAN_THANH + ketQua {soThongBao, ngayDangKy | ngayXoa | ngayKhoiPhuc: dd/MM/yyyy}
    pending    202 TIEP_NHAN                                                      suspected     200 NGHI_TRUNG + moTa
    refused    200 TU_CHOI + lyDoTuChoi {ma, noiDung, canCuPhapLy}

Who is removed is removed, under whatever key, until the removal is reversed; so is its reversal.
"""

import json
from datetime import date
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sim_agencies import clock, holder
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import CompactDay, PartialDay, PersonalId, Text
from sim_agencies.holder import Certificate
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store
from sim_agencies.taken_back import take_back, turn

REFUSALS = (
    Refusal(
        "no_consent",
        "Chưa có ý kiến đồng ý của chủ hộ, chủ sở hữu chỗ ở hợp pháp",
        "Luật Cư trú 68/2020/QH14, Điều 20 khoản 2",
    ),
    Refusal(
        "dwelling_not_eligible",
        "Chỗ ở không bảo đảm điều kiện diện tích nhà ở tối thiểu",
        "Luật Cư trú 68/2020/QH14, Điều 20 khoản 3",
    ),
)
REMOVAL_REFUSALS = (
    Refusal(
        "not_registered_here",
        "Người chết không có đăng ký thường trú, tạm trú tại nơi đã khai",
        "Luật Cư trú 68/2020/QH14, Điều 24",
    ),
    Refusal(
        "person_mismatch",
        "Thông tin trên trích lục khai tử không khớp với Cơ sở dữ liệu về cư trú",
        "Luật Cư trú 68/2020/QH14, Điều 24",
    ),
)
REVERSAL_REFUSALS = (
    Refusal(
        "decision_not_valid",
        "Chưa có quyết định có hiệu lực hủy bỏ đăng ký khai tử",
        "Luật Cư trú 68/2020/QH14, Điều 35",
    ),
)
PAPER: Any = {"trichLucKhaiTu": {"tepKySo": {"noiDung"}}}


class Child(BaseModel):
    """Who moves in; the personal ID may still be on its way."""

    hoTen: Text
    ngaySinh: CompactDay
    gioiTinh: Literal["NAM", "NU"]
    soDinhDanh: PersonalId | None = None


class Address(BaseModel):
    """Where to."""

    maTinh: Text
    maXa: Text
    chiTiet: Text


class Head(BaseModel):
    """Whose household it is."""

    hoTen: Text
    soDinhDanh: PersonalId
    quanHe: Text


class Consent(BaseModel):
    """Who agreed, as what, and how."""

    hoTen: Text
    soDinhDanh: PersonalId
    vaiTro: Literal["CHU_HO", "CHU_SO_HUU", "CHA_ME"]
    hinhThuc: Literal["VNEID", "CT01"]


class Resident(BaseModel):
    """Who is registered somewhere; of the old no more may be known than the year of birth."""

    hoTen: Text
    ngaySinh: PartialDay
    gioiTinh: Literal["NAM", "NU"]
    soDinhDanh: PersonalId | None = None

    @property
    def known_by(self) -> str:
        """By number; who has none by what else is known."""
        return self.soDinhDanh or f"{self.hoTen.casefold()}|{self.gioiTinh}|{self.ngaySinh}"


class Dead(Resident):
    """Who is removed."""

    ngayChet: CompactDay

    def identity(self, store: Store) -> str:
        """Whose removal it is, whatever the key; namesakes without numbers are told apart by the day they died."""
        fact = turn(store, self.known_by)
        return fact if self.soDinhDanh else f"{fact}|{self.ngayChet}"


class Registration(BaseModel):
    """Declaration CT01, as data."""

    maHoSo: Text
    giayKhaiSinh: Certificate
    nguoiDangKy: Child
    noiThuongTru: Address
    chuHo: Head
    yKien: list[Consent] = []


class Removal(BaseModel):
    """Declaration CT01 after a death, as data."""

    maHoSo: Text
    trichLucKhaiTu: Certificate
    nguoiChet: Dead
    noiCuTru: Address
    chuHo: Head


class Reversal(BaseModel):
    """Give a removed resident the residence back, by decision."""

    maHoSo: Text
    maXa: Text
    maYeuCauGoc: Text
    nguoiDuocKhoiPhuc: Resident
    soQuyetDinh: Text
    ngayQuyetDinh: CompactDay


def _notice(store: Store, ward: str) -> str:
    """The next notice of the commune's police of this year."""
    year = clock.today().year
    return f"{store.next_number(f'notices/{ward}/{year}')}/{year}/TB-CAX-{ward}"


def grant(store: Store, facts: str) -> Result:
    told = json.loads(facts)
    if held := told["giayKhaiSinh"]["tepKySo"]:
        holder.keep(store, told["maHoSo"], 1, held["sha256"])
    notice = _notice(store, told["noiThuongTru"]["maXa"])
    return {"notice_number": notice, "registered_on": clock.today().isoformat()}


def remove(store: Store, facts: str) -> Result:
    told = json.loads(facts)
    if held := told["trichLucKhaiTu"]["tepKySo"]:
        holder.keep(store, told["maHoSo"], 1, held["sha256"])
    notice = _notice(store, told["noiCuTru"]["maXa"])
    return {"notice_number": notice, "removed_on": clock.today().isoformat()}


def restore(store: Store, facts: str) -> Result:
    reversal = Reversal.model_validate_json(facts)
    take_back(store, reversal.nguoiDuocKhoiPhuc.known_by)
    return {"notice_number": _notice(store, reversal.maXa), "restored_on": clock.today().isoformat()}


DAYS = {
    "register_residence": ("ngayDangKy", "registered_on"),
    "remove_residence": ("ngayXoa", "removed_on"),
    "restore_residence": ("ngayKhoiPhuc", "restored_on"),
}


def wire(answer: Answer) -> JSONResponse:
    """The answer in the residence database's words."""
    match answer:
        case Granted(effect=effect, reference=reference, result=result):
            theirs, ours = DAYS[effect]
            day = date.fromisoformat(str(result[ours]))
            done = {"soThongBao": result["notice_number"], theirs: f"{day:%d/%m/%Y}"}
            return JSONResponse({"maTrangThai": "HOAN_THANH", "soHoSoCuTru": reference, "ketQua": done})
        case Pending(reference=reference):
            return JSONResponse({"maTrangThai": "TIEP_NHAN", "soHoSoCuTru": reference}, 202)
        case Refused(reference=reference, refusal=no):
            reasons = {"ma": no.reason, "noiDung": no.text, "canCuPhapLy": no.legal_basis}
            return JSONResponse({"maTrangThai": "TU_CHOI", "soHoSoCuTru": reference, "lyDoTuChoi": reasons})
    return JSONResponse({"maTrangThai": "NGHI_TRUNG", "soHoSoCuTru": None, "moTa": "Nghi ngờ trùng hồ sơ cư trú"})


def create_app(desk: Desk) -> FastAPI:
    """The residence stand-in."""
    app = desk.app("Cơ sở dữ liệu về cư trú", wire)
    desk.offer(
        Effect("register_residence", grant, REFUSALS),
        Effect("remove_residence", remove, REMOVAL_REFUSALS),
        Effect("restore_residence", restore, REVERSAL_REFUSALS),
    )
    holder.offer(app, desk)

    @app.post("/registrations")
    async def register(registration: Registration, key: Key) -> JSONResponse:
        """Register permanent residence; safe to repeat."""
        facts = registration.model_dump_json(exclude=holder.PAPER)
        return wire(await desk.perform(Ask("register_residence", key, registration.maHoSo, facts)))

    @app.post("/removals")
    async def removal(asked: Removal, key: Key) -> JSONResponse:
        """Remove a dead person from residence; safe to repeat."""
        who, facts = asked.nguoiChet.identity(desk.store), asked.model_dump_json(exclude=PAPER)
        return wire(await desk.perform(Ask("remove_residence", key, asked.maHoSo, facts, who)))

    @app.post("/removals/reversals")
    async def reversal(asked: Reversal, key: Key) -> JSONResponse:
        """Give the residence back; safe to repeat."""
        facts = asked.model_dump_json()
        return wire(await desk.perform(Ask("restore_residence", key, asked.maHoSo, facts, asked.maYeuCauGoc)))

    return app
