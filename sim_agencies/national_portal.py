"""National public-service portal (Cổng DVCQG): shows families where their dossier stands.

`POST /statuses` takes its progress message `CapNhatTienDoHoSoMC` in batches:

    {"service": "CapNhatTienDoHoSoMC",
     "data": [{"Khoa": key, "MaHoSo": dossier, "SoThuTu": n, "TrangThai": 1…10, "ThoiDiemXuLy": "yyyyMMddHHmmss",
               "NguoiXuLy": null, "NoiDungXuLy": null}]}

and answers each item, in order:

    {"error_code": "0", "result": [{"Khoa", "MaHoSo", "error_code", "message", "MaBienNhan"}]}

An item's `error_code` is "0" when taken, "-1" with message "trạng thái không tồn tại" for a code beyond 1…10, else a
refusal's reason, with `CanCu`. It enforces no order; it shows the item with the highest `SoThuTu`:
`GET /control/dossiers/{dossier}`.
"""

from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from sim_agencies import trouble
from sim_agencies.desk import Decided, Desk, Effect, Granted, Refused
from sim_agencies.fields import CompactInstant, Text
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

DOSSIER = "dossier"
LAST_CODE = 10
REFUSALS = (
    Refusal(
        "dossier_unknown",
        "Mã hồ sơ không tồn tại trên Cổng Dịch vụ công quốc gia",
        "Nghị định 118/2025/NĐ-CP",
    ),
)


class Status(BaseModel):
    """One step of a dossier, by the portal's codes."""

    Khoa: Text
    MaHoSo: Text
    SoThuTu: int
    TrangThai: int
    ThoiDiemXuLy: CompactInstant
    NguoiXuLy: str | None = None
    NoiDungXuLy: str | None = None


class Progress(BaseModel):
    """The portal's batch."""

    service: Literal["CapNhatTienDoHoSoMC"]
    data: Annotated[list[Status], Field(min_length=1, max_length=500)]


def grant(store: Store, facts: str) -> Result:
    """Show it, unless a later one is shown already."""
    status = Status.model_validate_json(facts)
    shown = store.get(DOSSIER, status.MaHoSo)
    if shown is None or Status.model_validate_json(shown).SoThuTu <= status.SoThuTu:
        store.put(DOSSIER, status.MaHoSo, facts)
    return {"receipt": f"QG-{store.next_number('receipts'):08}", "status": status.TrangThai}


def _admit(ask: Ask) -> Ask | str:
    code = Status.model_validate_json(ask.facts).TrangThai
    return ask if 1 <= code <= LAST_CODE else "trạng thái không tồn tại"


def _item(answer: Decided | str) -> dict[str, object]:
    match answer:
        case Granted(result=result):
            return {"error_code": "0", "message": "SUCCESSFUL", "MaBienNhan": result["receipt"]}
        case Refused(refusal=no):
            return {"error_code": no.reason, "message": no.text, "CanCu": no.legal_basis, "MaBienNhan": None}
    return {"error_code": "-1", "message": answer, "MaBienNhan": None}


def create_app(desk: Desk) -> FastAPI:
    """The national portal's stand-in."""
    app = desk.app("Cổng Dịch vụ công quốc gia")
    desk.offer(Effect("status", grant, REFUSALS))

    @app.post("/statuses")
    async def statuses(batch: Progress) -> JSONResponse:
        """Take a batch of statuses; each item safe to repeat under its own key."""
        asks = [Ask("status", item.Khoa, item.MaHoSo, item.model_dump_json()) for item in batch.data]
        answers = await desk.perform_batch("status", asks, _admit)
        items = [
            {"Khoa": ask.key, "MaHoSo": ask.dossier, **_item(answer)} for ask, answer in zip(asks, answers, strict=True)
        ]
        return JSONResponse({"error_code": "0", "result": items})

    @app.get("/control/dossiers/{dossier}")
    async def stands(dossier: str) -> Status:
        """What the portal shows the family."""
        shown = desk.store.get(DOSSIER, dossier)
        if shown is None:
            raise trouble.NotThere("không tồn tại")
        return Status.model_validate_json(shown)

    return app
