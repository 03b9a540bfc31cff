"""A portal hears of every change at its own receiver, in order and signed, and can always catch up from the feed."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook
from starlette.requests import Request
from starlette.responses import Response

from tests.e2e.asking import eventually, pointers, problem
from tests.stack import Stack, free_port, serve

HANGS = 0
"""In place of a status: the receiver does not answer."""
TAKEN = 204


@dataclass(frozen=True)
class Call:
    """One request as it came, and how it was answered."""

    body: bytes
    headers: dict[str, str]
    status: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said


class Receiver:
    """A portal's own little server: takes what comes, but first answers with the statuses that it was given."""

    def __init__(self, *first: int) -> None:
        self.port = free_port()
        self.first = list(first)
        self.calls: list[Call] = []
        self._came = asyncio.Condition()
        self._closing = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        request = Request(scope, receive)
        body, status = await request.body(), self.first.pop(0) if self.first else TAKEN
        async with self._came:
            self.calls.append(Call(body, dict(request.headers), status))
            self._came.notify_all()
        if status == HANGS:
            await self._closing.wait()
        await Response(status_code=status or 500)(scope, receive, send)

    @property
    def taken(self) -> list[Call]:
        return [call for call in self.calls if call.status == TAKEN]

    async def until(self, wanted: Callable[[], Any]) -> None:
        async with asyncio.timeout(30), self._came:
            await self._came.wait_for(wanted)

    async def heard(self, code: str, kind: str) -> None:
        """Return when this has arrived and been taken."""
        await self.until(lambda: (code, kind) in [(call.told["dossier"], call.told["type"]) for call in self.taken])

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        async with contextlib.AsyncExitStack() as down:
            await serve(down, self, self.port)
            down.callback(self._closing.set)
            yield self


@dataclass(frozen=True)
class Hook:
    """One subscription and its receiver."""

    stack: Stack
    view: dict[str, Any]
    receiver: Receiver

    @property
    def path(self) -> str:
        return f"/v1/webhooks/{self.view['id']}"

    def kinds(self, code: str) -> list[str]:
        """What was taken of a dossier, in order, all of it verified: others' may come between."""
        return [each["type"] for each in self.verified() if each["dossier"] == code]

    def verified(self) -> list[dict[str, Any]]:
        """What was taken; every call, also those that were refused, carries a good signature."""
        secret = Webhook(self.view["secret"])
        for call in self.receiver.calls:
            assert secret.verify(call.body, call.headers) == call.told
            assert call.id == f"{self.view['id']}.{call.told['id']}"
        return [call.told for call in self.receiver.taken]

    async def log(self, **params: Any) -> list[dict[str, Any]]:
        """The deliveries, oldest first."""
        answer = await self.stack.get(f"{self.path}/deliveries", "portal", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[::-1]

    async def settled(self, state: str, **wanted: Any) -> dict[str, Any]:
        """The oldest delivery, as soon as it is in this state."""
        oldest: dict[str, Any] = (await eventually(self.log, lambda log: log and log[0]["state"] == state))[0]
        assert oldest.items() >= wanted.items()
        return oldest


Subscribe = Callable[..., Any]


async def delete(stack: Stack, path: str, role: str = "portal") -> httpx.Response:
    return await stack.http.delete(path, headers={"Authorization": f"Bearer {await stack.token(role)}"})


@pytest_asyncio.fixture(loop_scope="session")
async def subscribe(stack: Stack) -> AsyncIterator[Subscribe]:
    """Subscribes for one test: `await subscribe(503, events=[…])` answers with 503 first."""
    async with contextlib.AsyncExitStack() as down:

        async def make(*first: int, listening: bool = True, **body: Any) -> Hook:
            receiver = Receiver(*first)
            if listening:
                await down.enter_async_context(receiver.listening())
            url = f"http://127.0.0.1:{receiver.port}/hook"
            answer = await stack.post("/v1/webhooks", {"url": url, **body}, "portal")
            assert answer.status_code == 201, answer.text
            hook = Hook(stack, answer.json(), receiver)
            down.push_async_callback(delete, stack, hook.path)
            return hook

        yield make


async def caught_up(stack: Stack, after: int, up_to: int) -> list[dict[str, Any]]:
    """The feed between two events, read a few at a time, as a webhook would tell it."""
    found: list[dict[str, Any]] = []
    while after < up_to:
        page = (await stack.get("/v1/events", "portal", params={"after": after, "limit": 7})).json()
        found += page["items"]
        after = page["next"]
    told = []
    for event in found:
        data = {name: event[name] for name in ("stage", "leg") if event[name] is not None}
        told.append({"id": event["id"], "type": event["kind"], "dossier": event["dossier"], "at": event["at"]})
        told[-1]["data"] = data
    return [each for each in told if each["id"] <= up_to]


async def test_everything_that_happens_arrives_once_in_order_and_signed_and_equals_the_feed(
    stack: Stack, subscribe: Subscribe
) -> None:
    hook = await subscribe()
    code = await stack.file()
    await stack.walk(code)
    await hook.receiver.heard(code, "returned")
    told = hook.verified()
    assert told == await caught_up(stack, hook.view["after"], told[-1]["id"])
    assert {each["data"].get("leg") for each in told} >= {"civil_status", "residence", "health_card"}
    log = await eventually(lambda: hook.log(limit=200), lambda log: all(row["state"] == "delivered" for row in log))
    assert [row["event"] for row in log][: len(told)] == [each["id"] for each in told]
    assert {(row["attempts"], row["last_status"], row["next_attempt_at"]) for row in log} == {(1, TAKEN, None)}


async def test_a_refused_event_is_sent_again_under_its_id_before_any_later_one(
    stack: Stack, subscribe: Subscribe
) -> None:
    hook = await subscribe(503, 302, events=["filed", "law_read"])  # others' dossiers are past these
    code = await stack.file()
    await hook.receiver.heard(code, "law_read")
    ids = [call.id for call in hook.receiver.calls]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    stamps = [int(call.headers["webhook-timestamp"]) for call in hook.receiver.calls[:3]]
    assert stamps[0] < stamps[1] < stamps[2]
    assert hook.kinds(code) == ["filed", "law_read"]
    await hook.settled("delivered", attempts=3, last_status=TAKEN, type="filed", dossier=code)


async def test_a_receiver_that_is_gone_is_left_alone_and_one_that_hangs_holds_nobody(
    stack: Stack, subscribe: Subscribe
) -> None:
    gone, slow = await subscribe(410), await subscribe(HANGS, HANGS, HANGS)
    well = await subscribe(events=["filed", "law_read"])
    code = await stack.file()
    await well.receiver.heard(code, "law_read")
    assert not slow.receiver.taken
    assert well.kinds(code) == ["filed", "law_read"]
    await gone.settled("failed", attempts=1, last_status=410)
    later = await stack.file()
    await well.receiver.heard(later, "filed")
    assert len(gone.receiver.calls) == 1
    listed = {each["id"]: each for each in (await stack.get("/v1/webhooks", "portal")).json()["items"]}
    assert {listed[hook.view["id"]]["state"] for hook in (slow, well)} == {"active"}
    assert listed[gone.view["id"]] == {k: v for k, v in gone.view.items() if k != "secret"} | {"state": "disabled"}
    again = await stack.post(f"{gone.path}/deliveries/{gone.receiver.calls[0].id}/redelivery", None, "portal")
    problem(again, 409, "webhook-disabled")
    slow.receiver.first.clear()
    await slow.receiver.heard(code, "filed")


async def test_a_delivery_can_be_asked_for_again_and_a_repeated_call_sends_it_once(
    stack: Stack, subscribe: Subscribe
) -> None:
    hook = await subscribe(events=["filed"])
    code = await stack.file()
    first = await hook.settled("delivered", dossier=code)
    path = f"{hook.path}/deliveries/{first['id']}/redelivery"
    asked = [await stack.post(path, None, "portal", "again") for _ in range(2)]
    assert [answer.status_code for answer in asked] == [202, 202]
    await hook.receiver.until(lambda: len(hook.receiver.calls) == 2)
    await hook.settled("delivered")
    assert (await stack.post(path, None, "portal", "again")).json()["state"] == "delivered"
    later = await stack.file()
    await hook.receiver.heard(later, "filed")
    assert [call.id for call in hook.receiver.calls] == [first["id"], first["id"], (await hook.log())[1]["id"]]
    problem(
        await stack.post(f"{hook.path}/deliveries/{hook.view['id']}.1/redelivery", None, "portal"),
        404,
        "delivery-unknown",
    )


async def test_what_happens_while_receiver_and_workers_are_away_arrives_when_they_are_back(
    stack: Stack, subscribe: Subscribe
) -> None:
    hook = await subscribe(listening=False, events=["filed", "law_read"])
    code = await stack.file()
    await eventually(hook.log, lambda log: log and log[0]["attempts"])
    await stack.workers.stop()
    async with contextlib.AsyncExitStack() as down:
        try:
            await down.enter_async_context(hook.receiver.listening())
        finally:
            await stack.workers.start()
        await hook.receiver.heard(code, "law_read")
        assert hook.kinds(code) == ["filed", "law_read"]


async def test_the_same_call_gives_the_same_webhook_with_its_secret_and_another_body_is_refused(stack: Stack) -> None:
    key, body = uuid.uuid4().hex, {"url": "http://127.0.0.1:1/hook", "events": ["filed"]}
    first, again = [await stack.post("/v1/webhooks", body, "portal", key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["secret"].startswith("whsec_")
    assert "secret" not in (await stack.get("/v1/webhooks", "portal")).text
    problem(await stack.post("/v1/webhooks", {**body, "events": None}, "portal", key), 409, "key-reused")
    path = f"/v1/webhooks/{first.json()['id']}"
    assert [(await delete(stack, path)).status_code for _ in range(2)] == [204, 204]
    problem(await stack.post("/v1/webhooks", body, "portal", key), 409, "webhook-deleted")


async def test_another_client_sees_and_changes_nothing(stack: Stack, subscribe: Subscribe) -> None:
    hook = await subscribe(events=["filed"])
    await stack.file()
    row = await hook.settled("delivered")
    assert (await stack.get("/v1/webhooks", "clerk")).json() == {"items": [], "next": None}
    problem(await stack.get(f"{hook.path}/deliveries", "clerk"), 404, "webhook-unknown")
    problem(await stack.post(f"{hook.path}/deliveries/{row['id']}/redelivery", None, "clerk"), 404, "webhook-unknown")
    problem(await delete(stack, hook.path, "clerk"), 404, "webhook-unknown")
    problem(await delete(stack, hook.path, "support"), 403, "scope-missing")
    problem(await stack.get("/v1/webhooks", "manager"), 403, "scope-missing")
    assert (await hook.settled("delivered")) == row


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "ftp://portal.example/hook"}, "/url"),
        ({"url": "/hook"}, "/url"),
        ({"url": "http://portal.example/" + "x" * 500}, "/url"),
        ({"url": "http://portal.example/", "events": ["filed", "nonsense"]}, "/events/1"),
        ({"url": "http://portal.example/", "events": []}, "/events"),
        ({"url": "http://portal.example/", "secret": "mine"}, "/secret"),
    ],
)
async def test_what_is_wrong_with_a_subscription_is_said_at_its_field(
    stack: Stack, body: dict[str, Any], pointer: str
) -> None:
    assert pointers(await stack.post("/v1/webhooks", body, "portal")) == {pointer}
