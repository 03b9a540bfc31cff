"""Viet Nam Social Security: health-insurance cards, by declaration TK1-TS as data."""

import base64
from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import PendingCase
from contracts.birth import Sex
from contracts.birth_steps import HealthCardAnswer, HealthCardIssued, HealthCardRequest
from contracts.failures import AgencyProtocolError


class _Data(wire.Reply):
    soBHXH: str | None = None  # noqa: N815  # the partner's own names, here and below
    maThe: str | None = None  # noqa: N815
    tuNgay: wire.SlashedDay | None = None  # noqa: N815
    denNgay: wire.SlashedDay | None = None  # noqa: N815
    maLyDo: str | None = None  # noqa: N815
    lyDo: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


class _Reply(wire.Reply):
    maKetQua: Literal["00", "01", "02", "03"]  # noqa: N815
    noiDung: str | None = None  # noqa: N815
    maGiaoDich: str | None = None  # noqa: N815
    duLieu: _Data | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)


class SocialInsuranceAdapter:
    """Issues cards to children under six."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def issue_card(self, request: HealthCardRequest, pdf: bytes) -> HealthCardAnswer:
        """Issue the child's card."""
        return _read(await self._http.post("/cards", _form(request, pdf), case=request.case))

    async def enquire(self, pending: PendingCase) -> HealthCardAnswer:
        """How does the case stand?"""
        return _read(await self._http.enquire(pending))


def _form(request: HealthCardRequest, pdf: bytes) -> dict[str, object]:
    child = request.child
    return {
        "maHoSo": request.case.dossier,
        "nguoiThamGia": {
            "hoTen": child.full_name,
            "ngaySinh": wire.slashed(child.born_on),
            "gioiTinh": 1 if child.sex is Sex.MALE else 0,
            "soDinhDanh": request.personal_id,
        },
        "giayKhaiSinh": {
            **wire.register_line(request.registered),
            "tepKySo": {"sha256": request.certificate.sha256, "noiDung": base64.b64encode(pdf).decode()},
        },
        "nguoiGiamHo": {"hoTen": request.guardian_name, "soDinhDanh": request.guardian_personal_id},
        "maCSKCB": request.facility,
    }


@wire.reading
def _read(answer: Answer) -> HealthCardAnswer:
    reply = answer.read(REPLY)
    data = reply.duLieu or _Data()
    match reply.maKetQua:
        case "00":
            return wire.granted(_card(data))
        case "01":
            return wire.pending(reply.maGiaoDich)
        case "02":
            return wire.refused(data.maLyDo, data.lyDo, data.canCu)
        case "03":
            raise wire.suspected()


def _card(data: _Data) -> HealthCardIssued:
    if data.soBHXH is None or data.maThe is None or data.tuNgay is None or data.denNgay is None:
        raise AgencyProtocolError("a grant came without its card")
    return HealthCardIssued(
        insurance_number=data.soBHXH, card_code=data.maThe, valid_from=data.tuNgay, valid_to=data.denNgay
    )
