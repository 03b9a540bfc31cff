"""Notices to citizens, through one gateway."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp
from contracts.failures import AgencyProtocolError
from contracts.outbox import Delivered, PartnerMessage


class _Item(wire.Reply):
    key: str
    code: Literal["ACCEPTED", "REJECTED"]
    reason: str | None = None


class _Batch(wire.Reply):
    results: list[_Item]


BATCH = TypeAdapter(_Batch)
TEXTS = {
    "appointment": "Hồ sơ {dossier} đã được tiếp nhận. Ngày hẹn trả kết quả: {promised}.",
    "supplement_requested": "Hồ sơ {dossier} cần bổ sung: {reason}.",
    "rejected": "Hồ sơ {dossier} không được giải quyết. Lý do: {reason}.",
    "document_published": "Hồ sơ {dossier}: giấy khai sinh điện tử đã được ký và gửi vào ví VNeID của quý vị.",
    "number_arrived": "Hồ sơ {dossier}: đã có số định danh cá nhân của trẻ; giấy khai sinh sẽ được cấp lại bản mới.",
    "leg_refused": "Hồ sơ {dossier}: một thủ tục không được giải quyết. Lý do: {reason}.",
    "returned": "Hồ sơ {dossier} đã có đủ kết quả và được trả cho quý vị.",
}
"""What citizens read, by event; the words of a reason stand in the message's data."""


CHANGED = "Hồ sơ {dossier} có thay đổi; xem chi tiết trên Cổng dịch vụ công."
"""For an event of a version that is not ours: it holds no lane."""


class NotificationAdapter:
    """SMS by default: every applicant leaves a telephone number."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def send(self, messages: list[PartnerMessage]) -> list[Delivered]:
        """Send notices, in order."""
        body = {"messages": [_notice(message) for message in messages]}
        told = {item.key: item for item in (await self._http.post("/notices", body)).read(BATCH).results}
        return [Delivered(id=message.id, problem=_problem(told.get(message.key))) for message in messages]


def _notice(message: PartnerMessage) -> dict[str, object]:
    data = message.data
    text = TEXTS.get(message.event, CHANGED).format(
        dossier=message.dossier,
        promised=str(data.get("promised_at") or "")[:10],
        reason=data.get("reason_text") or data.get("reason") or "xem chi tiết trên Cổng dịch vụ công",
    )
    return {
        "key": message.key,
        "dossier": message.dossier,
        "sequence": message.number,
        "channel": "SMS",
        "to": str(data.get("phone") or "0000000000"),
        "text": text,
    }


def _problem(item: _Item | None) -> str | None:
    if item is None:
        raise AgencyProtocolError("an item of the batch was not answered")
    return None if item.code == "ACCEPTED" else (item.reason or "rejected")
