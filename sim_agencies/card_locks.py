# ruff: noqa: N815 - the partner's own names
"""Health cards of the dead: Social Security locks them, and opens them again after a wrongly reported death.

`POST /card-locks` takes

    {"maHoSo": dossier, "trichLucKhaiTu": {"soDangKy", "quyenSo", "trangSo", "ngayDangKy": "yyyyMMdd",
         "tepKySo": {"sha256", "noiDung"}},
     "nguoiChet": {"hoTen", "ngaySinh": "yyyyMMdd" | "yyyyMM" | "yyyy", "gioiTinh": 1 | 0, "soDinhDanh",
                   "ngayChet": "yyyyMMdd"}}

and grants `{soBHXH, ngayKhoa: dd/MM/yyyy}`, `soBHXH` null for who has no card; `POST /card-locks/reversals`

    {"maHoSo": dossier, "maYeuCauGoc": the key of the lock, "nguoiDuocKhoiPhuc": {as nguoiChet, no ngayChet},
     "soQuyetDinh", "ngayQuyetDinh": "yyyyMMdd"}

grants `{soBHXH, ngayMoKhoa}`. `PUT /control/holders/{soDinhDanh}` `{"soBHXH"}` registers the holder of a card; `GET`
shows it, `{soBHXH, daKhoa}`.
"""

import json
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from sim_agencies import clock, holder, trouble
from sim_agencies.desk import Desk, Effect, Key, Wire
from sim_agencies.fields import CompactDay, PartialDay, PersonalId, Text
from sim_agencies.holder import Certificate
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store
from sim_agencies.taken_back import take_back, turn

HOLDER = "card-holder"
LOCK_REFUSALS = (
    Refusal(
        "person_mismatch",
        "Thông tin trên trích lục khai tử không khớp với dữ liệu người tham gia",
        "Luật Bảo hiểm y tế 25/2008/QH12, Điều 20",
    ),
)
UNLOCK_REFUSALS = (
    Refusal(
        "decision_not_valid",
        "Chưa có quyết định có hiệu lực hủy bỏ đăng ký khai tử",
        "Luật Hộ tịch 60/2014/QH13",
    ),
)
PAPER: Any = {"trichLucKhaiTu": {"tepKySo": {"noiDung"}}}
DAYS = {"lock_card": ("ngayKhoa", "locked_on"), "unlock_card": ("ngayMoKhoa", "unlocked_on")}

IdInPath = Annotated[str, Path(pattern=r"^\d{12}$")]


class Person(BaseModel):
    """Whose card it is."""

    hoTen: Text
    ngaySinh: PartialDay
    gioiTinh: Literal[0, 1]
    soDinhDanh: PersonalId | None = None

    @property
    def known_by(self) -> str:
        return self.soDinhDanh or f"{self.hoTen.casefold()}|{self.gioiTinh}|{self.ngaySinh}"


class Dead(Person):
    """Who died."""

    ngayChet: CompactDay


class Lock(BaseModel):
    """Lock a dead person's card."""

    maHoSo: Text
    trichLucKhaiTu: Certificate
    nguoiChet: Dead


class Reversal(BaseModel):
    """Open the card of somebody who lives."""

    maHoSo: Text
    maYeuCauGoc: Text
    nguoiDuocKhoiPhuc: Person
    soQuyetDinh: Text
    ngayQuyetDinh: CompactDay


class Holder(BaseModel):
    """Who has a card."""

    model_config = ConfigDict(extra="forbid")

    soBHXH: Annotated[str, Field(pattern=r"^\d{10}$")]
    daKhoa: bool = False


def keep(store: Store, personal_id: str, number: str) -> None:
    """Whose card this is."""
    store.put(HOLDER, personal_id, Holder(soBHXH=number).model_dump_json())


def lock(store: Store, facts: str) -> Result:
    """Lock the card, if there is one: nothing can be used after the death either way."""
    told = json.loads(facts)
    if held := told["trichLucKhaiTu"]["tepKySo"]:
        holder.keep(store, told["maHoSo"], 1, held["sha256"])
    number = _turned(store, Dead.model_validate(told["nguoiChet"]), locked=True)
    return {**number, "locked_on": clock.today().isoformat()}


def unlock(store: Store, facts: str) -> Result:
    """Open the card again."""
    person = Reversal.model_validate_json(facts).nguoiDuocKhoiPhuc
    take_back(store, person.known_by)
    return {**_turned(store, person, locked=False), "unlocked_on": clock.today().isoformat()}


def _turned(store: Store, person: Person, *, locked: bool) -> dict[str, str]:
    """The number of the card that was turned; none where there is no card."""
    found = store.get(HOLDER, person.soDinhDanh) if person.soDinhDanh else None
    if found is None:
        return {}
    card = Holder.model_validate_json(found).model_copy(update={"daKhoa": locked})
    store.put(HOLDER, str(person.soDinhDanh), card.model_dump_json())
    return {"insurance_number": card.soBHXH}


def granted(effect: str, result: Result) -> dict[str, str | int | None]:
    """A result in Social Security's names."""
    theirs, ours = DAYS[effect]
    day = date.fromisoformat(str(result[ours]))
    return {"soBHXH": result.get("insurance_number"), theirs: f"{day:%d/%m/%Y}"}


def offer(app: FastAPI, desk: Desk, wire: Wire) -> None:
    """Let Social Security lock cards and open them again."""
    desk.offer(Effect("lock_card", lock, LOCK_REFUSALS), Effect("unlock_card", unlock, UNLOCK_REFUSALS))

    @app.post("/card-locks")
    async def locking(asked: Lock, key: Key) -> JSONResponse:
        """Lock a dead person's card; safe to repeat."""
        who, facts = turn(desk.store, asked.nguoiChet.known_by), asked.model_dump_json(exclude=PAPER)
        return wire(await desk.perform(Ask("lock_card", key, asked.maHoSo, facts, who)))

    @app.post("/card-locks/reversals")
    async def unlocking(asked: Reversal, key: Key) -> JSONResponse:
        """Open it again; safe to repeat."""
        facts = asked.model_dump_json()
        return wire(await desk.perform(Ask("unlock_card", key, asked.maHoSo, facts, asked.maYeuCauGoc)))

    @app.put("/control/holders/{personal_id}")
    async def put_holder(personal_id: IdInPath, card: Holder) -> Holder:
        """Register a sample card, or the same one again."""
        desk.store.put(HOLDER, personal_id, card.model_dump_json())
        return card

    @app.get("/control/holders/{personal_id}")
    async def shown(personal_id: IdInPath) -> Holder:
        """Whether the card can be used."""
        found = desk.store.get(HOLDER, personal_id)
        if found is None:
            raise trouble.NotThere("không tồn tại")
        return Holder.model_validate_json(found)
