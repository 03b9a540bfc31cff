# ruff: noqa: N815 - the partners' own names
"""Field types that several agencies' forms share."""

import base64
import hashlib
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from sim_agencies import clock


def _real_day(text: str) -> str:
    clock.from_compact(text)
    return text


def _real_partial_day(text: str) -> str:
    clock.from_compact(f"{text}0101"[: len("yyyyMMdd")])
    return text


def _real_instant(text: str) -> str:
    datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it exists
    return text


Text = Annotated[str, Field(min_length=1)]
CompactDay = Annotated[str, Field(pattern=r"^\d{8}$"), AfterValidator(_real_day)]
PartialDay = Annotated[str, Field(pattern=r"^\d{4}(\d{2}){0,2}$"), AfterValidator(_real_partial_day)]
"""`yyyyMMdd`, `yyyyMM` or `yyyy`: older papers know no more."""
CompactInstant = Annotated[str, Field(pattern=r"^\d{14}$"), AfterValidator(_real_instant)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PersonalId = Annotated[str, Field(pattern=r"^\d{12}$")]


class Registered(BaseModel):
    """The line of the register that a birth certificate quotes."""

    soDangKy: Text
    quyenSo: Text
    trangSo: int
    ngayDangKy: CompactDay


def check_hash(content_base64: str, sha256: str) -> None:
    """A paper must be what its hash says."""
    if hashlib.sha256(base64.b64decode(content_base64, validate=True)).hexdigest() != sha256:
        raise ValueError("the content does not match its sha256")
