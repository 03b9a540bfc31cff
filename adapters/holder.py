"""Agencies that hold a certificate and must get each later version of it: residence and social insurance."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import results, wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import HandedOver, HandOver, HandOverAnswer, PendingCase


class _Reply(wire.Reply):
    trangThai: Literal["DA_NHAN", "DANG_XU_LY", "TU_CHOI", "NGHI_TRUNG"]  # noqa: N815  # the partner's own names
    maTiepNhan: str | None = None  # noqa: N815
    soBienNhan: str | None = None  # noqa: N815
    maLyDo: str | None = None  # noqa: N815
    lyDo: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)


class HolderAdapter:
    """Sends a replaced certificate on; one form serves both agencies."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def hand_over(self, request: HandOver, pdf: bytes | None) -> HandOverAnswer:
        """Send the newer version."""
        content, sha256, name = results.packed(request, pdf)
        body = {
            "maHoSo": request.case.dossier,
            "loaiGiayTo": results.TYPES[request.kind],
            "phienBan": request.version,
            "tenTep": name,
            "sha256": sha256,
            "noiDung": content,
        }
        return _read(await self._http.post("/documents", body, case=request.case))

    async def enquire(self, pending: PendingCase) -> HandOverAnswer:
        """Was it taken?"""
        return _read(await self._http.enquire(pending, "/documents"))


@wire.reading
def _read(answer: Answer) -> HandOverAnswer:
    reply = answer.read(REPLY)
    match reply.trangThai:
        case "DA_NHAN":
            return wire.granted(HandedOver(receipt=reply.soBienNhan) if reply.soBienNhan else None)
        case "DANG_XU_LY":
            return wire.pending(reply.maTiepNhan)
        case "TU_CHOI":
            return wire.refused(reply.maLyDo, reply.lyDo, reply.canCu)
        case "NGHI_TRUNG":
            raise wire.suspected()
