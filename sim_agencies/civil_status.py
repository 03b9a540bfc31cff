# ruff: noqa: N815 - the partner's own names
r"""MoJ civil status (hộ tịch điện tử): registers births and deaths; answers at once.

`POST /births` takes the observed push `NhanDKHT`: an envelope whose `data` is itself a JSON string:

    {"maDonVi": "00070", "module": "LTKS", "maHoSoLT": dossier, "maHoSoMCDT": null,
     "ngayTiepNhan": "dd/MM/yyyy HH:mm:ss", "fileDinhKem": [],
     "data": "{\"hoTich\": {\"DkksTruongHop\": 1, \"maGCS\": …, \"nks\": {…}, \"me\": {…}, \"cha\": {…}, …}}"}

It answers `{status, errorCode, errorDescription, trangThai, maHoSo, ketQuaXuLy}`; `maHoSo` is its own reference,
and `ketQuaXuLy` again a JSON string: `{"soDangKy", "quyenSo", "trangSo", "ngayDangKy": "yyyyMMdd"}`.

    granted    status 1, errorCode "0", trangThai 4     already done  status 1, errorCode "DA_TON_TAI", trangThai 4
    pending    status 1, errorCode "0", trangThai 3     refused       status 0, errorCode = reason, trangThai 6, canCu
    suspected  status 0, errorCode "NGHI_TRUNG", trangThai null, maHoSo null

The same child (parent's identity paper, birth date, name, order among twins) under another key is already done.
Deaths, and their annulment, stand in `civil_status_deaths`.
"""

import json
from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from sim_agencies import civil_status_deaths as deaths
from sim_agencies.civil_books import DottedDay, Envelope, Party, declared, folded, line_words, next_line
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import Text
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

REFUSALS = (
    Refusal(
        "declaration_mismatch",
        "Thông tin khai sinh không khớp với giấy chứng sinh",
        "Luật Hộ tịch 60/2014/QH13, Điều 16",
    ),
    Refusal(
        "wrong_office",
        "Không thuộc thẩm quyền đăng ký khai sinh của Ủy ban nhân dân cấp xã này",
        "Luật Hộ tịch 60/2014/QH13, Điều 13",
    ),
)


class Child(BaseModel):
    """`nks`: the child to be registered."""

    Ho: str = ""
    ChuDem: str = ""
    Ten: Text
    GioiTinh: Literal[1, 2]  # 1 male, 2 female
    NgaySinh: DottedDay
    NoiSinh: Text
    QueQuan: Text
    DanToc: Text
    QuocTich: Text
    thuTuSinh: int = 1


class CivilStatus(BaseModel):
    """`hoTich`: what is declared."""

    DkksTruongHop: Annotated[int, Field(ge=1, le=5)]
    maGCS: str | None = None
    nks: Child
    me: Party | None = None
    cha: Party | None = None
    nyc: Party


class Inner(BaseModel):
    """What the string in `data` holds."""

    hoTich: CivilStatus


class Push(Envelope):
    """The envelope of a birth."""

    module: Literal["LTKS"]


def identity(told: CivilStatus) -> str | None:
    """Who the child is, whatever the key; unknown when neither parent shows a paper."""
    child = told.nks
    parents = (parent.SoGiayToTuyThan for parent in (told.me, told.cha) if parent)
    papers = [paper for paper in parents if paper]
    name = folded(f"{child.Ho} {child.ChuDem} {child.Ten}")
    return f"{papers[0]}|{child.NgaySinh}|{name}|{child.thuTuSinh}" if papers else None


def grant(store: Store, facts: str) -> Result:
    return next_line(store, "births", Push.model_validate_json(facts).maDonVi)


WORDS = {"register": line_words, "register_death": line_words, "annul_death": deaths.struck_words}


def wire(answer: Answer) -> JSONResponse:
    """The answer in MoJ's words."""
    match answer:
        case Granted(effect=effect, reference=reference, result=result, already=already):
            code, text = ("DA_TON_TAI", "Hồ sơ đã tồn tại trong hệ thống hộ tịch") if already else ("0", "")
            told = json.dumps(WORDS[effect](result), ensure_ascii=False)
            return _reply(1, code, text, trangThai=4, maHoSo=reference, ketQuaXuLy=told)
        case Pending(reference=reference):
            return _reply(1, "0", "Đang xử lý", trangThai=3, maHoSo=reference, ketQuaXuLy=None)
        case Refused(reference=reference, refusal=no):
            return _reply(0, no.reason, no.text, trangThai=6, maHoSo=reference, ketQuaXuLy=None, canCu=no.legal_basis)
    return _reply(0, "NGHI_TRUNG", "Nghi ngờ trùng hồ sơ", trangThai=None, maHoSo=None, ketQuaXuLy=None)


def _reply(status: int, code: str, text: str, **more: object) -> JSONResponse:
    return JSONResponse({"status": status, "errorCode": code, "errorDescription": text, **more})


def create_app(desk: Desk) -> FastAPI:
    """The civil-status stand-in."""
    app = desk.app("Hộ tịch điện tử", wire)
    desk.offer(Effect("register", grant, REFUSALS))
    deaths.offer(app, desk, wire)

    @app.post("/births")
    async def register(push: Push, key: Key) -> JSONResponse:
        """Enter a birth; safe to repeat."""
        who = identity(declared(Inner, push).hoTich)
        ask = Ask("register", key, push.maHoSoLT, push.model_dump_json(exclude={"fileDinhKem"}), who)
        return wire(await desk.perform(ask))

    return app
