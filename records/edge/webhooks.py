"""Portals' webhooks as their API shows them: subscriptions, what became of each event, asking for one again."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, or_, select, update

from contracts.webhooks import DeliveryState, SubscriptionState, webhook_id
from records.database import Database
from records.keys import StoredKeys
from records.paging import BadCursor, Page
from records.statements import inserted
from records.tables.base import core
from records.tables.journal import FeedEvent
from records.tables.webhooks import Delivery as DeliveryTable
from records.tables.webhooks import Subscription as SubscriptionTable
from records.webhooks import opened, sealed

SUBSCRIPTIONS_MOST = 20
_SECRET_BYTES = 32
_CURSOR_DIGITS = 18
_PAST_ALL = 2**62
_TABLE, _DELIVERIES, _FEED = core(SubscriptionTable), core(DeliveryTable), core(FeedEvent)
_LIVE = _TABLE.c.state != SubscriptionState.DELETED.value
_ONE = select(_TABLE).where(_TABLE.c.id == bindparam("id_"))
_COUNT = select(func.count()).where(_TABLE.c.client == bindparam("client_"), _LIVE)
_MINE = select(_TABLE).where(_TABLE.c.client == bindparam("client_"), _LIVE).order_by(_TABLE.c.created_at, _TABLE.c.id)
_NEWEST = select(func.coalesce(func.max(_FEED.c.id), 0)).where(_FEED.c.client == bindparam("client_"))
_REMOVE = (
    update(_TABLE).where(_TABLE.c.id == bindparam("id_")).values(state=SubscriptionState.DELETED.value, sealed=b"")
)
_FORGET = delete(_DELIVERIES).where(_DELIVERIES.c.subscription == bindparam("id_"))
_TOLD = (
    select(_DELIVERIES, _FEED.c.dossier, _FEED.c.kind, _FEED.c.at)
    .join_from(_DELIVERIES, _FEED, _FEED.c.id == _DELIVERIES.c.event)
    .where(_DELIVERIES.c.subscription == bindparam("id_"))
)
_TOLD_ONE = _TOLD.where(_DELIVERIES.c.event == bindparam("event_"))
_PAGE = (
    _TOLD.where(_DELIVERIES.c.event < bindparam("before")).order_by(_DELIVERIES.c.event.desc()).limit(bindparam("most"))
)
_AGAIN = (
    update(_DELIVERIES)
    .where(
        _DELIVERIES.c.subscription == bindparam("id_"),
        _DELIVERIES.c.event == bindparam("event_"),
        or_(_DELIVERIES.c.redelivery.is_(None), _DELIVERIES.c.redelivery != bindparam("request")),
    )
    .values(state=DeliveryState.PENDING.value, attempts=0, next_attempt_at=None, redelivery=bindparam("request"))
)


class WebhookRefused(Exception):
    """What a client asked of its webhooks cannot be."""


class WebhookUnknown(WebhookRefused):
    """The client has no such webhook."""


class WebhookDeleted(WebhookRefused):
    """The call that is repeated made a webhook that was deleted since."""


class WebhookDisabled(WebhookRefused):
    """The receiver said that it is gone; nothing is sent there any more."""


class WebhooksTooMany(WebhookRefused):
    """The client has as many webhooks as it may."""


class DeliveryUnknown(WebhookRefused):
    """The webhook has no such delivery, or not any more."""


@dataclass(frozen=True)
class Subscription:
    """One webhook; events of the feed after number `after` are sent there."""

    id: str
    url: str
    events: tuple[str, ...] | None
    state: str
    after: int
    created_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One event's way to one webhook; `id` is its `webhook-id`, `event` its number in the feed."""

    id: str
    event: int
    type: str
    dossier: str
    at: datetime
    attempts: int
    state: str
    last_status: int | None
    next_attempt_at: datetime | None


class Webhooks:
    """Subscriptions by client; another client's do not exist."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def subscribe(
        self, subscription: str, *, client: str, url: str, events: Sequence[str] | None
    ) -> tuple[Subscription, str]:
        """Keep a subscription and give it with its secret; what is kept under this id when there is one."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        row = {
            "id": subscription,
            "client": client,
            "kinds": None if events is None else ",".join(sorted(set(events))),
            "state": SubscriptionState.ACTIVE.value,
            "created_at": datetime.now(UTC),
            "sealed": sealed(self._keys, subscription, url, secret),
        }
        kept = await self._database.write(partial(_subscribe, row))
        if kept.state == SubscriptionState.DELETED:
            raise WebhookDeleted("the webhook that this call made was deleted")
        return self._shown(kept), opened(self._keys, kept).secret

    async def listing(self, client: str) -> list[Subscription]:
        """A client's webhooks, oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_MINE, {"client_": client}).all())
        return [self._shown(row) for row in rows]

    async def remove(self, client: str, subscription: str) -> None:
        """Send nothing there any more, and forget address, secret and deliveries; harmless to repeat."""

        def remove(connection: Connection) -> None:
            _owned(connection, client, subscription)
            for statement in (_REMOVE, _FORGET):
                connection.execute(statement, {"id_": subscription})

        await self._database.write(remove)

    async def deliveries(self, client: str, subscription: str, *, cursor: str | None, limit: int) -> Page[Delivery]:
        """What became of the events, newest first. Raises `BadCursor`."""
        wanted = {"id_": subscription, "before": _before(cursor), "most": limit + 1}

        def page(connection: Connection) -> Sequence[Row[Any]]:
            _live(connection, client, subscription)
            return connection.execute(_PAGE, wanted).all()

        rows = await self._database.read(page)
        more = str(rows[limit - 1].event) if len(rows) > limit else None
        return Page(tuple(_delivery(row) for row in rows[:limit]), more)

    async def redeliver(self, client: str, subscription: str, delivery: str, request: str) -> Delivery:
        """Send an event again, in its place before later ones; a repeated request changes nothing."""
        of, _, event = delivery.rpartition(".")
        if of != subscription or not event.isdecimal():
            raise DeliveryUnknown("the webhook has no such delivery")
        wanted = {"id_": subscription, "event_": int(event), "request": request}

        def again(connection: Connection) -> Row[Any] | None:
            if _live(connection, client, subscription).state != SubscriptionState.ACTIVE:
                raise WebhookDisabled("the receiver said that it is gone: make another webhook")
            connection.execute(_AGAIN, wanted)
            return connection.execute(_TOLD_ONE, wanted).first()

        row = await self._database.write(again)
        if row is None:
            raise DeliveryUnknown("the webhook has no such delivery")
        return _delivery(row)

    def _shown(self, row: Row[Any]) -> Subscription:
        kinds = None if row.kinds is None else tuple(row.kinds.split(","))
        return Subscription(row.id, opened(self._keys, row).url, kinds, row.state, row.after, row.created_at)


def _subscribe(row: dict[str, Any], connection: Connection) -> Row[Any]:
    known = connection.execute(_ONE, {"id_": row["id"]}).first()
    if known is not None:
        return known
    mine = {"client_": row["client"]}
    if connection.execute(_COUNT, mine).scalar_one() >= SUBSCRIPTIONS_MOST:
        raise WebhooksTooMany(f"a client has {SUBSCRIPTIONS_MOST} webhooks at most")
    newest = connection.execute(_NEWEST, mine).scalar_one()
    inserted(connection, _TABLE, row | {"after": newest, "position": newest})
    return connection.execute(_ONE, {"id_": row["id"]}).one()


def _owned(connection: Connection, client: str, subscription: str) -> Row[Any]:
    row = connection.execute(_ONE, {"id_": subscription}).first()
    if row is None or row.client != client:
        raise WebhookUnknown("there is no such webhook")
    return row


def _live(connection: Connection, client: str, subscription: str) -> Row[Any]:
    row = _owned(connection, client, subscription)
    if row.state == SubscriptionState.DELETED:
        raise WebhookUnknown("there is no such webhook")
    return row


def _before(cursor: str | None) -> int:
    if not cursor:
        return _PAST_ALL
    if not cursor.isdecimal() or len(cursor) > _CURSOR_DIGITS:
        raise BadCursor("the cursor cannot be read")
    return int(cursor)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=webhook_id(row.subscription, row.event),
        event=row.event,
        type=row.kind,
        dossier=row.dossier,
        at=row.at,
        attempts=row.attempts,
        state=row.state,
        last_status=row.last_status,
        next_attempt_at=row.next_attempt_at,
    )
