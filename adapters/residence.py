"""The police's residence register: CT01 as data, on the signed birth certificate or death extract."""

import base64
from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import CertificateRef, Granted, Pending, PendingCase, Refused, RegisterLine
from contracts.base import Message
from contracts.birth import Consent
from contracts.birth_steps import ResidenceAnswer, ResidenceRegistered, ResidenceRegistration
from contracts.death import Deceased
from contracts.death_steps import (
    RemovalAnswer,
    ResidenceRemoval,
    ResidenceRemoved,
    ResidenceRestored,
    RestoreAnswer,
    Undoing,
)
from contracts.people import Address, HouseholdHead, Sex

M = TypeVar("M", bound=Message)


class _Registered(wire.Reply):
    soThongBao: str  # noqa: N815  # the partner's own names, here and below
    ngayDangKy: wire.SlashedDay  # noqa: N815


class _Removed(wire.Reply):
    soThongBao: str  # noqa: N815
    ngayXoa: wire.SlashedDay  # noqa: N815


class _Restored(wire.Reply):
    soThongBao: str  # noqa: N815
    ngayKhoiPhuc: wire.SlashedDay  # noqa: N815


class _Refusal(wire.Reply):
    ma: str
    noiDung: str | None = None  # noqa: N815
    canCuPhapLy: str | None = None  # noqa: N815


class _Reply(wire.Reply):
    maTrangThai: Literal["HOAN_THANH", "TIEP_NHAN", "TU_CHOI", "NGHI_TRUNG"]  # noqa: N815
    soHoSoCuTru: str | None = None  # noqa: N815
    ketQua: dict[str, object] | None = None  # noqa: N815
    lyDoTuChoi: _Refusal | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)
SEX = {Sex.MALE: "NAM", Sex.FEMALE: "NU"}
FORM = {Consent.VNEID: "VNEID", Consent.PAPER: "CT01"}


class ResidenceAdapter:
    """Registers permanent residence, and removes the dead from it."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def register_residence(self, request: ResidenceRegistration, pdf: bytes) -> ResidenceAnswer:
        """Register the child at the declared place."""
        return _read(await self._http.post("/registrations", _form(request, pdf), case=request.case), _registered)

    async def enquire(self, pending: PendingCase) -> ResidenceAnswer:
        """How does the registration stand?"""
        return _read(await self._http.enquire(pending), _registered)

    async def remove_residence(self, request: ResidenceRemoval, pdf: bytes) -> RemovalAnswer:
        """Remove the deceased from the last residence."""
        body = {
            "maHoSo": request.case.dossier,
            "trichLucKhaiTu": _paper(request.registered, request.certificate, pdf),
            "nguoiChet": {**_person(request.deceased), "ngayChet": wire.compact(request.died_on)},
            "noiCuTru": _place(request.place),
            "chuHo": _head(request.household_head),
        }
        return _read(await self._http.post("/removals", body, case=request.case), _removed)

    async def enquire_removal(self, pending: PendingCase) -> RemovalAnswer:
        """How does the removal stand?"""
        return _read(await self._http.enquire(pending), _removed)

    async def restore_residence(self, request: Undoing) -> RestoreAnswer:
        """Take a removal back, by decision."""
        body = {
            "maHoSo": request.case.dossier,
            "maXa": request.office,
            "maYeuCauGoc": request.undone,
            "nguoiDuocKhoiPhuc": _person(request.deceased),
            "soQuyetDinh": request.decision,
            "ngayQuyetDinh": wire.compact(request.ordered_on),
        }
        return _read(await self._http.post("/removals/reversals", body, case=request.case), _restored)

    async def enquire_restoration(self, pending: PendingCase) -> RestoreAnswer:
        """Does the residence stand again?"""
        return _read(await self._http.enquire(pending), _restored)


def _form(request: ResidenceRegistration, pdf: bytes) -> dict[str, object]:
    child, head = request.child, request.household.household_head
    consent = request.household.consent
    return {
        "maHoSo": request.case.dossier,
        "giayKhaiSinh": _paper(request.registered, request.certificate, pdf),
        "nguoiDangKy": {
            "hoTen": child.full_name,
            "ngaySinh": wire.compact(child.born_on),
            "gioiTinh": SEX[child.sex],
            "soDinhDanh": request.personal_id,
        },
        "noiThuongTru": _place(request.place),
        "chuHo": _head(head),
        "yKien": []
        if consent is Consent.NOT_NEEDED
        else [{"hoTen": head.full_name, "soDinhDanh": head.personal_id, "vaiTro": "CHU_HO", "hinhThuc": FORM[consent]}],
    }


def _paper(registered: RegisterLine, paper: CertificateRef, pdf: bytes) -> dict[str, object]:
    return {
        **wire.register_line(registered),
        "tepKySo": {"sha256": paper.sha256, "noiDung": base64.b64encode(pdf).decode()},
    }


def _person(deceased: Deceased) -> dict[str, object]:
    return {
        "hoTen": deceased.full_name,
        "ngaySinh": deceased.born_on.replace("-", ""),  # as much of it as is known
        "gioiTinh": SEX[deceased.sex],
        "soDinhDanh": deceased.personal_id,
    }


def _place(place: Address) -> dict[str, object]:
    return {"maTinh": place.province, "maXa": place.ward, "chiTiet": place.detail}


def _head(head: HouseholdHead) -> dict[str, object]:
    return {"hoTen": head.full_name, "soDinhDanh": head.personal_id, "quanHe": head.relation}


@wire.reading
def _read(answer: Answer, result: Callable[[dict[str, object]], M]) -> Granted[M] | Refused | Pending:
    reply = answer.read(REPLY)
    match reply.maTrangThai:
        case "HOAN_THANH":
            return wire.granted(result(reply.ketQua) if reply.ketQua is not None else None)
        case "TIEP_NHAN":
            return wire.pending(reply.soHoSoCuTru)
        case "TU_CHOI":
            no = reply.lyDoTuChoi
            return wire.refused(no.ma if no else None, no.noiDung if no else None, no.canCuPhapLy if no else None)
        case "NGHI_TRUNG":
            raise wire.suspected()


def _registered(told: dict[str, object]) -> ResidenceRegistered:
    result = _Registered.model_validate(told)
    return ResidenceRegistered(notice_number=result.soThongBao, registered_on=result.ngayDangKy)


def _removed(told: dict[str, object]) -> ResidenceRemoved:
    result = _Removed.model_validate(told)
    return ResidenceRemoved(notice_number=result.soThongBao, removed_on=result.ngayXoa)


def _restored(told: dict[str, object]) -> ResidenceRestored:
    result = _Restored.model_validate(told)
    return ResidenceRestored(notice_number=result.soThongBao, restored_on=result.ngayKhoiPhuc)
