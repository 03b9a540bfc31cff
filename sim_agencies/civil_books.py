# ruff: noqa: N815 - the partner's own names
"""What births and deaths share at the civil-status stand-in: the envelope `NhanDKHT` and the books."""

import unicodedata
from datetime import date, datetime
from typing import Annotated, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ValidationError

from sim_agencies import clock
from sim_agencies.fields import Text
from sim_agencies.ledger import Result
from sim_agencies.store import Store

PAGES_A_BOOK = 200
M = TypeVar("M", bound=BaseModel)


def _dotted(value: object) -> object:
    return (
        datetime.strptime(value, "%d.%m.%Y").replace(tzinfo=clock.VIET_NAM).date() if isinstance(value, str) else value
    )


DottedDay = Annotated[date, BeforeValidator(_dotted)]


class Envelope(BaseModel):
    """A push; what is declared stands in `data`, a JSON string of its own."""

    maDonVi: Text
    maHoSoLT: Text
    maHoSoMCDT: str | None = None
    ngayTiepNhan: Text
    data: str
    fileDinhKem: list[object] = []


class Party(BaseModel):
    """`me`, `cha`, `nyc`: a grown-up of a declaration."""

    HoTen: Text
    SoGiayToTuyThan: str | None = None


def declared(form: type[M], envelope: Envelope) -> M:
    """What the string in `data` holds; its faults are told as those of any field."""
    try:
        return form.model_validate_json(envelope.data)
    except ValidationError as invalid:
        raise RequestValidationError(
            [{**problem, "loc": ("data", *problem["loc"])} for problem in invalid.errors()]
        ) from invalid


def folded(name: str) -> str:
    """A name as registers compare it."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def next_line(store: Store, register: str, office: str) -> Result:
    """The next line in the office's register of this year."""
    day = clock.today()
    number = store.next_number(f"{register}/{office}/{day.year}")
    book, page = divmod(number - 1, PAGES_A_BOOK)
    return {
        "register_number": f"{number}/{day.year}",
        "book": f"{book + 1:02}-{day.year}",
        "page": page + 1,
        "registered_on": day.isoformat(),
    }


def line_words(result: Result) -> Result:
    """A line in MoJ's words."""
    return {
        "soDangKy": result["register_number"],
        "quyenSo": result["book"],
        "trangSo": result["page"],
        "ngayDangKy": str(result["registered_on"]).replace("-", ""),
    }
