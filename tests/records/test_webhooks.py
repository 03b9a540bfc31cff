"""Webhooks as kept: deliveries made from the feed in order, tried until they end, seen by their own client alone."""

import asyncio

import pytest
from sqlalchemy import Connection, text

from activities.webhooks import ATTEMPTS_MOST, judged
from contracts.addresses import is_public, url_problem
from contracts.dossier import LegKind, LegState
from contracts.journal import EventKind
from contracts.webhooks import WebhookCall
from records import webhooks
from records.database import Database
from records.edge import (
    DeliveryUnknown,
    WebhookDeleted,
    WebhookDisabled,
    Webhooks,
    WebhooksTooMany,
    WebhookUnknown,
)
from records.edge.webhooks import SUBSCRIPTIONS_MOST, Subscription
from records.journal import JournalStore
from records.keys import StoredKeys
from records.paging import BadCursor
from records.queries import Queries
from records.webhooks import WebhookQueue
from tests.records.samples import CLIENT, a_state, a_turn, claimed, entry, leg_moved

K, URL = EventKind, "https://portal.example/hook?token=clear"
HOOK, OTHER = "wh_" + "1" * 32, "wh_" + "2" * 32
NOW_AGAIN, LATER = -1.0, 60.0


@pytest.fixture
def hooks(database: Database, keys: StoredKeys) -> Webhooks:
    return Webhooks(database, keys)


@pytest.fixture
def queue(database: Database, keys: StoredKeys) -> WebhookQueue:
    return WebhookQueue(database, keys)


async def happen(database: Database, keys: StoredKeys, *kinds: EventKind, client: str = CLIENT) -> str:
    """A new dossier of the client to which these things happen."""
    code = (await claimed(database, keys, client=client)).code
    entries = [entry(n, kind) for n, kind in enumerate(kinds, start=1)]
    await JournalStore(database, keys).write(a_turn(code, *entries, state=a_state(code), client=client))
    return code


async def subscribed(
    hooks: Webhooks, hook: str = HOOK, client: str = CLIENT, events: tuple[str, ...] | None = None
) -> tuple[Subscription, str]:
    return await hooks.subscribe(hook, client=client, url=URL, events=events)


async def answered(
    queue: WebhookQueue, call: WebhookCall, status: int | None = 200, pause: float | None = None
) -> None:
    outcome = judged(call, status, 15.0)
    if pause is not None:
        outcome = outcome.model_copy(update={"again_after_s": pause})
    await queue.record(outcome)


async def drained(queue: WebhookQueue) -> list[WebhookCall]:
    """Everything a receiver that takes all is brought."""
    calls: list[WebhookCall] = []
    while due := await queue.due((), 10):
        for call in due:
            calls.append(call)
            await answered(queue, call)
    return calls


async def states(hooks: Webhooks, hook: str = HOOK) -> list[str]:
    page = await hooks.deliveries(CLIENT, hook, cursor=None, limit=100)
    return [each.state for each in reversed(page.items)]


async def test_a_subscription_hears_every_event_after_it_in_the_order_of_the_feed(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await happen(database, keys, K.FILED)
    made, _ = await subscribed(hooks)
    await happen(database, keys, K.FILED, K.LAW_READ)
    await happen(database, keys, K.FILED, client="another")
    await happen(database, keys, K.FILED, K.REJECTED)
    calls = await drained(queue)
    feed = await Queries(database, keys).events(CLIENT, made.after, 100)
    assert [call.event.id for call in calls] == [event.id for event in feed]
    told = [(call.event.dossier, call.event.type, call.event.at, call.event.data.stage) for call in calls]
    assert told == [(event.dossier, event.kind, event.at, event.stage) for event in feed]
    assert len(calls) == 4
    assert {call.url for call in calls} == {URL}


async def test_only_the_kinds_asked_for_are_sent_and_the_leg_is_named(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks, events=("leg_changed",))
    code = (await claimed(database, keys)).code
    moved = leg_moved(2, LegKind.RESIDENCE, LegState.SENT)
    await JournalStore(database, keys).write(a_turn(code, entry(1, K.FILED), moved))
    [call] = await drained(queue)
    assert (call.event.type, call.event.data.leg) == (K.LEG_CHANGED, LegKind.RESIDENCE)
    assert await queue.due((), 10) == []


async def test_a_later_event_waits_for_the_earlier_and_no_subscription_for_another(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await subscribed(hooks, OTHER)
    await happen(database, keys, K.FILED, K.LAW_READ)
    first = {call.subscription: call for call in await queue.due((), 10)}
    assert {call.event.type for call in first.values()} == {K.FILED}
    assert [call.subscription for call in await queue.due({HOOK}, 10)] == [OTHER]
    await answered(queue, first[HOOK], 503, LATER)
    await answered(queue, first[OTHER], 204)
    [call] = await queue.due((), 10)
    assert (call.subscription, call.event.type) == (OTHER, K.LAW_READ)


async def test_an_attempt_that_was_never_recorded_is_made_again_under_the_same_id(
    database: Database, keys: StoredKeys, hooks: Webhooks
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED)
    [lost] = await WebhookQueue(database, keys).due((), 10)
    [again] = await WebhookQueue(database, keys).due((), 10)
    assert (lost.id, lost.attempts, lost.event) == (again.id, again.attempts, again.event)


async def test_couriers_that_overlap_make_each_delivery_once(
    database: Database, keys: StoredKeys, hooks: Webhooks
) -> None:
    await subscribed(hooks)
    for _ in range(5):
        await happen(database, keys, K.FILED, K.LAW_READ)
    couriers = [WebhookQueue(database, keys) for _ in range(4)]
    found = await asyncio.gather(*(courier.due((), 10) for courier in couriers))
    assert {call.id for calls in found for call in calls} == {found[0][0].id}
    await answered(couriers[0], found[0][0])
    await answered(couriers[1], found[1][0], 503, LATER)  # too late: it was recorded as delivered
    assert await states(hooks) == ["delivered", *["pending"] * 9]


async def test_pauses_double_up_to_the_cap_until_the_last_attempt_fails_and_the_next_event_goes_on(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED, K.LAW_READ)
    pauses = []
    for status in (503, None, 302, *[400] * (ATTEMPTS_MOST - 3)):
        [call] = await queue.due((), 10)
        assert call.event.type is K.FILED
        pauses.append(judged(call, status, 15.0).again_after_s)
        await answered(queue, call, status, NOW_AGAIN)
    assert pauses == [1, 2, 4, 8, *[15] * 15, None]
    [call] = await queue.due((), 10)
    assert (call.event.type, call.attempts) == (K.LAW_READ, 0)
    [_, failed] = (await hooks.deliveries(CLIENT, HOOK, cursor=None, limit=2)).items
    assert (failed.state, failed.attempts, failed.last_status) == ("failed", ATTEMPTS_MOST, 400)


async def test_a_receiver_that_is_gone_is_never_called_again(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED, K.LAW_READ)
    [call] = await queue.due((), 10)
    await answered(queue, call, 410)
    await happen(database, keys, K.FILED)
    assert await queue.due((), 10) == []
    assert await states(hooks) == ["failed", "failed"]
    assert [each.state for each in await hooks.listing(CLIENT)] == ["disabled"]
    with pytest.raises(WebhookDisabled):
        await hooks.redeliver(CLIENT, HOOK, call.id, "request-1")


async def test_a_redelivery_keeps_its_id_and_a_repeated_request_changes_nothing(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED, K.LAW_READ)
    first, _ = await drained(queue)
    asked = await hooks.redeliver(CLIENT, HOOK, first.id, "request-1")
    assert (asked.id, asked.state, asked.attempts) == (first.id, "pending", 0)
    [again] = await drained(queue)
    assert (again.id, again.event) == (first.id, first.event)
    assert (await hooks.redeliver(CLIENT, HOOK, first.id, "request-1")).state == "delivered"
    assert (await hooks.redeliver(CLIENT, HOOK, first.id, "request-2")).state == "pending"


@pytest.mark.parametrize("delivery", [f"{HOOK}.999", f"{OTHER}.1", "nothing"])
async def test_a_delivery_that_is_not_there_cannot_be_asked_for(hooks: Webhooks, delivery: str) -> None:
    await subscribed(hooks)
    with pytest.raises(DeliveryUnknown):
        await hooks.redeliver(CLIENT, HOOK, delivery, "request-1")


async def test_the_same_call_finds_the_same_webhook_and_secret_until_it_was_deleted(hooks: Webhooks) -> None:
    first = await subscribed(hooks, events=("returned", "filed", "filed"))
    assert await subscribed(hooks) == first
    assert first[0].events == ("filed", "returned")
    for _ in range(2):
        await hooks.remove(CLIENT, HOOK)
    assert await hooks.listing(CLIENT) == []
    with pytest.raises(WebhookDeleted):
        await subscribed(hooks)


async def test_a_deleted_webhook_is_sent_nothing_and_leaves_nothing(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED)
    [call] = await queue.due((), 10)
    await hooks.remove(CLIENT, HOOK)
    await answered(queue, call, 410)
    await happen(database, keys, K.FILED)
    assert await queue.due((), 10) == []
    left = await database.read(lambda c: c.execute(text("SELECT count(*) FROM webhook_deliveries")).scalar_one())
    kept = await database.read(lambda c: c.execute(text("SELECT state, sealed FROM webhooks")).one())
    assert (left, kept.state, bytes(kept.sealed)) == (0, "deleted", b"")


async def test_another_client_sees_and_changes_nothing(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED)
    [call] = await drained(queue)
    assert await hooks.listing("another") == []
    for asked in (
        hooks.deliveries("another", HOOK, cursor=None, limit=10),
        hooks.redeliver("another", HOOK, call.id, "request-1"),
        hooks.remove("another", HOOK),
    ):
        with pytest.raises(WebhookUnknown):
            await asked
    assert len(await hooks.listing(CLIENT)) == 1


async def test_the_log_is_paged_newest_first(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    await happen(database, keys, K.FILED, K.LAW_READ, K.CHECKED)
    sent = [call.id for call in await drained(queue)]
    page = await hooks.deliveries(CLIENT, HOOK, cursor=None, limit=2)
    rest = await hooks.deliveries(CLIENT, HOOK, cursor=page.next, limit=2)
    assert [each.id for each in (*page.items, *rest.items)] == sent[::-1]
    assert rest.next is None
    with pytest.raises(BadCursor):
        await hooks.deliveries(CLIENT, HOOK, cursor="x", limit=2)


async def test_a_client_has_so_many_webhooks_and_no_more(hooks: Webhooks) -> None:
    for n in range(SUBSCRIPTIONS_MOST):
        await subscribed(hooks, f"wh_{n:032}")
    with pytest.raises(WebhooksTooMany):
        await subscribed(hooks, OTHER)
    await subscribed(hooks, OTHER, client="another")
    await hooks.remove(CLIENT, f"wh_{0:032}")
    await subscribed(hooks)


async def test_settled_deliveries_are_kept_up_to_a_number_and_a_backlog_stays_in_the_feed(
    database: Database, keys: StoredKeys, hooks: Webhooks, queue: WebhookQueue
) -> None:
    await subscribed(hooks)
    code = (await claimed(database, keys)).code

    async def more(first: int, count: int) -> None:
        entries = [entry(n, K.LAW_READ) for n in range(first, first + count)]
        await JournalStore(database, keys).write(a_turn(code, *entries))

    def settle_all(connection: Connection) -> None:
        connection.execute(text("UPDATE webhook_deliveries SET state = 'delivered'"))

    total = webhooks.KEPT + 3 * webhooks.AHEAD
    await more(1, total)
    for _ in range(total // webhooks.AHEAD):
        await queue.due((), 1)
        await queue.due((), 1)
        await database.write(settle_all)
    count = await database.read(lambda c: c.execute(text("SELECT count(*) FROM webhook_deliveries")).scalar_one())
    assert webhooks.KEPT <= count <= webhooks.KEPT + webhooks.AHEAD
    newest = (await hooks.deliveries(CLIENT, HOOK, cursor=None, limit=1)).items[0]
    assert newest.event == (await Queries(database, keys).events(CLIENT, newest.event - 1, 10))[-1].id


async def test_address_and_secret_stand_sealed(database: Database, hooks: Webhooks) -> None:
    _, secret = await subscribed(hooks)
    row = await database.read(lambda c: c.execute(text("SELECT * FROM webhooks")).one())
    for planted in (secret.removeprefix("whsec_"), "portal.example"):
        assert planted not in str(row)


@pytest.mark.parametrize(
    ("url", "local", "fine"),
    [
        ("http://127.0.0.1:9000/hook", True, True),
        ("https://portal.example/hook?a=b", False, True),
        ("https://93.184.215.14/hook", False, True),
        ("http://portal.example/hook", False, False),
        ("https://localhost/hook", False, False),
        ("https://api.localhost./hook", False, False),
        ("https://127.0.0.1/hook", False, False),
        ("https://10.1.2.3/hook", False, False),
        ("https://169.254.169.254/latest", False, False),
        ("https://[::1]/hook", False, False),
        ("https://[::ffff:10.0.0.1]/hook", False, False),
        ("ftp://portal.example/hook", True, False),
        ("https:///hook", True, False),
        ("https://user:word@portal.example/hook", True, False),
        ("https://portal.example/a b", True, False),
        ("https://portal.example:99999/", True, False),
        ("https://[::1", True, False),
        ("hook", True, False),
    ],
)
def test_a_webhook_goes_to_the_open_internet_alone_but_for_the_local_stack(url: str, local: bool, fine: bool) -> None:
    assert (url_problem(url, local=local) is None) is fine


@pytest.mark.parametrize("address", ["100.64.0.1", "224.0.0.1", "0.0.0.0", "fe80::1%eth0", "64:ff9b::a00:1"])  # noqa: S104
def test_an_address_that_only_looks_public_is_none(address: str) -> None:
    assert not is_public(address)
