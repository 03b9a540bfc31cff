"""The one mapping of trouble on the wire: by status, by broken connection, by body; told to the breaker, and logged."""

import json
from collections.abc import Callable

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from contracts.agencies import Agency, PendingCase
from contracts.failures import AgencyProtocolError, AgencyUnavailable, Failure, RequestRejected
from tests.adapters.line import CASE, CODE, Ears, agency

PENDING = PendingCase(case=CASE, reference="1", agency=Agency.CIVIL_STATUS, delay_s=1, cap_s=1)
NAME = "Nguyễn Thị Bí Mật"
ANSWERED, FAILED = "civil-status answered", "civil-status failed"


class Reply(BaseModel):
    word: str


REPLY = TypeAdapter(Reply)
STATUSES: list[tuple[int, type[Failure] | None, str]] = [
    (200, None, ANSWERED),
    (201, None, ANSWERED),
    (202, None, ANSWERED),
    (301, AgencyProtocolError, ANSWERED),
    (400, RequestRejected, ANSWERED),
    (401, RequestRejected, ANSWERED),
    (403, RequestRejected, ANSWERED),
    (404, RequestRejected, ANSWERED),
    (408, AgencyUnavailable, FAILED),
    (409, RequestRejected, ANSWERED),
    (413, RequestRejected, ANSWERED),
    (422, RequestRejected, ANSWERED),
    (425, AgencyUnavailable, FAILED),
    (429, AgencyUnavailable, FAILED),
    (500, AgencyUnavailable, FAILED),
    (502, AgencyUnavailable, FAILED),
    (503, AgencyUnavailable, FAILED),
    (504, AgencyUnavailable, FAILED),
]


def fixed(status: int, content: bytes) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, content=content)


def broken(trouble: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise trouble(f"about {NAME}")

    return answer


@pytest.mark.parametrize(("status", "failure", "told"), STATUSES)
async def test_a_status_becomes_a_failure_and_the_breaker_is_told(
    status: int, failure: type[Failure] | None, told: str
) -> None:
    ears = Ears()
    line = agency(ears, fixed(status, b'{"word": "yes"}' if failure is None else b"no"))

    async def ask() -> Reply:
        return (await line.post("/births", {"hoTen": NAME}, case=CASE)).read(REPLY)

    if failure is None:
        assert (await ask()).word == "yes"
    else:
        with pytest.raises(failure):
            await ask()
    assert ears.told == [told]


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("Một cửa chưa cập nhật trạng thái", AgencyUnavailable),
        ("Hồ sơ CHƯA ĐƯỢC GỬI", AgencyUnavailable),
        ("Có lỗi trong quá trình thêm mới", AgencyUnavailable),
        ("Client received SOAP fault from server", AgencyUnavailable),
        ("server error", AgencyUnavailable),
        ("logic xử lý không hợp lệ", RequestRejected),
        ("bị từ chối, không thể cập nhật", RequestRejected),
        ("không tồn tại", RequestRejected),
        ("đã được tiếp nhận", RequestRejected),
        ("[" * 5000, RequestRejected),
    ],
)
async def test_words_that_mean_later_are_asked_again_even_inside_a_4xx(said: str, failure: type[Failure]) -> None:
    ears = Ears()
    line = agency(ears, fixed(422, json.dumps({"errorDescription": said}).encode()))
    for call in (line.post("/births", {}, case=CASE), line.enquire(PENDING), line.find("/searches", {}, case=CASE)):
        with pytest.raises(failure):
            await call
    with pytest.raises(RequestRejected):  # a batch must not wait for one message in it
        await line.post("/statuses", {})
    assert set(ears.told) == {ANSWERED}, "one case that has to wait is no trouble of the agency's"


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.WriteTimeout,
        httpx.PoolTimeout,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
        httpx.TooManyRedirects,
    ],
)
async def test_a_connection_that_breaks_in_whatever_way_is_an_agency_that_is_away(
    trouble: type[httpx.HTTPError],
) -> None:
    ears = Ears()
    with pytest.raises(AgencyUnavailable):
        await agency(ears, broken(trouble)).post("/births", {"hoTen": NAME}, case=CASE)
    assert ears.told == [FAILED]
    [exchange] = ears.exchanges
    assert (exchange.status, exchange.answer) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"word": 5}',
        b'{"other": "yes"}',
        b'{"word": "y',
        b"\xff\xfe",
        "<html><body>Hệ thống đang bảo trì</body></html>".encode(),
        b"[" * 5000,
    ],
)
async def test_an_answer_that_cannot_be_read_is_the_agencys_failure(body: bytes) -> None:
    ears = Ears()
    answer = await agency(ears, fixed(200, body)).post("/births", {}, case=CASE)
    with pytest.raises(AgencyProtocolError):
        answer.read(REPLY)
    assert ears.told == [ANSWERED], "an agency that answers nonsense is not away"


async def test_no_failure_quotes_a_person_or_leads_back_to_what_does() -> None:
    body = f'{{"word": 5, "hoTen": "{NAME}"}}'.encode()
    unreadable = await agency(Ears(), fixed(200, body)).post("/births", {}, case=CASE)
    for trouble in (broken(httpx.ReadError), fixed(500, body), fixed(400, body)):
        with pytest.raises(Failure) as told:
            await agency(Ears(), trouble).post("/births", {"hoTen": NAME}, case=CASE)
        assert NAME not in repr(told.value)
        assert told.value.__cause__ is None
        assert told.value.__suppress_context__ or told.value.__context__ is None
    with pytest.raises(AgencyProtocolError) as told_too:
        unreadable.read(REPLY)
    assert NAME not in str(told_too.value)
    assert told_too.value.__suppress_context__


async def test_each_exchange_is_logged_with_its_key_attempt_and_duration() -> None:
    ears = Ears()
    await agency(ears, fixed(200, b'{"word": "yes"}')).post("/births", {"hoTen": NAME}, case=CASE)
    [exchange] = ears.exchanges
    assert (exchange.agency, exchange.dossier, exchange.step) == ("civil-status", CODE, "register")
    assert (exchange.key, exchange.attempt, exchange.status) == (f"{CODE}:register:2", 3, 200)
    assert exchange.request.startswith("POST /civil-status/births\n{")
    assert NAME in exchange.request
    assert exchange.answer == b'{"word": "yes"}'
    assert 0 < exchange.duration_ms < 5000


async def test_a_long_body_is_logged_by_its_beginning() -> None:
    ears = Ears()
    await agency(ears, fixed(200, b"{}")).post("/results", {"noiDung": "A" * 100_000}, case=CASE)
    assert len(ears.exchanges[0].request) < 5000
    assert ears.exchanges[0].request.endswith("…")


async def test_an_effect_carries_its_key_and_a_question_none() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    line = agency(Ears(), answer)
    await line.post("/births", {}, case=CASE)
    await line.post("/statuses", {})
    await line.enquire(PENDING)
    await line.find("/birth-notices/searches", {"mother": "001190000001"}, case=CASE)
    assert [request.headers.get("Idempotency-Key") for request in seen] == [f"{CODE}:register:2", None, None, None]


async def test_not_found_is_an_answer_to_a_look_up_alone() -> None:
    line = agency(Ears(), fixed(404, b"{}"))
    assert await line.find("/birth-notices/searches", {}, case=CASE) is None
    with pytest.raises(RequestRejected):
        await line.enquire(PENDING)


@pytest.mark.parametrize(
    ("answer", "alive"),
    [
        (fixed(200, b"{}"), True),
        (fixed(404, b"{}"), True),
        (fixed(503, b""), False),
        (broken(httpx.ConnectError), False),
        (broken(httpx.ReadTimeout), False),
    ],
)
async def test_the_probe_tells_whether_the_agency_answers_at_all(
    answer: Callable[[httpx.Request], httpx.Response], alive: bool
) -> None:
    ears = Ears()
    assert await agency(ears, answer).alive() is alive
    assert not ears.exchanges, "a probe is no exchange of any dossier"
