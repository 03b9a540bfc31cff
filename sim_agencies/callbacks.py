"""Telling the orchestrator of late answers: signed by Standard Webhooks, kept and repeated until taken."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
from standardwebhooks import Webhook

from sim_agencies.store import Callback, Store

AT_ONCE = 16
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def is_final(status: int) -> bool:
    """Taken, or refused in a way that no repetition will change."""
    return status not in TRY_AGAIN and (HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or 400 <= status < 500)  # noqa: PLR2004


class CallbackSender:
    """Delivers one agency's callbacks, a few at a time."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        self._store = store
        self._url = url
        self._webhook = Webhook(secret)
        self._under_way = 0

    @property
    def is_full(self) -> bool:
        return self._under_way >= AT_ONCE

    def start_due(self, sending: asyncio.TaskGroup, client: httpx.AsyncClient, wake: asyncio.Event) -> None:
        """Start what is due, within the limit; each wakes the desk when it ends."""
        for callback in self._store.claim_callbacks(AT_ONCE - self._under_way):
            self._under_way += 1
            sending.create_task(self._deliver(client, callback, wake))

    async def _deliver(self, client: httpx.AsyncClient, callback: Callback, wake: asyncio.Event) -> None:
        pause = min(FIRST_PAUSE_S * 2 ** min(callback.attempts, 10), LONGEST_PAUSE_S)
        try:
            response = await client.post(self._url, content=callback.body, headers=self._signed(callback))
            if is_final(response.status_code):
                self._store.drop_callback(callback)
            else:
                self._store.postpone_callback(callback, pause)
        except httpx.TransportError:
            self._store.postpone_callback(callback, pause)
            await asyncio.sleep(pause)  # nobody listens: keep the place, so that a long queue does not hammer
        self._under_way -= 1
        wake.set()

    def _signed(self, callback: Callback) -> dict[str, str]:
        """Signed anew at each attempt: the receiver refuses stamps older than five minutes."""
        at = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": callback.message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._webhook.sign(callback.message_id, at, callback.body),
        }
