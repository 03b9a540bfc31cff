"""The national population database: personal identification numbers."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import PendingCase
from contracts.birth import Sex
from contracts.birth_steps import PersonalIdAnswer, PersonalIdIssued, PersonalIdRequest


class _Reply(wire.Reply):
    trangThai: Literal["DA_CAP", "DA_CO", "DANG_XU_LY", "TU_CHOI", "NGHI_TRUNG"]  # noqa: N815  # the partner's own names
    maYeuCau: str | None  # noqa: N815
    soDinhDanh: str | None = None  # noqa: N815
    maLyDo: str | None = None  # noqa: N815
    lyDo: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)


class PopulationAdapter:
    """Asks for numbers; "đã có" (there is one) is success."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def issue_id(self, request: PersonalIdRequest) -> PersonalIdAnswer:
        """Ask for the child's number."""
        child = request.child
        body = {
            "maHoSo": request.case.dossier,
            "maTinh": request.place,
            "ngaySinh": wire.compact(child.born_on),
            "gioiTinh": "NAM" if child.sex is Sex.MALE else "NU",
            "hoTen": child.full_name,
            "soDinhDanhMe": request.mother_personal_id,
            "soDangKy": request.register_number,
        }
        return _read(await self._http.post("/personal-ids", body, case=request.case))

    async def enquire(self, pending: PendingCase) -> PersonalIdAnswer:
        """Is the number there?"""
        return _read(await self._http.enquire(pending))


@wire.reading
def _read(answer: Answer) -> PersonalIdAnswer:
    reply = answer.read(REPLY)
    match reply.trangThai:
        case "DA_CAP" | "DA_CO":
            return wire.granted(PersonalIdIssued(personal_id=reply.soDinhDanh) if reply.soDinhDanh else None)
        case "DANG_XU_LY":
            return wire.pending(reply.maYeuCau)
        case "TU_CHOI":
            return wire.refused(reply.maLyDo, reply.lyDo, reply.canCu)
        case "NGHI_TRUNG":
            raise wire.suspected()
