"""Viet Nam Social Security: health cards of children (TK1-TS as data) and of the dead, and benefits after a death."""

import base64
from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from adapters import wire
from adapters.benefits import BenefitAdapter, Told
from adapters.http import Answer
from contracts.agencies import CertificateRef, Granted, Pending, PendingCase, Refused, RegisterLine
from contracts.base import Message
from contracts.benefits import Payer
from contracts.birth_steps import HealthCardAnswer, HealthCardIssued, HealthCardRequest
from contracts.death import Deceased
from contracts.death_steps import CardLock, CardLocked, CardUnlocked, LockAnswer, Undoing, UnlockAnswer
from contracts.people import Sex

M = TypeVar("M", bound=Message)
DEATH_FORM = "09-HSB"
SEX = {Sex.MALE: 1, Sex.FEMALE: 0}


class _Card(wire.Reply):
    soBHXH: str  # noqa: N815  # the partner's own names, here and below
    maThe: str  # noqa: N815
    tuNgay: wire.SlashedDay  # noqa: N815
    denNgay: wire.SlashedDay  # noqa: N815


class _Locked(wire.Reply):
    soBHXH: str | None  # noqa: N815
    ngayKhoa: wire.SlashedDay  # noqa: N815


class _Unlocked(wire.Reply):
    soBHXH: str | None  # noqa: N815
    ngayMoKhoa: wire.SlashedDay  # noqa: N815


class _Refusal(wire.Reply):
    maLyDo: str | None = None  # noqa: N815
    lyDo: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


class _Reply(wire.Reply):
    maKetQua: Literal["00", "01", "02", "03"]  # noqa: N815
    noiDung: str | None = None  # noqa: N815
    maGiaoDich: str | None = None  # noqa: N815
    duLieu: Told | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)


class SocialInsuranceAdapter(BenefitAdapter):
    """Issues cards to children under six, locks those of the dead, and pays."""

    def form(self, payer: Payer) -> str:  # noqa: ARG002  # one form for all
        """One form for whatever follows from a death."""
        return DEATH_FORM

    @wire.reading
    def read(self, answer: Answer, result: Callable[[Told], M]) -> Granted[M] | Refused | Pending:
        """The answer in Social Security's words."""
        reply = answer.read(REPLY)
        match reply.maKetQua:
            case "00":
                return wire.granted(result(reply.duLieu) if reply.duLieu is not None else None)
            case "01":
                return wire.pending(reply.maGiaoDich)
            case "02":
                no = _Refusal.model_validate(reply.duLieu or {})
                return wire.refused(no.maLyDo, no.lyDo, no.canCu)
            case "03":
                raise wire.suspected()

    async def issue_card(self, request: HealthCardRequest, pdf: bytes) -> HealthCardAnswer:
        """Issue the child's card."""
        return self.read(await self._http.post("/cards", _form(request, pdf), case=request.case), _issued)

    async def enquire(self, pending: PendingCase) -> HealthCardAnswer:
        """How does the child's card stand?"""
        return self.read(await self._http.enquire(pending), _issued)

    async def lock_card(self, request: CardLock, pdf: bytes) -> LockAnswer:
        """Lock the card of the deceased, if there is one."""
        body = {
            "maHoSo": request.case.dossier,
            "trichLucKhaiTu": _paper(request.registered, request.certificate, pdf),
            "nguoiChet": {**_person(request.deceased), "ngayChet": wire.compact(request.died_on)},
        }
        return self.read(await self._http.post("/card-locks", body, case=request.case), _locked)

    async def enquire_lock(self, pending: PendingCase) -> LockAnswer:
        """How does the lock stand?"""
        return self.read(await self._http.enquire(pending), _locked)

    async def unlock_card(self, request: Undoing) -> UnlockAnswer:
        """Take a lock back, by decision."""
        body = {
            "maHoSo": request.case.dossier,
            "maYeuCauGoc": request.undone,
            "nguoiDuocKhoiPhuc": _person(request.deceased),
            "soQuyetDinh": request.decision,
            "ngayQuyetDinh": wire.compact(request.ordered_on),
        }
        return self.read(await self._http.post("/card-locks/reversals", body, case=request.case), _unlocked)

    async def enquire_unlock(self, pending: PendingCase) -> UnlockAnswer:
        """Can the card be used again?"""
        return self.read(await self._http.enquire(pending), _unlocked)


def _form(request: HealthCardRequest, pdf: bytes) -> dict[str, object]:
    child = request.child
    return {
        "maHoSo": request.case.dossier,
        "nguoiThamGia": {
            "hoTen": child.full_name,
            "ngaySinh": wire.slashed(child.born_on),
            "gioiTinh": SEX[child.sex],
            "soDinhDanh": request.personal_id,
        },
        "giayKhaiSinh": _paper(request.registered, request.certificate, pdf),
        "nguoiGiamHo": {"hoTen": request.guardian_name, "soDinhDanh": request.guardian_personal_id},
        "maCSKCB": request.facility,
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


def _issued(told: Told) -> HealthCardIssued:
    card = _Card.model_validate(told)
    return HealthCardIssued(
        insurance_number=card.soBHXH, card_code=card.maThe, valid_from=card.tuNgay, valid_to=card.denNgay
    )


def _locked(told: Told) -> CardLocked:
    lock = _Locked.model_validate(told)
    return CardLocked(insurance_number=lock.soBHXH, locked_on=lock.ngayKhoa)


def _unlocked(told: Told) -> CardUnlocked:
    opened = _Unlocked.model_validate(told)
    return CardUnlocked(insurance_number=opened.soBHXH, unlocked_on=opened.ngayMoKhoa)
