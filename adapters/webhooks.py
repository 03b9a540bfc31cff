"""Calling a portal's receiver: signed anew at each attempt (Standard Webhooks), redirects not followed."""

import asyncio
import socket
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from contracts.addresses import is_public
from contracts.webhooks import WebhookCall

TIMEOUT_S = 5.0
"""For all of one attempt, the name's look-up included."""
HTTPS = 443


class AddressNotAllowed(OSError):
    """The receiver's name leads into a private network."""


class Receivers:
    """Any portal's receiver; outside the local environment only such as the open internet holds."""

    def __init__(self, http: httpx.AsyncClient, *, local: bool, timeout: float = TIMEOUT_S) -> None:
        self._http = http
        self._local = local
        self._timeout = timeout

    @classmethod
    def client(cls) -> httpx.AsyncClient:
        """No proxy, which would look names up itself; no connection kept, which could outlive a name's check."""
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits, trust_env=False, follow_redirects=False)

    async def send(self, call: WebhookCall) -> int | None:
        """One attempt: the answer's status, or none where there was no answer in time. The answer is not read."""
        try:
            async with asyncio.timeout(self._timeout):
                request = await self._request(call)
                response = await self._http.send(request, stream=True)
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):
            return None
        return response.status_code

    async def _request(self, call: WebhookCall) -> httpx.Request:
        body, now = call.event.model_dump_json(exclude_none=True), datetime.now(UTC)
        url = httpx.URL(call.url)
        headers = {
            "content-type": "application/json",
            "user-agent": "lienthong-webhooks",
            "host": url.netloc.decode("ascii"),
            "webhook-id": call.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(call.secret.get_secret_value()).sign(call.id, now, body),
        }
        # Connect to the very address that was checked: the name may lead elsewhere a moment later.
        to = url if self._local else url.copy_with(host=await _checked(url))
        extensions = {"sni_hostname": url.raw_host.decode("ascii")}
        return self._http.build_request("POST", to, content=body, headers=headers, extensions=extensions)


async def _checked(url: httpx.URL) -> str:
    name = url.raw_host.decode("ascii")
    found = await asyncio.get_running_loop().getaddrinfo(name, url.port or HTTPS, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if url.scheme != "https" or not addresses or not all(is_public(each) for each in addresses):
        raise AddressNotAllowed("webhooks go to the open internet alone")
    return addresses[0]
