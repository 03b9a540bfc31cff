"""What one process takes on: no body larger than a filing can be, no more filings at once than end in time."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, answer


class BodyLimit:
    """Reading stops with a 413 problem, after the token was looked at.

    Counts what is received; FastAPI's own limit would answer in plain text, and before the token is checked.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)


class FilingLimit:
    """So many filings are in hand at once, and others wait a moment for their turn; whoever waits too long gets 429.

    Begun all together, none of them would end before its caller, or the engine, gives up on it. Nothing was begun for
    those that are turned away.
    """

    def __init__(self, app: ASGIApp, path: str, most: int, patience: float) -> None:
        self._app = app
        self._path = path
        self._turns = asyncio.Semaphore(most)
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self._path:
            return await self._app(scope, receive, send)
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            problem = Problem(429, "too-busy", "too many filings at once; come again with the same key")
            return await answer(Request(scope), problem)(scope, receive, send)
        try:
            await self._app(scope, receive, send)
        finally:
            self._turns.release()
