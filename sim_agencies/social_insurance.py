# ruff: noqa: N815 - the partner's own names
"""Viet Nam Social Security (BHXH Việt Nam): cards of children, of the dead, and benefits after a death.

It answers at once, but tells of payments later. Requests to lock cards stand in `sim_agencies/card_locks.py`, those for
benefits in `sim_agencies/benefits.py`.

`POST /cards` takes declaration TK1-TS, as data:

    {"maHoSo": dossier,
     "nguoiThamGia": {"hoTen", "ngaySinh": "dd/MM/yyyy", "gioiTinh": 1 | 0, "soDinhDanh": null or 12 digits},
     "giayKhaiSinh": {"soDangKy", "quyenSo", "trangSo", "ngayDangKy": "yyyyMMdd", "tepKySo": {"sha256", "noiDung"}},
     "nguoiGiamHo": {"hoTen", "soDinhDanh"},
     "maCSKCB": 5 digits, of which the first two name the province}

(`gioiTinh` 1 is male, 0 female) and grants `{soBHXH, maThe, tuNgay, denNgay: dd/MM/yyyy}`, to one child as often as it
is asked under new keys. Every answer is `{maKetQua, noiDung, maGiaoDich, duLieu}`, `maGiaoDich` its reference:

    granted    200 "00" + duLieu, what was granted       refused    200 "02" + duLieu {maLyDo, lyDo, canCu}
    pending    202 "01"                                  suspected  200 "03"
"""

import json
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field

from sim_agencies import benefits, card_locks, clock, holder
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import PersonalId, Text
from sim_agencies.holder import Certificate
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.randomness import digits
from sim_agencies.store import Store

SCHOOL_YEAR_ENDS = (9, 30)
CARD, ISSUE = "card", "issue_card"
REFUSALS = (
    Refusal(
        "facility_not_eligible",
        "Cơ sở khám bệnh, chữa bệnh không nhận đăng ký ban đầu",
        "Luật Bảo hiểm y tế 25/2008/QH12, Điều 26",
    ),
)


def _slashed(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=clock.VIET_NAM).date()


def _real(text: str) -> str:
    _slashed(text)
    return text


class Child(BaseModel):
    """Who is insured."""

    hoTen: Text
    ngaySinh: Annotated[str, AfterValidator(_real)]
    gioiTinh: Literal[0, 1]
    soDinhDanh: PersonalId | None = None


class Guardian(BaseModel):
    """Who holds the card for the child."""

    hoTen: Text
    soDinhDanh: str | None = None


class CardRequest(BaseModel):
    """Declaration TK1-TS."""

    maHoSo: Text
    nguoiThamGia: Child
    giayKhaiSinh: Certificate
    nguoiGiamHo: Guardian | None = None
    maCSKCB: Annotated[str, Field(pattern=r"^\d{5}$")]


def valid_to(born: date) -> date:
    """Decree 146/2018, Article 13: to 30 September of the year of reaching 72 months, or, born later, that month's end.

    The text leaves out a birth on 30 September itself; it is taken here as before.
    """
    year = born.year + 6
    if (born.month, born.day) <= SCHOOL_YEAR_ENDS:
        return date(year, *SCHOOL_YEAR_ENDS)
    return date(year, born.month, monthrange(year, born.month)[1])


def grant(store: Store, facts: str) -> Result:
    """A new insurance number, and the card for children under six made from it."""
    told = json.loads(facts)
    if held := told["giayKhaiSinh"].pop("tepKySo"):
        holder.keep(store, told["maHoSo"], 1, held["sha256"])
    asked = CardRequest.model_validate(told)
    while store.get(CARD, number := digits(10)):
        pass
    store.put(CARD, number, json.dumps(told, ensure_ascii=False))
    if asked.nguoiThamGia.soDinhDanh:
        card_locks.keep(store, asked.nguoiThamGia.soDinhDanh, number)
    born = _slashed(asked.nguoiThamGia.ngaySinh)
    return {
        "insurance_number": number,
        "card_code": f"TE1{asked.maCSKCB[:2]}{number}",
        "valid_from": born.isoformat(),
        "valid_to": valid_to(born).isoformat(),
    }


def wire(answer: Answer) -> JSONResponse:
    """The answer in Social Security's words."""
    match answer:
        case Granted(effect=effect, reference=reference, result=result):
            return _reply("00", "Thành công", reference, _granted(effect, result))
        case Pending(reference=reference):
            return _reply("01", "Đã tiếp nhận, đang xử lý", reference, None, 202)
        case Refused(reference=reference, refusal=no):
            reasons = {"maLyDo": no.reason, "lyDo": no.text, "canCu": no.legal_basis}
            return _reply("02", "Từ chối", reference, reasons)
    return _reply("03", "Nghi ngờ trùng người tham gia", None, None)


def _granted(effect: str, result: Result) -> Mapping[str, object]:
    if effect in card_locks.DAYS:
        return card_locks.granted(effect, result)
    if effect != ISSUE:
        return benefits.granted(effect, result)
    days = (date.fromisoformat(str(result[name])) for name in ("valid_from", "valid_to"))
    begins, ends = (f"{day:%d/%m/%Y}" for day in days)
    return {"soBHXH": result["insurance_number"], "maThe": result["card_code"], "tuNgay": begins, "denNgay": ends}


def _reply(
    code: str, text: str, reference: str | None, content: Mapping[str, object] | None, status: int = 200
) -> JSONResponse:
    return JSONResponse({"maKetQua": code, "noiDung": text, "maGiaoDich": reference, "duLieu": content}, status)


def create_app(desk: Desk) -> FastAPI:
    """The social-insurance stand-in."""
    app = desk.app("Bảo hiểm xã hội Việt Nam", wire)
    desk.offer(Effect(ISSUE, grant, REFUSALS))
    card_locks.offer(app, desk, wire)
    benefits.offer(app, desk, wire, "BHXH", late=lambda _: False)
    holder.offer(app, desk)

    @app.post("/cards")
    async def issue(asked: CardRequest, key: Key) -> JSONResponse:
        """Ask for a child's card; safe to repeat."""
        facts = asked.model_dump_json(exclude=holder.PAPER)
        return wire(await desk.perform(Ask(ISSUE, key, asked.maHoSo, facts)))

    return app
