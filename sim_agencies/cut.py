"""Cutting the line: the server closes the connection after the effect, before a byte of the answer."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CUT = "lienthong.cut"


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, handing each request the means to cut its own connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CUT: self.transport.abort}  # type: ignore[dict-item]  # values are free by the ASGI text


class CutConnection(Response):
    """In place of an answer: the caller sees the connection end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        abort: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
        if abort is None:  # in-process tests have no line to cut
            raise ConnectionResetError("the agency cut the connection")
        abort()
        # Returning before the server has noticed would make it answer 500 into the closed line.
        while (await receive())["type"] != "http.disconnect":
            pass
