"""Bringing statuses and notices to one partner, in batches, and events to portals (activities/webhooks.py)."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from temporalio import activity

from contracts.agencies import Agency
from contracts.base import Message
from contracts.failures import AgencyProtocolError, Failure, RequestRejected
from contracts.outbox import UNREADABLE, Delivered, PartnerMessage, Recipient

BATCH = 100
ROUND_S = 600.0
PROBLEMS: dict[type[Failure], str] = {RequestRejected: "request-rejected", AgencyProtocolError: UNREADABLE}
IDLE_S = 0.3
"""How often an outbox is looked at; what comes meanwhile goes in one batch."""


class Route(Message):
    """One recipient's courier, and how long it pauses at most when the recipient is away."""

    partner: Recipient
    retry_cap: float


class Outbox(Protocol):
    """What waits for a partner."""

    async def waiting(self, partner: Agency, limit: int) -> list[PartnerMessage]: ...
    async def done(self, delivered: Sequence[Delivered]) -> None: ...


class Partner(Protocol):
    """Whom it is brought to."""

    async def send(self, messages: list[PartnerMessage]) -> list[Delivered]: ...


class Carrier(Protocol):
    """How one recipient is served: brings what waits, again and again while `ongoing()` says so."""

    async def carry(self, ongoing: Callable[[], bool]) -> None: ...


class CourierActivities:
    """Safe to repeat: every message carries its own key."""

    def __init__(self, carriers: Mapping[Recipient, Carrier]) -> None:
        self._carriers = carriers

    @activity.defn
    async def deliver(self, route: Route) -> None:
        """Bring what waits, for one round; a partner that is away fails the attempt, and the server repeats it."""
        ends = time.monotonic() + ROUND_S

        def ongoing() -> bool:
            activity.heartbeat()
            return time.monotonic() < ends and not activity.is_worker_shutdown()

        await self._carriers[route.partner].carry(ongoing)


class PartnerCarrier:
    """Statuses and notices of one agency."""

    def __init__(self, outbox: Outbox, agency: Agency, partner: Partner) -> None:
        self._outbox = outbox
        self._agency = agency
        self._partner = partner

    async def carry(self, ongoing: Callable[[], bool]) -> None:
        """Batch after batch."""
        while ongoing():
            batch = await self._outbox.waiting(self._agency, BATCH)
            if batch:
                await self._bring(batch)
            if len(batch) < BATCH:
                await asyncio.sleep(IDLE_S)

    async def _bring(self, batch: list[PartnerMessage]) -> None:
        try:
            delivered = await self._partner.send(batch)
        except (RequestRejected, AgencyProtocolError) as err:
            if len(batch) > 1:  # find the one message that the partner or we stumble over: it holds no other dossier
                for message in batch:
                    activity.heartbeat()
                    await self._bring([message])
                return
            delivered = [Delivered(id=batch[0].id, problem=PROBLEMS[type(err)])]
        await self._outbox.done(delivered)
