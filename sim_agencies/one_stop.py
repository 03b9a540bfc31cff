# ruff: noqa: N815 - the partner's own names
"""Provincial one-stop (một cửa điện tử): takes signed results and statuses.

`POST /results` takes a signed result:

    {"maHoSo": dossier, "loaiGiayTo": "KQ.G15.000031", "tenGiayTo", "phienBan": 1, "tenTep", "sha256",
     "noiDung": base64 PDF}

and answers `{status, errorCode, errorDescription, maTiepNhan, soBienNhan}`, `maTiepNhan` being its reference:

    granted    200 status 1, errorCode "0" + soBienNhan      already done  status 1, errorCode "DA_TON_TAI" + soBienNhan
    pending    202 status 2, errorCode "0"                   refused       status 0, errorCode = reason, canCu
    suspected  200 status 0, errorCode "NGHI_TRUNG"

`POST /statuses` takes a batch, and answers each item, in order:

    {"danhSach": [{"khoa": key, "maHoSo": dossier, "soThuTu": n, "trangThai": 1…7,
                   "thoiGianThucHien": "yyyyMMddHHmmss", "noiDungXuLy": null, "ketQuaXuLy": null or JSON}]}
    {"status": 1, "ketQua": [{"khoa", "status", "errorCode", "errorDescription", "soBienNhan"}]}

Codes are the hub's: 1 received, 2 supplement, 3 accepted, 7 with the officer, 4 result there, 5 returned, 6 rejected.
The order 1→3→7→4→5 is enforced, 2 and 6 being exits: anything else is `status 0, errorCode "LOGIC"`, "logic xử lý
không hợp lệ"; the code where the dossier already stands is `status 1, errorCode "DA_TIEP_NHAN"` and no new effect.
`GET /control/dossiers/{dossier}` shows where it stands.
"""

from dataclasses import replace
from functools import partial
from typing import Annotated, Self

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator

from sim_agencies import trouble
from sim_agencies.desk import Answer, Decided, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import CompactInstant, Sha256, Text, check_hash
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

DOSSIER = "dossier"
NEXT = {None: {1}, 1: {2, 3, 6}, 2: {1, 3, 6}, 3: {2, 6, 7}, 7: {2, 4, 6}, 4: {5}, 5: set(), 6: set()}
REFUSALS = (
    Refusal(
        "not_our_dossier",
        "Hồ sơ không thuộc Bộ phận Một cửa này",
        "Nghị định 118/2025/NĐ-CP",
    ),
)


class SignedResult(BaseModel):
    """A signed result for the dossier's file at the one-stop."""

    maHoSo: Text
    loaiGiayTo: Text
    tenGiayTo: Text
    phienBan: Annotated[int, Field(ge=1)]
    tenTep: Text
    sha256: Sha256
    noiDung: Text

    @model_validator(mode="after")
    def _intact(self) -> Self:
        check_hash(self.noiDung, self.sha256)
        return self

    @property
    def identity(self) -> str:
        return f"{self.maHoSo}|{self.loaiGiayTo}|{self.phienBan}|{self.sha256}"


class Status(BaseModel):
    """One step of a dossier, by the hub's codes."""

    khoa: Text
    maHoSo: Text
    soThuTu: int
    trangThai: int
    thoiGianThucHien: CompactInstant
    noiDungXuLy: str | None = None
    ketQuaXuLy: str | None = None


class Standing(BaseModel):
    """Where a dossier stands, and by how many steps it came there."""

    steps: int
    status: Status


class Statuses(BaseModel):
    """A batch; items of one dossier in their order."""

    danhSach: Annotated[list[Status], Field(min_length=1, max_length=500)]


def _receipt(store: Store) -> Result:
    return {"receipt": f"MC-{store.next_number('receipts'):08}"}


def grant_result(store: Store, _: str) -> Result:
    return _receipt(store)


def standing(store: Store, dossier: str) -> Standing | None:
    found = store.get(DOSSIER, dossier)
    return Standing.model_validate_json(found) if found else None


def grant_status(store: Store, facts: str) -> Result:
    status = Status.model_validate_json(facts)
    before = standing(store, status.maHoSo)
    now = Standing(steps=before.steps + 1 if before else 1, status=status)
    store.put(DOSSIER, status.maHoSo, now.model_dump_json())
    return {**_receipt(store), "status": status.trangThai}


def admit(store: Store, ask: Ask) -> Ask | str:
    """The next step, or the one where the dossier already stands; all else is out of order."""
    before = standing(store, ask.dossier)
    steps, code = (before.steps, before.status.trangThai) if before else (0, None)
    wanted = Status.model_validate_json(ask.facts).trangThai
    if wanted == code:
        return replace(ask, identity=f"{ask.dossier}|{steps}")
    if wanted in NEXT[code]:
        return replace(ask, identity=f"{ask.dossier}|{steps + 1}")
    return "logic xử lý không hợp lệ"


def wire(answer: Answer) -> JSONResponse:
    """The answer to a hand-over in the one-stop's words."""
    match answer:
        case Granted(reference=reference, result=result, already=already):
            code, text = ("DA_TON_TAI", "Đã tồn tại trong một cửa điện tử") if already else ("0", "")
            return JSONResponse({**_reply(1, code, text, result["receipt"]), "maTiepNhan": reference})
        case Pending(reference=reference):
            return JSONResponse({**_reply(2, "0", "Đang xử lý"), "maTiepNhan": reference}, 202)
        case Refused(reference=reference, refusal=no):
            told = {"maTiepNhan": reference, "canCu": no.legal_basis}
            return JSONResponse({**_reply(0, no.reason, no.text), **told})
    return JSONResponse({**_reply(0, "NGHI_TRUNG", "Nghi ngờ trùng giấy tờ"), "maTiepNhan": None})


def _reply(status: int, code: str, text: str, receipt: str | int | None = None) -> dict[str, object]:
    return {"status": status, "errorCode": code, "errorDescription": text, "soBienNhan": receipt}


def _item(answer: Decided | str) -> dict[str, object]:
    match answer:
        case Granted(result=result, already=already):
            code, text = ("DA_TIEP_NHAN", "Đã được tiếp nhận") if already else ("0", "")
            return _reply(1, code, text, result["receipt"])
        case Refused(refusal=no):
            return {**_reply(0, no.reason, no.text), "canCu": no.legal_basis}
    return _reply(0, "LOGIC", answer)


def create_app(desk: Desk) -> FastAPI:
    """The one-stop stand-in."""
    app = desk.app("Một cửa điện tử", wire)
    desk.offer(Effect("hand_over", grant_result, REFUSALS), Effect("status", grant_status, REFUSALS))

    @app.post("/results")
    async def hand_over(result: SignedResult, key: Key) -> JSONResponse:
        """Take a signed result; safe to repeat."""
        facts = result.model_dump_json(exclude={"noiDung"})
        return wire(await desk.perform(Ask("hand_over", key, result.maHoSo, facts, result.identity)))

    @app.post("/statuses")
    async def statuses(batch: Statuses) -> JSONResponse:
        """Take a batch of statuses; each item safe to repeat under its own key."""
        asks = [Ask("status", item.khoa, item.maHoSo, item.model_dump_json()) for item in batch.danhSach]
        answers = await desk.perform_batch("status", asks, partial(admit, desk.store))
        items = [{"khoa": ask.key, **_item(answer)} for ask, answer in zip(asks, answers, strict=True)]
        return JSONResponse({"status": 1, "ketQua": items})

    @app.get("/control/dossiers/{dossier}")
    async def stands(dossier: str) -> Status:
        """Where a dossier stands, as the one-stop's screen shows it."""
        found = standing(desk.store, dossier)
        if found is None:
            raise trouble.NotThere("không tồn tại")
        return found.status

    return app
