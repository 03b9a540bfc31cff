"""The national public-service portal: progress of each dossier, by its own codes."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp
from contracts.failures import AgencyProtocolError
from contracts.outbox import Delivered, PartnerMessage


class _Item(wire.Reply):
    Khoa: str
    error_code: str


class _Batch(wire.Reply):
    error_code: Literal["0"]
    result: list[_Item]


BATCH = TypeAdapter(_Batch)


class NationalPortalAdapter:
    """`CapNhatTienDoHoSoMC`, in batches."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def send(self, messages: list[PartnerMessage]) -> list[Delivered]:
        """Tell where dossiers stand, in order."""
        body = {"service": "CapNhatTienDoHoSoMC", "data": [_status(message) for message in messages]}
        told = {item.Khoa: item for item in (await self._http.post("/statuses", body)).read(BATCH).result}
        return [Delivered(id=message.id, problem=_problem(told.get(message.key))) for message in messages]


def _status(message: PartnerMessage) -> dict[str, object]:
    return {
        "Khoa": message.key,
        "MaHoSo": message.dossier,
        "SoThuTu": message.number,
        "TrangThai": message.status,
        "ThoiDiemXuLy": wire.stamp(message.at),
        "NguoiXuLy": None,
        "NoiDungXuLy": message.data.get("reason_text") or message.data.get("reason"),
    }


def _problem(item: _Item | None) -> str | None:
    if item is None:
        raise AgencyProtocolError("an item of the batch was not answered")
    return None if item.error_code == "0" else item.error_code
