"""Bringing events to portals' webhooks: in order per subscription, many subscriptions at once."""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from temporalio import activity

from activities.courier import IDLE_S
from contracts.webhooks import DeliveryState, WebhookCall, WebhookOutcome

AT_ONCE = 32
"""Receivers called at the same time; a dead one takes a place for a time-out, then pauses."""
ATTEMPTS_MOST = 20
FIRST_PAUSE_S = 1.0
TAKEN = range(200, 300)
GONE = 410


class Queue(Protocol):
    """What waits for portals."""

    async def due(self, busy: Collection[str], limit: int) -> list[WebhookCall]: ...
    async def record(self, outcome: WebhookOutcome) -> None: ...


class Receivers(Protocol):
    """Whoever listens: the status of the answer, none where there was none in time."""

    async def send(self, call: WebhookCall) -> int | None: ...


class WebhookCarrier:
    """A subscription's next event goes out once the one before it is settled; no subscription waits for another."""

    def __init__(self, queue: Queue, receivers: Receivers, retry_cap: float) -> None:
        self._queue = queue
        self._receivers = receivers
        self._retry_cap = retry_cap

    async def carry(self, ongoing: Callable[[], bool]) -> None:
        """Start what is due as places come free; at the end what is under way is finished."""
        busy: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as calls:
            while ongoing():
                if len(busy) < AT_ONCE:
                    for call in await self._queue.due(busy.keys(), AT_ONCE - len(busy)):
                        busy[call.subscription] = calls.create_task(self._attempt(call))
                if busy:
                    await asyncio.wait(busy.values(), timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(IDLE_S)
                busy = {subscription: task for subscription, task in busy.items() if not task.done()}

    async def _attempt(self, call: WebhookCall) -> None:
        outcome = judged(call, await self._receivers.send(call), self._retry_cap)
        await self._queue.record(outcome)
        if outcome.state is DeliveryState.FAILED:
            told = {"webhook": call.id, "status": outcome.status, "gone": outcome.gone}
            activity.logger.warning("webhook_failed", extra=told)


def judged(call: WebhookCall, status: int | None, retry_cap: float) -> WebhookOutcome:
    """Taken, gone for good, given up, or tried again after twice the pause before."""
    attempts = call.attempts + 1
    state, pause = DeliveryState.PENDING, None
    if status in TAKEN:
        state = DeliveryState.DELIVERED
    elif status == GONE or attempts >= ATTEMPTS_MOST:
        state = DeliveryState.FAILED
    else:
        pause = min(FIRST_PAUSE_S * 2**call.attempts, retry_cap)
    return WebhookOutcome(
        subscription=call.subscription,
        event=call.event.id,
        attempts=attempts,
        status=status,
        state=state,
        again_after_s=pause,
        gone=status == GONE,
    )
