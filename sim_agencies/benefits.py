# ruff: noqa: N815 - the partners' own names
"""Benefits after a death, as every paying agency decides, pays and takes them back; the words of answers are its own.

`POST /benefits` asks for a decision, on form `mauDon`:

    {"maHoSo": dossier, "mauDon", "maXa": where it goes, "troCap": {"loai": "MAI_TANG" | "MOT_LAN" | "TUAT",
         "cheDo": "BHXH" | "NCC" | "BTXH" | "KHAN_CAP" | "HUU_TRI_XH" | "CCB" | "LLVT", "soDinhDanhNguoiChet",
         "soDinhDanhNguoiHuong": null but for TUAT, "ky": "" or what a later payment is for},
     "soTien": đồng, null where the payer works it out, "canCu": [articles],
     "nguoiChet": {"hoTen", "ngaySinh": "yyyyMMdd" | "yyyyMM" | "yyyy", "gioiTinh": 1 | 0, "ngayChet": "yyyyMMdd"},
     "nguoiCoCong": {"soQuyetDinh", "dienHuong": [{"loai", "troCap", "phuCap"}]} | null,
     "baoHiem": {"soBHXH", "tinhTrang", "soThangDong"} | null,
     "thanNhan": [{"hoTen", "soDinhDanh", "ngaySinh", "quanHe", "maXa", "motLan": lump sum}],
     "nguoiNhan": {"loai": "CA_NHAN" | "TO_CHUC", "ten", "soDinhDanh", "quanHe", "nguoiDaiDien", "maSoThue"},
     "maiTang": {"ngay", "noi", "chiPhi"}, "trichLucKhaiTu": {"sha256", "noiDung"}}

`POST /payments` orders the payment, `POST /recoveries` takes the benefit back after a wrongly reported death:

    {"maHoSo", "maXa", "troCap", "soQuyetDinh", "soTien", "nguoiNhan",
     "chiTra": {"hinhThuc": "CHUYEN_KHOAN" | "BUU_DIEN" | "TIEN_MAT", "nganHang", "soTaiKhoan", "chuTaiKhoan",
                "diaChi": {"maTinh", "maXa", "chiTiet"}, "noiNhan"}}
    {"maHoSo", "maXa", "troCap", "maYeuCauGoc": the key of the decision, "soQuyetDinh", "ngayQuyetDinh": "yyyyMMdd"}

What is granted: `{soQuyetDinh, ngayQuyetDinh, soTien}`, `{soChungTu, ngayChiTra, soTien}` and
`{soBienNhan, ngayThuHoi, soTien}`. The same benefit under another key is already decided, or paid, until it is taken
back. An account that begins with 9999, and an address or place with "không nhận" in it, lets the money bounce.

`POST /reminders` `{"maHoSo", "maGiaoDich", "buoc", "hanXuLy"}` answers `{"daNhan": true}`;
`GET /control/reminders?dossier=` lists them.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from sim_agencies import clock
from sim_agencies.desk import Desk, Effect, Grant, Key, Wire
from sim_agencies.fields import CompactDay, PartialDay, PersonalId, Text
from sim_agencies.holder import SignedFile
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store
from sim_agencies.taken_back import take_back, turn

PAID, REMINDER = "benefit-paid", "reminder"
KINDS = {"MAI_TANG": "funeral", "MOT_LAN": "one_off", "TUAT": "survivor"}
RETURNED_ACCOUNT, RETURNED_PLACE = "9999", "không nhận"
MONTHLY, LUMP_SUM = 1_265_000, 7_590_000
"""What a survivor gets where nobody says how much: a rule of this stand-in's own."""
NOT_ENTITLED = (
    Refusal(
        "not_entitled",
        "Người chết không thuộc đối tượng hưởng chế độ đã đề nghị",
        "Nghị định 131/2021/NĐ-CP, Điều 122",
    ),
    Refusal(
        "file_mismatch",
        "Thông tin trên trích lục khai tử không khớp với hồ sơ đang quản lý",
        "Nghị định 63/2024/NĐ-CP",
    ),
)
BOUNCED = Refusal(
    "payment-bounced",
    "Khoản chi trả bị trả lại: không chuyển được đến nơi nhận đã khai",
    "Nghị định 52/2024/NĐ-CP",
)
NOT_TAKEN_BACK = (
    Refusal(
        "decision_not_valid",
        "Chưa có quyết định có hiệu lực hủy bỏ đăng ký khai tử",
        "Luật Hộ tịch 60/2014/QH13",
    ),
)


class Benefit(BaseModel):
    """What is paid once."""

    loai: Literal["MAI_TANG", "MOT_LAN", "TUAT"]
    cheDo: Literal["BHXH", "NCC", "BTXH", "KHAN_CAP", "HUU_TRI_XH", "CCB", "LLVT"]
    soDinhDanhNguoiChet: PersonalId
    soDinhDanhNguoiHuong: PersonalId | None = None
    ky: str = ""

    @property
    def kind(self) -> str:
        return KINDS[self.loai]

    @property
    def fact(self) -> str:
        return "|".join((self.soDinhDanhNguoiChet, self.kind, self.soDinhDanhNguoiHuong or "", self.ky))


class Deceased(BaseModel):
    """Who died."""

    hoTen: Text
    ngaySinh: PartialDay
    gioiTinh: Literal[0, 1]
    ngayChet: CompactDay


class Survivor(BaseModel):
    """Who is left behind; other fields are kept as they come."""

    soDinhDanh: PersonalId
    motLan: bool = False


class Recipient(BaseModel):
    """Who is paid."""

    loai: Literal["CA_NHAN", "TO_CHUC"]
    ten: Text
    soDinhDanh: PersonalId


class Claim(BaseModel):
    """A request to decide."""

    maHoSo: Text
    mauDon: Text
    maXa: Text
    troCap: Benefit
    soTien: Annotated[int, Field(ge=0)] | None
    canCu: list[str]
    nguoiChet: Deceased
    thanNhan: list[Survivor] = []
    nguoiNhan: Recipient
    trichLucKhaiTu: SignedFile

    @property
    def amount(self) -> int:
        if self.soTien is not None:
            return self.soTien
        return sum(LUMP_SUM if each.motLan else MONTHLY for each in self.thanNhan)


class Place(BaseModel):
    """Where the postman goes."""

    maXa: Text
    chiTiet: Text


class Way(BaseModel):
    """Where the money goes."""

    hinhThuc: Literal["CHUYEN_KHOAN", "BUU_DIEN", "TIEN_MAT"]
    soTaiKhoan: str | None = None
    diaChi: Place | None = None
    noiNhan: str | None = None

    @property
    def bounces(self) -> bool:
        places = (self.diaChi.chiTiet if self.diaChi else "", self.noiNhan or "")
        returned = any(RETURNED_PLACE in place.casefold() for place in places)
        return returned or (self.soTaiKhoan or "").startswith(RETURNED_ACCOUNT)


class Order(BaseModel):
    """An order to pay."""

    maHoSo: Text
    maXa: Text
    troCap: Benefit
    soQuyetDinh: Text
    soTien: Annotated[int, Field(ge=0)]
    nguoiNhan: Recipient
    chiTra: Way


class Recovery(BaseModel):
    """An order to take a benefit back."""

    maHoSo: Text
    maXa: Text
    troCap: Benefit
    maYeuCauGoc: Text
    soQuyetDinh: Text
    ngayQuyetDinh: CompactDay


class Reminder(BaseModel):
    """Somebody waits."""

    maHoSo: Text
    maGiaoDich: Text
    buoc: Text
    hanXuLy: Text


def decider(letters: str) -> Grant:
    """Decisions numbered the agency's own way."""

    def decide(store: Store, facts: str) -> Result:
        number, told = store.next_number("decisions"), json.loads(facts)
        return {
            "decision_number": f"{number}/QĐ-{letters}",
            "decided_on": clock.today().isoformat(),
            "amount": told["amount"],
        }

    return decide


def pay(store: Store, facts: str) -> Result:
    """The money has arrived."""
    told = json.loads(facts)
    store.put(PAID, told["fact"], str(told["amount"]))
    reference = f"CT-{clock.today().year}-{store.next_number('payments'):07}"
    return {"payment_reference": reference, "paid_on": clock.today().isoformat(), "amount": told["amount"]}


def recover(store: Store, facts: str) -> Result:
    """What was paid is to be paid back; the benefit can be claimed anew when its time has really come."""
    fact = json.loads(facts)["fact"]
    amount = int(store.get(PAID, turn(store, fact)) or 0)
    take_back(store, fact)
    receipt = f"TH-{store.next_number('recoveries'):07}"
    return {"receipt_number": receipt, "recovered_on": clock.today().isoformat(), "amount": amount}


NAMES = {
    "decide": ("soQuyetDinh", "decision_number", "ngayQuyetDinh", "decided_on"),
    "pay": ("soChungTu", "payment_reference", "ngayChiTra", "paid_on"),
    "recover": ("soBienNhan", "receipt_number", "ngayThuHoi", "recovered_on"),
}


def granted(effect: str, result: Result) -> dict[str, str | int]:
    """A result in the partners' names; days as `dd/MM/yyyy`."""
    number, our_number, day, our_day = NAMES[effect.partition("_")[0]]
    on = date.fromisoformat(str(result[our_day]))
    return {number: result[our_number], day: f"{on:%d/%m/%Y}", "soTien": result["amount"]}


def offer(app: FastAPI, desk: Desk, wire: Wire, letters: str, late: Callable[[Benefit], bool]) -> None:
    """Let an agency decide, pay and take back; `late`: which benefits it decides later in normal operation."""
    for kind in KINDS.values():
        desk.offer(
            Effect(f"decide_{kind}", decider(letters), NOT_ENTITLED),
            Effect(f"pay_{kind}", pay, (BOUNCED,)),
            Effect(f"recover_{kind}", recover, NOT_TAKEN_BACK),
        )

    def ask(effect: str, key: str, told: Claim | Order | Recovery, identity: str, **kept: str | float) -> Ask:
        return Ask(f"{effect}_{told.troCap.kind}", key, told.maHoSo, json.dumps(kept), identity)

    @app.post("/benefits")
    async def decision(claim: Claim, key: Key) -> JSONResponse:
        """Ask for a decision; safe to repeat."""
        fact = turn(desk.store, claim.troCap.fact)
        asked = ask("decide", key, claim, fact, amount=claim.amount, asked_at=time.time())
        return wire(await desk.perform(replace(asked, late=late(claim.troCap))))

    @app.post("/payments")
    async def payment(order: Order, key: Key) -> JSONResponse:
        """Order a payment; safe to repeat."""
        fact = turn(desk.store, order.troCap.fact)
        asked = ask("pay", key, order, fact, amount=order.soTien, fact=fact)
        refusal = BOUNCED if order.chiTra.bounces else None
        return wire(await desk.perform(replace(asked, late=True, refusal=refusal)))

    @app.post("/recoveries")
    async def recovery(asked: Recovery, key: Key) -> JSONResponse:
        """Take a benefit back; safe to repeat."""
        return wire(await desk.perform(ask("recover", key, asked, asked.maYeuCauGoc, fact=asked.troCap.fact)))

    _offer_reminders(app, desk)


def _offer_reminders(app: FastAPI, desk: Desk) -> None:
    @app.post("/reminders")
    async def remind(reminder: Reminder, key: Key) -> JSONResponse:
        """Note that somebody waits; no effect, and noted once a key."""
        async with desk.exchange("reminders"):
            desk.store.put(REMINDER, f"{reminder.maHoSo}|{key}", reminder.model_dump_json())
        return JSONResponse({"daNhan": True})

    @app.get("/control/reminders")
    async def reminders(dossier: str) -> list[dict[str, object]]:
        """Who was reminded of what for a dossier."""
        return [json.loads(each) for each in desk.store.beginning_with(REMINDER, f"{dossier}|")]
