"""Webhooks on their way: deliveries made from the feed, the next one of each subscription, what came of it.

A delivery is made in the transaction that moves its subscription on in the feed: none is lost, none made twice.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, func, insert, or_, select, update

from contracts.webhooks import DeliveryState, EventData, SubscriptionState, WebhookCall, WebhookEvent, WebhookOutcome
from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.tables.base import core
from records.tables.journal import FeedEvent
from records.tables.webhooks import Delivery, Subscription

AHEAD = 100
"""Deliveries made before their turn: the rest of a slow receiver's backlog stays in the feed."""
KEPT = 1000
"""Settled deliveries kept per subscription."""
_TABLE, _DELIVERIES, _FEED = core(Subscription), core(Delivery), core(FeedEvent)
_WAITING = _DELIVERIES.alias("waiting")
_ACTIVE = _TABLE.c.state == SubscriptionState.ACTIVE.value
_PENDING = _DELIVERIES.c.state == DeliveryState.PENDING.value
_QUEUED = and_(_WAITING.c.subscription == _TABLE.c.id, _WAITING.c.state == DeliveryState.PENDING.value)
_BEHIND = select(_TABLE.c.id).where(
    _ACTIVE,
    exists().where(_FEED.c.client == _TABLE.c.client, _FEED.c.id > _TABLE.c.position),
    select(func.count()).select_from(_WAITING).where(_QUEUED).scalar_subquery() < AHEAD,
)
_ONE = select(_TABLE).where(_TABLE.c.id == bindparam("id_"), _ACTIVE)
_UNREAD = (
    select(_FEED.c.id, _FEED.c.kind)
    .where(_FEED.c.client == bindparam("client_"), _FEED.c.id > bindparam("position_"))
    .order_by(_FEED.c.id)
    .limit(AHEAD)
)
_MOVE_ON = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("id_"), _TABLE.c.position == bindparam("position_"), _ACTIVE)
    .values(position=bindparam("to"))
    .returning(_TABLE.c.id)
)
_MAKE = insert(_DELIVERIES)
_MINE = _DELIVERIES.c.subscription == bindparam("id_")
_OLDEST_KEPT = (
    select(_WAITING.c.event)
    .where(_WAITING.c.subscription == bindparam("id_"), _WAITING.c.state != DeliveryState.PENDING.value)
    .order_by(_WAITING.c.event.desc())
    .offset(KEPT - 1)
    .limit(1)
)
_PRUNE = delete(_DELIVERIES).where(_MINE, ~_PENDING, _DELIVERIES.c.event < _OLDEST_KEPT.scalar_subquery())
_HEAD = select(func.min(_WAITING.c.event)).where(_QUEUED).correlate(_TABLE).scalar_subquery()
_DUE = (
    select(
        _DELIVERIES.c.attempts,
        _TABLE.c.id,
        _TABLE.c.sealed,
        *(_FEED.c[name].label(f"event_{name}") for name in ("id", "kind", "dossier", "at", "stage", "leg")),
    )
    .select_from(
        _TABLE.join(_DELIVERIES, and_(_DELIVERIES.c.subscription == _TABLE.c.id, _DELIVERIES.c.event == _HEAD)).join(
            _FEED, _FEED.c.id == _DELIVERIES.c.event
        )
    )
    .where(
        _ACTIVE,
        _TABLE.c.id.not_in(bindparam("busy", expanding=True)),
        or_(_DELIVERIES.c.next_attempt_at.is_(None), _DELIVERIES.c.next_attempt_at <= bindparam("now")),
    )
    .order_by(_DELIVERIES.c.next_attempt_at.nulls_first(), _TABLE.c.id)
    .limit(bindparam("limit_"))
)
_RECORD = (
    update(_DELIVERIES)
    .where(_MINE, _DELIVERIES.c.event == bindparam("event_"), _PENDING, _DELIVERIES.c.attempts == bindparam("before"))
    .values(
        state=bindparam("state_"),
        attempts=bindparam("attempts_"),
        last_status=bindparam("status"),
        next_attempt_at=bindparam("again"),
    )
)
_DISABLE = update(_TABLE).where(_TABLE.c.id == bindparam("id_"), _ACTIVE).values(state=SubscriptionState.DISABLED.value)
_DROP = update(_DELIVERIES).where(_MINE, _PENDING).values(state=DeliveryState.FAILED.value, next_attempt_at=None)


class Sealed(BaseModel):
    """What stands sealed of a subscription."""

    url: str
    secret: str


def sealed(keys: StoredKeys, subscription: str, url: str, secret: str) -> bytes:
    """Address and secret, for the row."""
    content = Sealed(url=url, secret=secret).model_dump_json().encode()
    return seal(keys.shared_key(), content, f"webhook/{subscription}")


def opened(keys: StoredKeys, row: Row[Any]) -> Sealed:
    """Address and secret, from the row."""
    return Sealed.model_validate_json(unseal(keys.shared_key(), row.sealed, f"webhook/{row.id}"))


class WebhookQueue:
    """What waits for portals, as the courier sees it."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def due(self, busy: Collection[str], limit: int) -> list[WebhookCall]:
        """Each subscription's next event, where its time has come; none of those that are `busy`."""
        for subscription in await self._database.read(lambda connection: connection.execute(_BEHIND).scalars().all()):
            await self._database.write(partial(_make, subscription))
        wanted = {"busy": list(busy), "now": datetime.now(UTC), "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_DUE, wanted).all())
        return [self._call(row) for row in rows]

    async def record(self, outcome: WebhookOutcome) -> None:
        """Keep what came of an attempt, unless another redelivery or another courier was there meanwhile."""
        pause = outcome.again_after_s
        row = {
            "id_": outcome.subscription,
            "event_": outcome.event,
            "before": outcome.attempts - 1,
            "state_": outcome.state.value,
            "attempts_": outcome.attempts,
            "status": outcome.status,
            "again": None if pause is None else datetime.now(UTC) + timedelta(seconds=pause),
        }

        def record(connection: Connection) -> None:
            if outcome.gone:  # first, as everywhere: who holds a subscription's row may change its deliveries
                connection.execute(_DISABLE, row)
            connection.execute(_RECORD, row)
            if outcome.gone:
                connection.execute(_DROP, row)

        await self._database.write(record)

    def _call(self, row: Row[Any]) -> WebhookCall:
        reached = opened(self._keys, row)
        event = WebhookEvent(
            id=row.event_id,
            type=row.event_kind,
            dossier=row.event_dossier,
            at=row.event_at,
            data=EventData(stage=row.event_stage, leg=row.event_leg),
        )
        return WebhookCall(
            subscription=row.id, url=reached.url, secret=reached.secret, attempts=row.attempts, event=event
        )


def _make(subscription: str, connection: Connection) -> None:
    """Move a subscription on in the feed by some events and make their deliveries."""
    row = connection.execute(_ONE, {"id_": subscription}).first()
    if row is None:
        return
    at = {"id_": subscription, "client_": row.client, "position_": row.position}
    unread = connection.execute(_UNREAD, at).all()
    if not unread or connection.execute(_MOVE_ON, at | {"to": unread[-1].id}).first() is None:
        return
    kinds = None if row.kinds is None else set(row.kinds.split(","))
    made = [
        {"subscription": subscription, "event": event.id, "state": DeliveryState.PENDING.value, "attempts": 0}
        for event in unread
        if kinds is None or event.kind in kinds
    ]
    if made:
        connection.execute(_MAKE, made)
        connection.execute(_PRUNE, at)
