# ruff: noqa: N815 - the partner's own names
"""Health facilities: who was born and who died, as the facility notified it. Look-ups only, no effects.

`POST /birth-notices/searches` `{"maGCS", "soDinhDanhMe"}` answers the notice as registered, or 404 when there is none
for this code and this mother (`{"errorCode": "KHONG_TON_TAI", …}`); nobody is named in an address.
`PUT /control/birth-notices/{maGCS}` registers one:

    {"soDinhDanhMe", "hoTenMe": null, "ngaySinh": "yyyyMMdd", "gioSinh": "HHmm", "gioiTinh": 1 nam | 2 nữ | 3 chưa rõ,
     "canNang": grams, "soCon": children born together, "thuTuSinh": this one's place among them,
     "maCSKCB": 5 digits, "tenCSKCB": null, "tenDuKien": null, "ngayCap": "yyyyMMdd"}

`maCSKCB` and `ngayCap` may be left out: the facility stands in the code, and the day is then that of birth.

`POST /death-notices/searches` `{"maGBT", "soDinhDanh": null or 12 digits}` answers likewise: who asks for a person is
not shown the notice of another. `PUT /control/death-notices` registers one, its number being free text:

    {"maGBT": "12/2026/GBT", "soDinhDanh": null, "hoTen": null, "gioiTinh": null | 1 | 2 | 3, "ngayChet": "yyyyMMdd",
     "gioChet": null or "HHmm", "nguyenNhan": null, "maCSKCB": null, "tenCSKCB": null, "ngayCap": "yyyyMMdd"}

`ngayCap` may be left out here too: the day is then that of death.
"""

from typing import Annotated, Literal

from fastapi import FastAPI, Path
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from sim_agencies import trouble
from sim_agencies.desk import Desk
from sim_agencies.fields import CompactDay, PersonalId, Text

BIRTH, DEATH = "birth-notice", "death-notice"

Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3])[0-5]\d$")]
Facility = Annotated[str, Field(pattern=r"^\d{5}$")]
NoticeCode = Annotated[str, Path(pattern=r"^\d{5}\.GCS\.\d{5}\.\d{2}$")]


class BirthNotice(BaseModel):
    """Giấy chứng sinh, as data."""

    model_config = ConfigDict(extra="forbid")

    soDinhDanhMe: PersonalId
    hoTenMe: str | None = None
    ngaySinh: CompactDay
    gioSinh: Time = "0000"
    gioiTinh: Literal[1, 2, 3]
    canNang: Annotated[int, Field(gt=0, lt=10_000)]
    soCon: Annotated[int, Field(ge=1, le=9)] = 1
    thuTuSinh: Annotated[int, Field(ge=1, le=9)] = 1
    maCSKCB: Facility | None = None
    tenCSKCB: str | None = None
    tenDuKien: str | None = None
    ngayCap: CompactDay | None = None


class DeathNotice(BaseModel):
    """Giấy báo tử, as data."""

    model_config = ConfigDict(extra="forbid")

    maGBT: Text
    soDinhDanh: PersonalId | None = None
    hoTen: str | None = None
    gioiTinh: Literal[1, 2, 3] | None = None
    ngayChet: CompactDay
    gioChet: Time | None = None
    nguyenNhan: str | None = None
    maCSKCB: Facility | None = None
    tenCSKCB: str | None = None
    ngayCap: CompactDay | None = None


class DeathSearch(BaseModel):
    """Which notice, and of whom, where that is known."""

    maGBT: Text
    soDinhDanh: str | None = None


class Search(BaseModel):
    """Which notice, of which mother."""

    maGCS: str
    soDinhDanhMe: str | None = None


def create_app(desk: Desk) -> FastAPI:
    """The health facilities' stand-in."""
    app = desk.app("Cơ sở khám bệnh, chữa bệnh")
    _offer_births(app, desk)
    _offer_deaths(app, desk)
    return app


def _offer_births(app: FastAPI, desk: Desk) -> None:

    @app.post("/birth-notices/searches")
    async def birth_notice(asked: Search) -> JSONResponse:
        """Look a birth notice up; who does not know the mother sees none."""
        async with desk.exchange("birth-notices"):
            found = desk.store.get(BIRTH, asked.maGCS)
            notice = BirthNotice.model_validate_json(found) if found else None
            if notice is None or notice.soDinhDanhMe != asked.soDinhDanhMe:
                raise trouble.NotThere("không tồn tại")
        return JSONResponse({"maGCS": asked.maGCS, **notice.model_dump()})

    @app.put("/control/birth-notices/{code}")
    async def put_birth_notice(code: NoticeCode, notice: BirthNotice) -> dict[str, object]:
        """Register a sample notice, or the same one again."""
        facility, issued = notice.maCSKCB or code.split(".")[2], notice.ngayCap or notice.ngaySinh
        complete = notice.model_copy(update={"maCSKCB": facility, "ngayCap": issued})
        desk.store.put(BIRTH, code, complete.model_dump_json())
        return {"maGCS": code, **complete.model_dump()}


def _offer_deaths(app: FastAPI, desk: Desk) -> None:
    @app.post("/death-notices/searches")
    async def death_notice(asked: DeathSearch) -> JSONResponse:
        """Look a death notice up; numbers are free text, and two facilities may have given the same."""
        async with desk.exchange("death-notices"):
            bodies = desk.store.beginning_with(DEATH, f"{asked.maGBT}|")
            notices = [DeathNotice.model_validate_json(body) for body in bodies]
            if asked.soDinhDanh:
                notices = [notice for notice in notices if notice.soDinhDanh in {None, asked.soDinhDanh}]
            if not notices:
                raise trouble.NotThere("không tồn tại")
        return JSONResponse(notices[-1].model_dump())

    @app.put("/control/death-notices")
    async def put_death_notice(notice: DeathNotice) -> DeathNotice:
        """Register a sample notice, or the same one again."""
        complete = notice.model_copy(update={"ngayCap": notice.ngayCap or notice.ngayChet})
        desk.store.put(DEATH, f"{notice.maGBT}|{notice.soDinhDanh or ''}", complete.model_dump_json())
        return complete
