"""The Ministry of Justice's civil-status system: envelope `NhanDKHT`, whose data is JSON in JSON (domain.md C.1, H)."""

import json
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import PendingCase
from contracts.birth import Parent, Sex
from contracts.birth_steps import BirthRegistered, BirthRegistration, RegisterAnswer
from contracts.failures import AgencyProtocolError

BOTH_PARENTS = 1
SUSPECTED = "NGHI_TRUNG"


class _Line(wire.Reply):
    soDangKy: str  # noqa: N815  # the partner's own names, here and below
    quyenSo: str  # noqa: N815
    trangSo: int  # noqa: N815
    ngayDangKy: wire.CompactDay  # noqa: N815


class _Reply(wire.Reply):
    status: Literal[0, 1]
    errorCode: str  # noqa: N815
    errorDescription: str = ""  # noqa: N815
    trangThai: Literal[3, 4, 6] | None  # noqa: N815
    maHoSo: str | None  # noqa: N815
    ketQuaXuLy: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)


class CivilStatusAdapter:
    """Registers births; "đã tồn tại" (already there) is success."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def register_birth(self, request: BirthRegistration) -> RegisterAnswer:
        """Enter a birth."""
        return _read(await self._http.post("/births", envelope(request), case=request.case))

    async def enquire(self, pending: PendingCase) -> RegisterAnswer:
        """How does the case stand?"""
        return _read(await self._http.enquire(pending))


def envelope(request: BirthRegistration) -> dict[str, object]:
    """The push in the partner's form."""
    return {
        "maDonVi": request.office,
        "module": "LTKS",
        "maHoSoLT": request.case.dossier,
        "maHoSoMCDT": None,
        "ngayTiepNhan": datetime.now(UTC).astimezone(wire.LOCAL).strftime("%d/%m/%Y %H:%M:%S"),
        "fileDinhKem": [],
        "data": json.dumps({"hoTich": _declaration(request)}, ensure_ascii=False),
    }


def _declaration(request: BirthRegistration) -> dict[str, object]:
    child = request.child
    return {
        "DkksTruongHop": BOTH_PARENTS,
        "maGCS": request.birth_notice_code,
        "nks": {
            "Ho": child.surname,
            "ChuDem": child.middle_name or "",
            "Ten": child.given_name,
            "GioiTinh": 1 if child.sex is Sex.MALE else 2,
            "NgaySinh": child.born_on.strftime("%d.%m.%Y"),
            "NoiSinh": child.place_of_birth.detail,
            "QueQuan": child.hometown.detail,
            "DanToc": child.ethnicity,
            "QuocTich": child.nationality,
        },
        "me": _parent(request.mother),
        "cha": _parent(request.father),
        "nyc": {
            "HoTen": request.requester_name,
            "SoGiayToTuyThan": request.requester_personal_id,
            "QuanHe": request.requester_relation,
        },
    }


def _parent(parent: Parent | None) -> dict[str, object] | None:
    if parent is None:
        return None
    return {
        "HoTen": parent.full_name,
        "NgaySinh": ".".join(reversed(parent.born_on.split("-"))),
        "DanToc": parent.ethnicity,
        "QuocTich": parent.nationality,
        "NoiCuTru": parent.residence.detail,
        "SoGiayToTuyThan": parent.personal_id,
    }


@wire.reading
def _read(answer: Answer) -> RegisterAnswer:
    reply = answer.read(REPLY)
    match reply.trangThai:
        case 4:
            return wire.granted(_line(reply.ketQuaXuLy))
        case 3:
            return wire.pending(reply.maHoSo)
        case 6:
            return wire.refused(reply.errorCode, reply.errorDescription, reply.canCu)
    if reply.errorCode == SUSPECTED:
        raise wire.suspected()
    raise AgencyProtocolError("the agency's answer cannot be read")


def _line(text: str | None) -> BirthRegistered | None:
    if text is None:
        return None
    try:
        line = _Line.model_validate_json(text)
    except ValidationError:
        raise AgencyProtocolError("the register's line cannot be read") from None
    return BirthRegistered(
        register_number=line.soDangKy, book=line.quyenSo, page=line.trangSo, registered_on=line.ngayDangKy
    )
