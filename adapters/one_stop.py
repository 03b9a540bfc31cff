"""The provincial one-stop: signed results, and statuses by the hub's codes."""

import json
from typing import Literal

from pydantic import TypeAdapter

from adapters import results, wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import HandedOver, HandOver, HandOverAnswer, PendingCase
from contracts.failures import AgencyProtocolError
from contracts.outbox import Delivered, PartnerMessage

SUSPECTED = "NGHI_TRUNG"


class _Reply(wire.Reply):
    status: Literal[0, 1, 2]
    errorCode: str  # noqa: N815  # the partner's own names, here and below
    errorDescription: str = ""  # noqa: N815
    maTiepNhan: str | None = None  # noqa: N815
    soBienNhan: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


class _Item(wire.Reply):
    khoa: str
    status: Literal[0, 1]
    errorCode: str  # noqa: N815


class _Batch(wire.Reply):
    status: Literal[1]
    ketQua: list[_Item]  # noqa: N815


REPLY = TypeAdapter(_Reply)
BATCH = TypeAdapter(_Batch)


class OneStopAdapter:
    """Where the dossier was filed and its results are kept."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def hand_over(self, request: HandOver, pdf: bytes | None) -> HandOverAnswer:
        """Hand one package over; known already is success."""
        content, sha256, name = results.packed(request, pdf)
        body = {
            "maHoSo": request.case.dossier,
            "loaiGiayTo": results.TYPES[request.kind],
            "tenGiayTo": results.NAMES[request.kind],
            "phienBan": request.version,
            "tenTep": name,
            "sha256": sha256,
            "noiDung": content,
        }
        return _read(await self._http.post("/results", body, case=request.case))

    async def enquire(self, pending: PendingCase) -> HandOverAnswer:
        """Was it taken?"""
        return _read(await self._http.enquire(pending))

    async def send(self, messages: list[PartnerMessage]) -> list[Delivered]:
        """Tell where dossiers stand, in order."""
        body = {"danhSach": [_status(message) for message in messages]}
        told = {item.khoa: item for item in (await self._http.post("/statuses", body)).read(BATCH).ketQua}
        return [Delivered(id=message.id, problem=_problem(told.get(message.key))) for message in messages]


def _status(message: PartnerMessage) -> dict[str, object]:
    return {
        "khoa": message.key,
        "maHoSo": message.dossier,
        "soThuTu": message.number,
        "trangThai": message.status,
        "thoiGianThucHien": wire.stamp(message.at),
        "noiDungXuLy": message.data.get("reason_text") or message.data.get("reason"),
        "ketQuaXuLy": json.dumps([each.model_dump(mode="json") for each in message.results])
        if message.results
        else None,
    }


def _problem(item: _Item | None) -> str | None:
    if item is None:
        raise AgencyProtocolError("an item of the batch was not answered")
    return None if item.status == 1 else item.errorCode


@wire.reading
def _read(answer: Answer) -> HandOverAnswer:
    reply = answer.read(REPLY)
    if reply.status == 1:
        return wire.granted(HandedOver(receipt=reply.soBienNhan) if reply.soBienNhan else None)
    if reply.status == 2:  # noqa: PLR2004  # taken in, not yet answered
        return wire.pending(reply.maTiepNhan)
    if reply.errorCode == SUSPECTED:
        raise wire.suspected()
    return wire.refused(reply.errorCode, reply.errorDescription, reply.canCu)
