"""The police's residence register: CT01 as data, on the signed birth certificate."""

import base64
from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import PendingCase
from contracts.birth import Consent, Sex
from contracts.birth_steps import ResidenceAnswer, ResidenceRegistered, ResidenceRegistration


class _Result(wire.Reply):
    soThongBao: str  # noqa: N815  # the partner's own names, here and below
    ngayDangKy: wire.SlashedDay  # noqa: N815


class _Refusal(wire.Reply):
    ma: str
    noiDung: str | None = None  # noqa: N815
    canCuPhapLy: str | None = None  # noqa: N815


class _Reply(wire.Reply):
    maTrangThai: Literal["HOAN_THANH", "TIEP_NHAN", "TU_CHOI", "NGHI_TRUNG"]  # noqa: N815
    soHoSoCuTru: str | None = None  # noqa: N815
    ketQua: _Result | None = None  # noqa: N815
    lyDoTuChoi: _Refusal | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)
FORM = {Consent.VNEID: "VNEID", Consent.PAPER: "CT01"}


class ResidenceAdapter:
    """Registers permanent residence."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def register_residence(self, request: ResidenceRegistration, pdf: bytes) -> ResidenceAnswer:
        """Register the child at the declared place."""
        return _read(await self._http.post("/registrations", _form(request, pdf), case=request.case))

    async def enquire(self, pending: PendingCase) -> ResidenceAnswer:
        """How does the case stand?"""
        return _read(await self._http.enquire(pending))


def _form(request: ResidenceRegistration, pdf: bytes) -> dict[str, object]:
    child, head, place = request.child, request.household.household_head, request.place
    consent = request.household.consent
    return {
        "maHoSo": request.case.dossier,
        "giayKhaiSinh": {
            **wire.register_line(request.registered),
            "tepKySo": {"sha256": request.certificate.sha256, "noiDung": base64.b64encode(pdf).decode()},
        },
        "nguoiDangKy": {
            "hoTen": child.full_name,
            "ngaySinh": wire.compact(child.born_on),
            "gioiTinh": "NAM" if child.sex is Sex.MALE else "NU",
            "soDinhDanh": request.personal_id,
        },
        "noiThuongTru": {"maTinh": place.province, "maXa": place.ward, "chiTiet": place.detail},
        "chuHo": {"hoTen": head.full_name, "soDinhDanh": head.personal_id, "quanHe": head.relation},
        "yKien": []
        if consent is Consent.NOT_NEEDED
        else [{"hoTen": head.full_name, "soDinhDanh": head.personal_id, "vaiTro": "CHU_HO", "hinhThuc": FORM[consent]}],
    }


@wire.reading
def _read(answer: Answer) -> ResidenceAnswer:
    reply = answer.read(REPLY)
    match reply.maTrangThai:
        case "HOAN_THANH":
            return wire.granted(_result(reply.ketQua))
        case "TIEP_NHAN":
            return wire.pending(reply.soHoSoCuTru)
        case "TU_CHOI":
            no = reply.lyDoTuChoi
            return wire.refused(no.ma if no else None, no.noiDung if no else None, no.canCuPhapLy if no else None)
        case "NGHI_TRUNG":
            raise wire.suspected()


def _result(result: _Result | None) -> ResidenceRegistered | None:
    return ResidenceRegistered(notice_number=result.soThongBao, registered_on=result.ngayDangKy) if result else None
