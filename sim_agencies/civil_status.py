# ruff: noqa: N815 - the partner's own names
r"""MoJ civil status (hộ tịch điện tử): registers births; answers at once.

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
"""

import json
import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from sim_agencies import clock
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import Text
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

PAGES_A_BOOK = 200
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


def _dotted(value: object) -> object:
    return (
        datetime.strptime(value, "%d.%m.%Y").replace(tzinfo=clock.VIET_NAM).date() if isinstance(value, str) else value
    )


class Child(BaseModel):
    """`nks`: the child to be registered."""

    Ho: str = ""
    ChuDem: str = ""
    Ten: Text
    GioiTinh: Literal[1, 2]  # 1 male, 2 female
    NgaySinh: Annotated[date, BeforeValidator(_dotted)]
    NoiSinh: Text
    QueQuan: Text
    DanToc: Text
    QuocTich: Text
    thuTuSinh: int = 1


class Person(BaseModel):
    """`me`, `cha`, `nyc`: a grown-up of the declaration."""

    HoTen: Text
    SoGiayToTuyThan: str | None = None


class CivilStatus(BaseModel):
    """`hoTich`: what is declared."""

    DkksTruongHop: Annotated[int, Field(ge=1, le=5)]
    maGCS: str | None = None
    nks: Child
    me: Person | None = None
    cha: Person | None = None
    nyc: Person


class Inner(BaseModel):
    """What the string in `data` holds."""

    hoTich: CivilStatus


class Push(BaseModel):
    """The envelope `NhanDKHT`."""

    maDonVi: Text
    module: Literal["LTKS"]
    maHoSoLT: Text
    maHoSoMCDT: str | None = None
    ngayTiepNhan: Text
    data: str
    fileDinhKem: list[object] = []


def identity(declared: CivilStatus) -> str | None:
    """Who the child is, whatever the key; unknown when neither parent shows a paper."""
    child = declared.nks
    parents = (parent.SoGiayToTuyThan for parent in (declared.me, declared.cha) if parent)
    papers = [paper for paper in parents if paper]
    name = unicodedata.normalize("NFC", " ".join(f"{child.Ho} {child.ChuDem} {child.Ten}".split())).casefold()
    return f"{papers[0]}|{child.NgaySinh}|{name}|{child.thuTuSinh}" if papers else None


def grant(store: Store, facts: str) -> Result:
    """The next line in the office's register of births of this year."""
    day = clock.today()
    number = store.next_number(f"births/{Push.model_validate_json(facts).maDonVi}/{day.year}")
    book, page = divmod(number - 1, PAGES_A_BOOK)
    return {
        "register_number": f"{number}/{day.year}",
        "book": f"{book + 1:02}-{day.year}",
        "page": page + 1,
        "registered_on": day.isoformat(),
    }


def wire(answer: Answer) -> JSONResponse:
    """The answer in MoJ's words."""
    match answer:
        case Granted(reference=reference, result=result, already=already):
            registered = {
                "soDangKy": result["register_number"],
                "quyenSo": result["book"],
                "trangSo": result["page"],
                "ngayDangKy": str(result["registered_on"]).replace("-", ""),
            }
            code, text = ("DA_TON_TAI", "Hồ sơ đã tồn tại trong hệ thống hộ tịch") if already else ("0", "")
            return _reply(1, code, text, trangThai=4, maHoSo=reference, ketQuaXuLy=json.dumps(registered))
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

    @app.post("/births")
    async def register(push: Push, key: Key) -> JSONResponse:
        """Enter a birth; safe to repeat."""
        try:
            declared = Inner.model_validate_json(push.data).hoTich
        except ValidationError as invalid:
            raise RequestValidationError(
                [{**problem, "loc": ("data", *problem["loc"])} for problem in invalid.errors()]
            ) from invalid
        ask = Ask("register", key, push.maHoSoLT, push.model_dump_json(exclude={"fileDinhKem"}), identity(declared))
        return wire(await desk.perform(ask))

    return app
