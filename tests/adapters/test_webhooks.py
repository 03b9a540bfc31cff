"""Calling a receiver: signed anew each time, no redirect followed, no private address, an answer in time or none."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from activities.webhooks import AT_ONCE, WebhookCarrier
from adapters.webhooks import Receivers
from contracts.journal import EventKind
from contracts.webhooks import DeliveryState, EventData, WebhookCall, WebhookEvent, WebhookOutcome

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def a_call(url: str, subscription: str = "wh_1", event: int = 7) -> WebhookCall:
    told = WebhookEvent(
        id=event,
        type=EventKind.FILED,
        dossier="G22.99.08-261123-000001",
        at=datetime(2026, 11, 23, 3, tzinfo=UTC),
        data=EventData(stage="submitted"),
    )
    return WebhookCall(subscription=subscription, url=url, secret=SecretStr(SECRET), attempts=0, event=told)


def receivers(answer: Answering, *, local: bool = True, timeout: float = 5) -> Receivers:
    return Receivers(httpx.AsyncClient(transport=httpx.MockTransport(answer)), local=local, timeout=timeout)


class Listener:
    """Keeps what it is sent."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, headers={"location": "https://elsewhere.example/"})


async def test_the_body_verifies_under_the_secret_and_says_nothing_personal() -> None:
    heard = Listener(204)
    assert await receivers(heard).send(a_call("http://127.0.0.1:1/hook")) == 204
    [request] = heard.requests
    assert Webhook(SECRET).verify(request.content, dict(request.headers)) == {
        "id": 7,
        "type": "filed",
        "dossier": "G22.99.08-261123-000001",
        "at": "2026-11-23T03:00:00Z",
        "data": {"stage": "submitted"},
    }
    assert request.headers["webhook-id"] == "wh_1.7"


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    heard = Listener(307)
    assert await receivers(heard).send(a_call("http://portal.example/hook")) == 307
    assert len(heard.requests) == 1


async def test_who_does_not_answer_in_time_has_not_answered() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        return await asyncio.Future()

    assert await receivers(never, timeout=0.01).send(a_call("http://portal.example/hook")) is None


async def test_who_cannot_be_reached_has_not_answered() -> None:
    async def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert await receivers(cut).send(a_call("http://portal.example/hook")) is None


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "[::1]", "10.0.0.1", "localhost", "a" * 70])
async def test_outside_the_local_stack_a_name_that_leads_inside_is_not_called(host: str) -> None:
    heard = Listener()
    assert await receivers(heard, local=False).send(a_call(f"https://{host}/hook")) is None
    assert heard.requests == []


@pytest.mark.parametrize("host", ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])
async def test_the_address_that_was_checked_is_the_one_that_is_called(host: str) -> None:
    heard = Listener()
    assert await receivers(heard, local=False).send(a_call(f"https://{host}:8443/hook?a=b")) == 200
    [request] = heard.requests
    assert str(request.url) == f"https://{host}:8443/hook?a=b"
    assert request.headers["host"] == f"{host}:8443"
    assert request.extensions["sni_hostname"] == host.strip("[]")


class Shelf:
    """A queue of one event for each of many subscriptions."""

    def __init__(self, count: int) -> None:
        self.waiting = {f"wh_{n:03}": a_call("http://portal.example/", f"wh_{n:03}") for n in range(count)}
        self.outcomes: list[WebhookOutcome] = []

    async def due(self, busy: Collection[str], limit: int) -> list[WebhookCall]:
        return [call for name, call in self.waiting.items() if name not in busy][:limit]

    async def record(self, outcome: WebhookOutcome) -> None:
        self.outcomes.append(outcome)
        del self.waiting[outcome.subscription]


class Doors:
    """Receivers of which one does not answer until it is let go; counts how many are called at once."""

    def __init__(self, stuck: str) -> None:
        self.stuck = stuck
        self.let_go = asyncio.Event()
        self.now = self.most = 0

    async def send(self, call: WebhookCall) -> int | None:
        self.now += 1
        self.most = max(self.most, self.now)
        await (self.let_go.wait() if call.subscription == self.stuck else asyncio.sleep(0))
        self.now -= 1
        return 200


async def test_a_receiver_that_hangs_holds_nobody_else_and_calls_at_once_are_bounded() -> None:
    shelf, doors = Shelf(3 * AT_ONCE), Doors("wh_000")

    def ongoing() -> bool:
        if set(shelf.waiting) == {"wh_000"}:
            doors.let_go.set()
        return bool(shelf.waiting)

    await asyncio.wait_for(WebhookCarrier(shelf, doors, 15.0).carry(ongoing), 20)
    assert doors.most <= AT_ONCE
    assert [each.subscription for each in shelf.outcomes][-1] == "wh_000"
    assert {each.state for each in shelf.outcomes} == {DeliveryState.DELIVERED}
