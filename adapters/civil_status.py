"""The Ministry of Justice's civil-status system: envelope `NhanDKHT`, whose data is JSON in JSON (domain.md C.1, H)."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import Granted, Pending, PendingCase, Refused
from contracts.base import Message
from contracts.birth import Parent, Sex
from contracts.birth_steps import BirthRegistered, BirthRegistration, RegisterAnswer
from contracts.death import Deceased, ResidenceKind, SubstituteKind
from contracts.death_steps import (
    AnnulAnswer,
    DeathAnnulled,
    DeathRegistered,
    DeathRegistration,
    RegisterDeathAnswer,
    Undoing,
)
from contracts.failures import AgencyProtocolError

M = TypeVar("M", bound=Message)
L = TypeVar("L", BirthRegistered, DeathRegistered)
BOTH_PARENTS = 1
DOTTED = "%d.%m.%Y"
PAPERS = list(SubstituteKind)
"""By their place in the portal's list; a facility's notice is the same kind of paper as a commune's."""
RESIDENCES = {
    ResidenceKind.NONE: 0,
    ResidenceKind.PERMANENT: 1,
    ResidenceKind.TEMPORARY: 2,
    ResidenceKind.CURRENT: 3,
}
SUSPECTED = "NGHI_TRUNG"


class _Line(wire.Reply):
    soDangKy: str  # noqa: N815  # the partner's own names, here and below
    quyenSo: str  # noqa: N815
    trangSo: int  # noqa: N815
    ngayDangKy: wire.CompactDay  # noqa: N815


class _Struck(wire.Reply):
    soQuyetDinh: str  # noqa: N815
    ngayHuy: wire.CompactDay  # noqa: N815


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
    """Registers births and deaths; "đã tồn tại" (already there) is success."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def register_birth(self, request: BirthRegistration) -> RegisterAnswer:
        """Enter a birth."""
        body = _envelope("LTKS", request, _declaration(request))
        return _read(await self._http.post("/births", body, case=request.case), _birth)

    async def enquire(self, pending: PendingCase) -> RegisterAnswer:
        """How does the registration of a birth stand?"""
        return _read(await self._http.enquire(pending), _birth)

    async def register_death(self, request: DeathRegistration) -> RegisterDeathAnswer:
        """Enter a death."""
        body = _envelope("LTKT", request, _death_declaration(request))
        return _read(await self._http.post("/deaths", body, case=request.case), _death)

    async def enquire_death(self, pending: PendingCase) -> RegisterDeathAnswer:
        """How does the registration of a death stand?"""
        return _read(await self._http.enquire(pending), _death)

    async def annul_death(self, request: Undoing) -> AnnulAnswer:
        """Strike the registration of a death, by decision."""
        body = {
            "maDonVi": request.office,
            "maHoSoLT": request.case.dossier,
            "khoaDangKy": request.undone,
            "nkt": _person(request.deceased),
            "soQuyetDinh": request.decision,
            "ngayQuyetDinh": wire.compact(request.ordered_on),
        }
        return _read(await self._http.post("/deaths/annulments", body, case=request.case), _annulled)

    async def enquire_annulment(self, pending: PendingCase) -> AnnulAnswer:
        """Is the line struck?"""
        return _read(await self._http.enquire(pending), _annulled)


def _envelope(
    module: str, request: BirthRegistration | DeathRegistration, declaration: dict[str, object]
) -> dict[str, object]:
    """The push in the partner's form."""
    return {
        "maDonVi": request.office,
        "module": module,
        "maHoSoLT": request.case.dossier,
        "maHoSoMCDT": None,
        "ngayTiepNhan": datetime.now(UTC).astimezone(wire.LOCAL).strftime("%d/%m/%Y %H:%M:%S"),
        "fileDinhKem": [],
        "data": json.dumps({"hoTich": declaration}, ensure_ascii=False),
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
            "NgaySinh": child.born_on.strftime(DOTTED),
            "NoiSinh": child.place_of_birth.detail,
            "QueQuan": child.hometown.detail,
            "DanToc": child.ethnicity,
            "QuocTich": child.nationality,
        },
        "me": _parent(request.mother),
        "cha": _parent(request.father),
        "nyc": _requester(request),
    }


def _death_declaration(request: DeathRegistration) -> dict[str, object]:
    deceased, residence = request.deceased, request.last_residence
    died_on, hour = _moment(request.died_at)
    return {
        "maGBT": request.death_notice_number,
        "nkt": {
            **_person(deceased),
            "DanToc": deceased.ethnicity,
            "QuocTich": deceased.nationality,
            "LoaiCuTru": RESIDENCES[residence.kind],
            "NoiCuTru": residence.address.detail if residence.address else None,
            "NgayChet": died_on,
            "GioPhutChet": hour,
            "NoiChet": request.place_of_death.detail,
            "NguyenNhanChet": request.cause,
        },
        "gbt": _paper(request),
        "nyc": _requester(request),
    }


def _moment(died_at: date) -> tuple[str, str | None]:
    """Day, and hour where it is known, of legal time."""
    if not isinstance(died_at, datetime):
        return died_at.strftime(DOTTED), None
    local = died_at.astimezone(wire.LOCAL)
    return local.strftime(DOTTED), local.strftime("%H:%M")


def _person(deceased: Deceased) -> dict[str, object]:
    return {
        "HoTen": deceased.full_name,
        "GioiTinh": 1 if deceased.sex is Sex.MALE else 2,
        "NgaySinh": _dotted(deceased.born_on),
        "SoGiayToTuyThan": deceased.personal_id,
    }


def _paper(request: DeathRegistration) -> dict[str, object]:
    """The facility's notice, or the paper in its place."""
    paper = request.substitute
    if paper is None:
        notice = PAPERS.index(SubstituteKind.COMMUNE_NOTICE)
        return {"Loai": notice, "So": request.death_notice_number, "Ngay": None, "CoQuanCap": None}
    return {
        "Loai": PAPERS.index(paper.kind),
        "So": paper.number,
        "Ngay": wire.compact(paper.issued_on) if paper.issued_on else None,
        "CoQuanCap": paper.issuer,
    }


def _requester(request: BirthRegistration | DeathRegistration) -> dict[str, object]:
    return {
        "HoTen": request.requester_name,
        "SoGiayToTuyThan": request.requester_personal_id,
        "QuanHe": request.requester_relation,
    }


def _dotted(day: str) -> str:
    """`dd.MM.yyyy`, or what is known of it."""
    return ".".join(reversed(day.split("-")))


def _parent(parent: Parent | None) -> dict[str, object] | None:
    if parent is None:
        return None
    return {
        "HoTen": parent.full_name,
        "NgaySinh": _dotted(parent.born_on),
        "DanToc": parent.ethnicity,
        "QuocTich": parent.nationality,
        "NoiCuTru": parent.residence.detail,
        "SoGiayToTuyThan": parent.personal_id,
    }


@wire.reading
def _read(answer: Answer, result: Callable[[str], M]) -> Granted[M] | Refused | Pending:
    reply = answer.read(REPLY)
    match reply.trangThai:
        case 4:
            return wire.granted(result(reply.ketQuaXuLy) if reply.ketQuaXuLy is not None else None)
        case 3:
            return wire.pending(reply.maHoSo)
        case 6:
            return wire.refused(reply.errorCode, reply.errorDescription, reply.canCu)
    if reply.errorCode == SUSPECTED:
        raise wire.suspected()
    raise AgencyProtocolError("the agency's answer cannot be read")


def _birth(text: str) -> BirthRegistered:
    return _line(text, BirthRegistered)


def _death(text: str) -> DeathRegistered:
    return _line(text, DeathRegistered)


def _line(text: str, kind: type[L]) -> L:
    line = _Line.model_validate_json(text)
    return kind(register_number=line.soDangKy, book=line.quyenSo, page=line.trangSo, registered_on=line.ngayDangKy)


def _annulled(text: str) -> DeathAnnulled:
    struck = _Struck.model_validate_json(text)
    return DeathAnnulled(decision_number=struck.soQuyetDinh, annulled_on=struck.ngayHuy)
