"""Requests by route and status, in Prometheus' text format; a route is its template, so nobody is named."""

import time
from collections import defaultdict
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "text/plain; version=0.0.4"
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
REQUESTS, SECONDS = "lienthong_http_requests_total", "lienthong_http_request_seconds_total"
HELP = {
    REQUESTS: "Requests answered, by route and status.",
    SECONDS: "Time spent on them, in seconds.",
}

Answered = tuple[str, str, int]
"""Method, route, status."""


class Meter:
    """What this process has answered since it started."""

    def __init__(self) -> None:
        self._requests: defaultdict[Answered, float] = defaultdict(int)
        self._seconds: defaultdict[Answered, float] = defaultdict(float)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One more answer."""
        key = (method if method in METHODS else "OTHER", route, status)
        self._requests[key] += 1
        self._seconds[key] += seconds

    def text(self) -> str:
        """Everything counted, as Prometheus reads it."""
        return "".join([*_family(REQUESTS, self._requests), *_family(SECONDS, self._seconds)])


def _family(name: str, counted: Mapping[Answered, float]) -> list[str]:
    lines = [f"# HELP {name} {HELP[name]}\n", f"# TYPE {name} counter\n"]
    for (method, route, status), value in sorted(counted.items()):
        lines.append(f'{name}{{method="{method}",route="{route}",status="{status}"}} {round(value, 6)}\n')
    return lines


class Metered:
    """Looks at every answer on its way out."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        status, began = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._meter.count(scope["method"], route, status, time.perf_counter() - began)
