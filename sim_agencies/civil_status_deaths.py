# ruff: noqa: N815 - the partner's own names
"""MoJ civil status, the register of deaths.

`POST /deaths` takes the push `NhanDKHT` with module LTKT; the string in `data` holds

    {"hoTich": {"maGBT": null or the facility's notice number, "ngayCapGBT": null or "yyyyMMdd",
     "nkt": {"HoTen", "GioiTinh": 1 | 2, "NgaySinh": "dd.MM.yyyy" | "MM.yyyy" | "yyyy", "DanToc", "QuocTich",
             "LoaiCuTru": 0 none | 1 permanent | 2 temporary | 3 unregistered, "NoiCuTru": null or text,
             "SoGiayToTuyThan": null or text, "NgayChet": "dd.MM.yyyy", "GioPhutChet": null or "HH:mm",
             "NoiChet", "NguyenNhanChet": null or text},
     "gbt": {"Loai": 0–7, "So", "Ngay": null or "yyyyMMdd", "CoQuanCap"},
     "nyc": {"HoTen", "SoGiayToTuyThan", "QuanHe"}}}

The same deceased (identity paper; without one name, sex, birth and death) under another key is already done, until the
registration is annulled: a line stands, and stays readable, until a decision strikes it.

`POST /deaths/annulments` takes

    {"maDonVi", "maHoSoLT": dossier, "khoaDangKy": the key of the registration to strike,
     "nkt": {"HoTen", "GioiTinh", "NgaySinh", "SoGiayToTuyThan"}, "soQuyetDinh", "ngayQuyetDinh": "yyyyMMdd"}

and answers as for registrations, `ketQuaXuLy` being `{"soQuyetDinh", "ngayHuy": "yyyyMMdd"}`. Striking the same
registration under another key is already done.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field

from sim_agencies import clock
from sim_agencies.civil_books import DottedDay, Envelope, Party, declared, folded, next_line
from sim_agencies.desk import Desk, Effect, Key, Wire
from sim_agencies.fields import CompactDay, Text
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store
from sim_agencies.taken_back import take_back, turn

REGISTRATION_REFUSALS = (
    Refusal(
        "declaration_mismatch",
        "Thông tin khai tử không khớp với giấy báo tử hoặc giấy tờ thay thế giấy báo tử",
        "Luật Hộ tịch 60/2014/QH13, Điều 34",
    ),
    Refusal(
        "wrong_office",
        "Không thuộc thẩm quyền đăng ký khai tử của Ủy ban nhân dân cấp xã này",
        "Luật Hộ tịch 60/2014/QH13, Điều 32",
    ),
)
ANNULMENT_REFUSALS = (
    Refusal(
        "decision_not_valid",
        "Quyết định thu hồi, hủy bỏ giấy tờ hộ tịch không đúng thẩm quyền",
        "Luật Hộ tịch 60/2014/QH13, Điều 70",
    ),
)


def _real(text: str) -> str:
    datetime.strptime(f"01.01.{text}"[-len("dd.MM.yyyy") :], "%d.%m.%Y")  # noqa: DTZ007 - only whether it exists
    return text


PartialDay = Annotated[str, Field(pattern=r"^(\d{2}\.){0,2}\d{4}$"), AfterValidator(_real)]


class Person(BaseModel):
    """Whose registration it is."""

    HoTen: Text
    GioiTinh: Literal[1, 2]  # 1 male, 2 female
    NgaySinh: PartialDay
    SoGiayToTuyThan: str | None = None

    @property
    def known_by(self) -> str:
        """By paper; the dead without one by what else is known."""
        return self.SoGiayToTuyThan or f"{folded(self.HoTen)}|{self.GioiTinh}|{self.NgaySinh}"


class Deceased(Person):
    """`nkt`: who died, where and when."""

    DanToc: Text
    QuocTich: Text
    LoaiCuTru: Literal[0, 1, 2, 3]
    NoiCuTru: str | None = None
    NgayChet: DottedDay
    GioPhutChet: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    NoiChet: Text
    NguyenNhanChet: str | None = None

    def identity(self, store: Store) -> str:
        """Whose death it is, whatever the key; namesakes without papers are told apart by the day they died."""
        fact = turn(store, self.known_by)
        return fact if self.SoGiayToTuyThan else f"{fact}|{self.NgayChet}"


class Paper(BaseModel):
    """`gbt`: the death notice, or what stands in its place."""

    Loai: Annotated[int, Field(ge=0, le=7)]
    So: str | None = None
    Ngay: CompactDay | None = None
    CoQuanCap: str | None = None


class CivilStatus(BaseModel):
    """`hoTich`: what is declared."""

    maGBT: str | None = None
    ngayCapGBT: CompactDay | None = None
    nkt: Deceased
    gbt: Paper
    nyc: Party


class Inner(BaseModel):
    """What the string in `data` holds."""

    hoTich: CivilStatus


class Push(Envelope):
    """The envelope of a death."""

    module: Literal["LTKT"]


class Annulment(BaseModel):
    """Strike a registration, by decision."""

    maDonVi: Text
    maHoSoLT: Text
    khoaDangKy: Text
    nkt: Person
    soQuyetDinh: Text
    ngayQuyetDinh: CompactDay


def grant(store: Store, facts: str) -> Result:
    return next_line(store, "deaths", Push.model_validate_json(facts).maDonVi)


def strike(store: Store, facts: str) -> Result:
    """The decision is entered; should the person die one day, that is a new line."""
    annulment = Annulment.model_validate_json(facts)
    take_back(store, annulment.nkt.known_by)
    return {"decision_number": annulment.soQuyetDinh, "annulled_on": clock.today().isoformat()}


def struck_words(result: Result) -> Result:
    """A struck line in MoJ's words."""
    return {"soQuyetDinh": result["decision_number"], "ngayHuy": str(result["annulled_on"]).replace("-", "")}


def offer(app: FastAPI, desk: Desk, wire: Wire) -> None:
    """Let the agency register deaths, and annul what was wrongly reported."""
    desk.offer(
        Effect("register_death", grant, REGISTRATION_REFUSALS),
        Effect("annul_death", strike, ANNULMENT_REFUSALS),
    )

    @app.post("/deaths")
    async def register(push: Push, key: Key) -> JSONResponse:
        """Enter a death; safe to repeat."""
        who = declared(Inner, push).hoTich.nkt.identity(desk.store)
        facts = push.model_dump_json(exclude={"fileDinhKem"})
        return wire(await desk.perform(Ask("register_death", key, push.maHoSoLT, facts, who)))

    @app.post("/deaths/annulments")
    async def annul(annulment: Annulment, key: Key) -> JSONResponse:
        """Strike a registration; safe to repeat."""
        facts = annulment.model_dump_json()
        return wire(await desk.perform(Ask("annul_death", key, annulment.maHoSoLT, facts, annulment.khoaDangKy)))
