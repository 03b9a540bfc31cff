# ruff: noqa: N815 - the partner's own names
"""Residence database of the police: registers permanent residence; answers at once.

`POST /registrations` takes

    {"maHoSo": dossier,
     "giayKhaiSinh": {"soDangKy", "quyenSo", "trangSo", "ngayDangKy": "yyyyMMdd", "tepKySo": {"sha256", "noiDung"}},
     "nguoiDangKy": {"hoTen", "ngaySinh": "yyyyMMdd", "gioiTinh": "NAM" | "NU", "soDinhDanh": null or 12 digits},
     "noiThuongTru": {"maTinh", "maXa", "chiTiet"},
     "chuHo": {"hoTen", "soDinhDanh", "quanHe"},
     "yKien": [{"hoTen", "soDinhDanh", "vaiTro": "CHU_HO" | "CHU_SO_HUU" | "CHA_ME", "hinhThuc": "VNEID" | "CT01"}]}

It answers `{maTrangThai, soHoSoCuTru, ketQua | lyDoTuChoi | moTa}`, `soHoSoCuTru` being its reference:

    granted    200 HOAN_THANH + ketQua {soThongBao, ngayDangKy: dd/MM/yyyy}       already done  does not happen
    pending    202 TIEP_NHAN                                                      suspected     200 NGHI_TRUNG + moTa
    refused    200 TU_CHOI + lyDoTuChoi {ma, noiDung, canCuPhapLy}
"""

import json
from datetime import date
from typing import Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sim_agencies import clock, holder
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import CompactDay, PersonalId, Text
from sim_agencies.holder import Certificate
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

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


class Registration(BaseModel):
    """Declaration CT01, as data."""

    maHoSo: Text
    giayKhaiSinh: Certificate
    nguoiDangKy: Child
    noiThuongTru: Address
    chuHo: Head
    yKien: list[Consent] = []


def grant(store: Store, facts: str) -> Result:
    """The next notice of the commune's police of this year."""
    day = clock.today()
    told = json.loads(facts)
    ward = told["noiThuongTru"]["maXa"]
    if held := told["giayKhaiSinh"]["tepKySo"]:
        holder.keep(store, told["maHoSo"], 1, held["sha256"])
    number = store.next_number(f"notices/{ward}/{day.year}")
    return {"notice_number": f"{number}/{day.year}/TB-CAX-{ward}", "registered_on": day.isoformat()}


def wire(answer: Answer) -> JSONResponse:
    """The answer in the residence database's words."""
    match answer:
        case Granted(reference=reference, result=result):
            day = date.fromisoformat(str(result["registered_on"]))
            done = {"soThongBao": result["notice_number"], "ngayDangKy": f"{day:%d/%m/%Y}"}
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
    desk.offer(Effect("register_residence", grant, REFUSALS))

    holder.offer(app, desk)

    @app.post("/registrations")
    async def register(registration: Registration, key: Key) -> JSONResponse:
        """Register permanent residence; safe to repeat."""
        facts = registration.model_dump_json(exclude=holder.PAPER)
        return wire(await desk.perform(Ask("register_residence", key, registration.maHoSo, facts)))

    return app
