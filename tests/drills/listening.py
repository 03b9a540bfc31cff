"""A portal's own little server: takes every event that is brought to it, after sending some of them away once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cli.bench.grounds import Grounds
from cli.stack import Role
from tests.stack import free_port, serve

TURNS_AWAY = 100
"""One call of so many."""


@dataclass
class Receiver:
    """What it was told: the numbers of the events it took, in the order in which they came."""

    taken: list[int] = field(default_factory=list)
    calls: int = 0

    @property
    def in_order(self) -> list[int]:
        """Each event once, as it came first: it may be brought again where its receipt was lost."""
        return list(dict.fromkeys(self.taken))

    async def heard(self, events: list[int], patience: float = 60) -> None:
        """Return when it has taken the last of these events."""
        async with asyncio.timeout(patience):
            while self.taken[-1:] != events[-1:]:
                await asyncio.sleep(0.1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        event = await Request(scope, receive).json()
        self.calls += 1
        away = self.calls % TURNS_AWAY == 0
        if not away:
            self.taken.append(event["id"])
        await Response(status_code=503 if away else 204)(scope, receive, send)


@asynccontextmanager
async def subscribed(ground: Grounds) -> AsyncIterator[Receiver]:
    """A receiver that hears of everything the portal's dossiers go through."""
    receiver, port = Receiver(), free_port()
    async with AsyncExitStack() as down:
        await serve(down, receiver, port)
        await ground.stack.send("/v1/webhooks", Role.PORTAL, {"url": f"http://127.0.0.1:{port}/"})
        yield receiver
