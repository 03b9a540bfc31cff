# ruff: noqa: N815 - the partner's own names
"""National population database (CSDLQG về dân cư): issues personal IDs; normally later, by callback.

`POST /personal-ids` takes

    {"maHoSo": dossier, "maTinh": "01", "ngaySinh": "yyyyMMdd", "gioiTinh": "NAM" | "NU",
     "hoTen": …, "soDinhDanhMe": …, "thuTuSinh": 1, "soDangKy": …}

of which the second line is optional; with name and mother the same child under another key is already done.
It answers `{trangThai, maYeuCau, …}`, `maYeuCau` being its reference:

    granted    200 DA_CAP + soDinhDanh              already done  200 DA_CO + soDinhDanh
    pending    202 DANG_XU_LY                       refused       200 TU_CHOI + maLyDo, lyDo, canCu
    suspected  200 NGHI_TRUNG + thongBao, maYeuCau null

`POST /persons/searches` `{"soDinhDanh"}` and `GET /persons/{soDinhDanh}` look a person up: 404 for nobody. `PUT
/control/persons/{soDinhDanh}` registers a sample one; `ngayChet` is for those with `tinhTrang` DA_CHET alone.
"""

from typing import Annotated, Literal, Self

from fastapi import FastAPI, Path
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim_agencies import clock, trouble
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import CompactDay, PartialDay, PersonalId, Text
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.randomness import digits
from sim_agencies.store import Store

PERSON = "person"
REFUSALS = (
    Refusal(
        "data_mismatch",
        "Thông tin khai sinh chưa thống nhất với thông tin của cha, mẹ trong Cơ sở dữ liệu quốc gia về dân cư",
        "Luật Căn cước 26/2023/QH15, Điều 12",
    ),
)

IdInPath = Annotated[str, Path(pattern=r"^\d{12}$")]


class Newborn(BaseModel):
    """Whose number is asked for."""

    maHoSo: Text
    maTinh: Annotated[str, Field(pattern=r"^\d{1,3}$")]
    ngaySinh: CompactDay
    gioiTinh: Literal["NAM", "NU"]
    hoTen: str | None = None
    soDinhDanhMe: str | None = None
    thuTuSinh: int = 1
    soDangKy: str | None = None

    @property
    def identity(self) -> str | None:
        if not (self.hoTen and self.soDinhDanhMe):
            return None
        return f"{self.soDinhDanhMe}|{self.ngaySinh}|{self.hoTen.casefold()}|{self.thuTuSinh}"


class Person(BaseModel):
    """A person as the database shows one."""

    model_config = ConfigDict(extra="forbid")

    hoTen: str
    ngaySinh: PartialDay
    gioiTinh: Literal["NAM", "NU"]
    danToc: str | None = None
    quocTich: str | None = None
    queQuan: str | None = None
    noiThuongTru: str | None = None
    noiOHienTai: str | None = None
    soDinhDanhChuHo: str | None = None
    quanHeVoiChuHo: str | None = None
    tinhTrang: Literal["SONG", "DA_CHET"] = "SONG"
    ngayChet: CompactDay | None = None

    @model_validator(mode="after")
    def _mortal(self) -> Self:
        if self.ngayChet and self.tinhTrang == "SONG":
            raise ValueError("who lives has no day of death")
        return self


class Search(BaseModel):
    """Who is asked for."""

    soDinhDanh: PersonalId


def _number(store: Store, newborn: Newborn) -> str:
    """Province of registration, century and sex, year, six free digits; never one given before."""
    born = clock.from_compact(newborn.ngaySinh)
    century_and_sex = (born.year // 100 - 19) * 2 + (newborn.gioiTinh == "NU")
    beginning = f"{int(newborn.maTinh):03}{century_and_sex}{born.year % 100:02}"
    while store.get(PERSON, number := beginning + digits(6)):
        pass
    return number


def grant(store: Store, facts: str) -> Result:
    """Give a number; from then on the person can be looked up."""
    newborn = Newborn.model_validate_json(facts)
    number = _number(store, newborn)
    person = Person(hoTen=newborn.hoTen or "", ngaySinh=newborn.ngaySinh, gioiTinh=newborn.gioiTinh)
    store.put(PERSON, number, person.model_dump_json())
    return {"personal_id": number}


def wire(answer: Answer) -> JSONResponse:
    """The answer in the population database's words."""
    match answer:
        case Granted(reference=reference, result=result, already=already):
            state = "DA_CO" if already else "DA_CAP"
            return JSONResponse({"trangThai": state, "maYeuCau": reference, "soDinhDanh": result["personal_id"]})
        case Pending(reference=reference):
            return JSONResponse({"trangThai": "DANG_XU_LY", "maYeuCau": reference}, 202)
        case Refused(reference=reference, refusal=no):
            reasons = {"maLyDo": no.reason, "lyDo": no.text, "canCu": no.legal_basis}
            return JSONResponse({"trangThai": "TU_CHOI", "maYeuCau": reference, **reasons})
    return JSONResponse({"trangThai": "NGHI_TRUNG", "maYeuCau": None, "thongBao": "Nghi ngờ trùng thông tin công dân"})


async def _shown(desk: Desk, personal_id: str) -> JSONResponse:
    async with desk.exchange("persons"):
        found = desk.store.get(PERSON, personal_id)
        if found is None:
            raise trouble.NotThere("không tồn tại")
    return JSONResponse({"soDinhDanh": personal_id, **Person.model_validate_json(found).model_dump()})


def create_app(desk: Desk) -> FastAPI:
    """The population stand-in."""
    app = desk.app("Cơ sở dữ liệu quốc gia về dân cư", wire)
    desk.offer(Effect("issue_id", grant, REFUSALS))

    @app.post("/personal-ids")
    async def issue(newborn: Newborn, key: Key) -> JSONResponse:
        """Ask for a newborn's number; safe to repeat."""
        return wire(
            await desk.perform(Ask("issue_id", key, newborn.maHoSo, newborn.model_dump_json(), newborn.identity))
        )

    @app.post("/persons/searches")
    async def search(asked: Search) -> JSONResponse:
        """Look a person up without naming anybody in an address."""
        return await _shown(desk, asked.soDinhDanh)

    @app.get("/persons/{personal_id}")
    async def person(personal_id: IdInPath) -> JSONResponse:
        """Look a person up."""
        return await _shown(desk, personal_id)

    @app.put("/control/persons/{personal_id}")
    async def put_person(personal_id: IdInPath, person: Person) -> Person:
        """Register a sample person, or the same one again."""
        desk.store.put(PERSON, personal_id, person.model_dump_json())
        return person

    return app
