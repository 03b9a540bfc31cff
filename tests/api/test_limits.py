"""How many filings one process takes on at once."""

import asyncio

import httpx
from starlette.types import Receive, Scope, Send

from api.limits import FilingLimit

PATH = "/v1/dossiers"


class Slow:
    """An app that answers when it is let."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.begun = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        await self.may_end.wait()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def client(app: Slow, patience: float) -> httpx.AsyncClient:
    limited = FilingLimit(app, PATH, most=2, patience=patience)
    return httpx.AsyncClient(transport=httpx.ASGITransport(limited), base_url="http://api")


async def test_who_waits_too_long_is_told_to_come_again_and_nothing_was_begun() -> None:
    app = Slow()
    async with client(app, patience=0.05) as http:
        taken = [asyncio.create_task(http.post(PATH)) for _ in range(2)]
        while app.begun < 2:
            await asyncio.sleep(0)
        turned_away = await http.post(PATH)
        app.may_end.set()
        assert [(await each).status_code for each in taken] == [202, 202]
    assert (turned_away.status_code, app.begun) == (429, 2)
    assert turned_away.json()["type"] == "urn:lienthong:problem:too-busy"
    assert int(turned_away.headers["Retry-After"]) > 0


async def test_whoever_waits_gets_the_next_free_turn() -> None:
    app = Slow()
    async with client(app, patience=30) as http:
        calls = [asyncio.create_task(http.post(PATH)) for _ in range(5)]
        while app.begun < 2:
            await asyncio.sleep(0)
        assert app.begun == 2
        app.may_end.set()
        assert {(await each).status_code for each in calls} == {202}
    assert app.begun == 5


async def test_reads_wait_for_no_filing() -> None:
    app = Slow()
    async with client(app, patience=30) as http:
        calls = [asyncio.create_task(http.get(PATH)) for _ in range(5)]
        while app.begun < 5:
            await asyncio.sleep(0)
        app.may_end.set()
        await asyncio.gather(*calls)
