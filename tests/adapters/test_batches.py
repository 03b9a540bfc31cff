"""Statuses and notices in batches: each partner's own form, each item answered for itself."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import httpx
import pytest

from adapters.http import AgencyHttp
from adapters.national_portal import NationalPortalAdapter
from adapters.notification import TEXTS, NotificationAdapter
from adapters.one_stop import OneStopAdapter
from contracts.agencies import Agency, LegResult
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from contracts.outbox import Delivered, PartnerMessage
from tests.adapters.line import CODE, Ears, agency
from tests.adapters.requests import message


class Teller(Protocol):
    async def send(self, messages: list[PartnerMessage]) -> list[Delivered]: ...


def fixed(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json=body)


PARTNERS: list[tuple[Agency, Callable[[AgencyHttp], Teller], Callable[[list[Any]], Any], Any, Any, str]] = [
    (
        Agency.ONE_STOP,
        OneStopAdapter,
        lambda items: {"status": 1, "ketQua": items},
        lambda key: {"khoa": key, "status": 1, "errorCode": "0"},
        lambda key: {"khoa": key, "status": 0, "errorCode": "LOGIC"},
        "LOGIC",
    ),
    (
        Agency.NATIONAL_PORTAL,
        NationalPortalAdapter,
        lambda items: {"error_code": "0", "result": items},
        lambda key: {"Khoa": key, "error_code": "0"},
        lambda key: {"Khoa": key, "error_code": "-1"},
        "-1",
    ),
    (
        Agency.NOTIFICATION,
        NotificationAdapter,
        lambda items: {"results": items},
        lambda key: {"key": key, "code": "ACCEPTED"},
        lambda key: {"key": key, "code": "REJECTED", "reason": "recipient_unreachable"},
        "recipient_unreachable",
    ),
]
EVERY = pytest.mark.parametrize(
    ("who", "adapter", "batch", "taken", "refused", "problem"), PARTNERS, ids=[row[0] for row in PARTNERS]
)


@EVERY
async def test_each_message_is_answered_for_itself(
    who: Agency, adapter: Any, batch: Any, taken: Any, refused: Any, problem: str
) -> None:
    body = batch([refused("key-2"), taken("key-1")])
    partner: Teller = adapter(agency(Ears(), fixed(200, body), who))
    told = await partner.send([message(1), message(2)])
    assert told == [Delivered(id=101), Delivered(id=102, problem=problem)]


@EVERY
async def test_a_message_without_an_answer_is_the_partners_failure(
    who: Agency, adapter: Any, batch: Any, taken: Any, refused: Any, problem: str
) -> None:
    bodies: list[Any] = [batch([taken("key-1")]), batch([]), batch([taken(None)]), {}, batch([{}])]
    for body in bodies:
        partner: Teller = adapter(agency(Ears(), fixed(200, body), who))
        with pytest.raises(AgencyProtocolError):
            await partner.send([message(1), message(2)])


@EVERY
async def test_trouble_with_a_batch_is_trouble_as_anywhere(
    who: Agency, adapter: Any, batch: Any, taken: Any, refused: Any, problem: str
) -> None:
    for status, failure in ((503, AgencyUnavailable), (400, RequestRejected)):
        ears = Ears()
        partner: Teller = adapter(agency(ears, fixed(status, {}), who))
        with pytest.raises(failure):
            await partner.send([message(1)])
        [exchange] = ears.exchanges
        assert (exchange.dossier, exchange.key, exchange.answer) == (None, None, None)
        assert "key-1" not in exchange.request, "a batch holds many dossiers: it is kept with none of them"


async def sent(who: Agency, adapter: Any, *messages: PartnerMessage) -> Any:
    """What the partner was sent; it answers nothing useful."""
    bodies: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={})

    with pytest.raises(AgencyProtocolError):
        await adapter(agency(Ears(), answer, who)).send(list(messages))
    return bodies[0]


async def test_the_one_stop_gets_the_hubs_codes_legal_time_and_the_results_with_the_last() -> None:
    result = LegResult(leg="residence", outcome="granted", number="3/2026")
    last = message(2, status=5, data={"reason": "done", "reason_text": "Đã trả"}, results=(result,))
    body = await sent(Agency.ONE_STOP, OneStopAdapter, message(1), last)
    assert body == {
        "danhSach": [
            {
                "khoa": "key-1",
                "maHoSo": CODE,
                "soThuTu": 1,
                "trangThai": 3,
                "thoiGianThucHien": "20261123013000",
                "noiDungXuLy": None,
                "ketQuaXuLy": None,
            },
            {
                "khoa": "key-2",
                "maHoSo": CODE,
                "soThuTu": 2,
                "trangThai": 5,
                "thoiGianThucHien": "20261123013000",
                "noiDungXuLy": "Đã trả",
                "ketQuaXuLy": '[{"leg": "residence", "outcome": "granted", "number": "3/2026"}]',
            },
        ]
    }


async def test_the_national_portal_gets_its_own_codes_and_names() -> None:
    body = await sent(Agency.NATIONAL_PORTAL, NationalPortalAdapter, message(4, status=10, data={"reason": "why"}))
    assert body == {
        "service": "CapNhatTienDoHoSoMC",
        "data": [
            {
                "Khoa": "key-4",
                "MaHoSo": CODE,
                "SoThuTu": 4,
                "TrangThai": 10,
                "ThoiDiemXuLy": "20261123013000",
                "NguoiXuLy": None,
                "NoiDungXuLy": "why",
            }
        ],
    }


async def test_a_notice_goes_to_the_applicants_telephone_in_words() -> None:
    data = {"phone": "0912345678", "promised_at": "2026-11-27T10:00:00+00:00"}
    body = await sent(Agency.NOTIFICATION, NotificationAdapter, message(1, status=None, event="appointment", data=data))
    [notice] = body["messages"]
    assert (notice["to"], notice["channel"], notice["dossier"]) == ("0912345678", "SMS", CODE)
    assert notice["text"] == f"Hồ sơ {CODE} đã được tiếp nhận. Ngày hẹn trả kết quả: 2026-11-27."


@pytest.mark.parametrize("event", TEXTS)
async def test_every_event_has_words_even_without_data(event: str) -> None:
    body = await sent(Agency.NOTIFICATION, NotificationAdapter, message(1, event=event))
    assert CODE in body["messages"][0]["text"]
    assert "{" not in body["messages"][0]["text"]
    assert "None" not in body["messages"][0]["text"]
