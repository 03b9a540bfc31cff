"""Bringing statuses and notices to one partner, in batches."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from temporalio import activity

from contracts.agencies import Agency
from contracts.base import Message
from contracts.failures import RequestRejected
from contracts.outbox import Delivered, PartnerMessage

BATCH = 100
ROUND_S = 600.0
IDLE_S = 0.3
"""How often an empty outbox is looked at."""


class Route(Message):
    """One partner's courier, and how long it pauses at most when the partner is away."""

    partner: Agency
    retry_cap: float


class Outbox(Protocol):
    """What waits for a partner."""

    async def waiting(self, partner: Agency, limit: int) -> list[PartnerMessage]: ...
    async def done(self, delivered: Sequence[Delivered]) -> None: ...


class Partner(Protocol):
    """Whom it is brought to."""

    async def send(self, messages: list[PartnerMessage]) -> list[Delivered]: ...


class CourierActivities:
    """Safe to repeat: every message carries its own key."""

    def __init__(self, outbox: Outbox, partners: Mapping[Agency, Partner]) -> None:
        self._outbox = outbox
        self._partners = partners

    @activity.defn
    async def deliver(self, route: Route) -> None:
        """Bring what waits, for one round; a partner that is away fails the attempt, and the server repeats it."""
        ends = time.monotonic() + ROUND_S
        while time.monotonic() < ends and not activity.is_worker_shutdown():
            activity.heartbeat()
            batch = await self._outbox.waiting(route.partner, BATCH)
            if batch:
                await self._bring(self._partners[route.partner], batch)
            else:
                await asyncio.sleep(IDLE_S)

    async def _bring(self, partner: Partner, batch: list[PartnerMessage]) -> None:
        try:
            delivered = await partner.send(batch)
        except RequestRejected:
            if len(batch) == 1:  # this one message is what the partner does not understand: keep it, with its problem
                delivered = [Delivered(id=batch[0].id, problem="request-rejected")]
            else:
                for message in batch:
                    await self._bring(partner, [message])
                return
        await self._outbox.done(delivered)
