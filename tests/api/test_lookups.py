"""Whoever guesses at papers is slowed down; nobody else is."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from api.app import create_app
from api.verify.lookups import MOST, Lookups
from runtime.settings import Settings
from tests.stack import free_port, serve

PAGE = "/verify/none"
Served = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """The API behind a real socket; a page of none of our papers needs neither database nor engine."""

    @asynccontextmanager
    async def serving(*proxies: str) -> AsyncIterator[httpx.AsyncClient]:
        port = free_port()
        async with AsyncExitStack() as down:
            await serve(down, create_app(Settings(state_dir=tmp_path, trusted_proxies=proxies)), port)
            yield await down.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}"))

    return serving


def test_an_address_asks_so_often_a_minute() -> None:
    now = [100.0]
    lookups = Lookups(most=2, window=60.0, clock=lambda: now[0])
    assert [lookups.admit("a") for _ in range(3)] == [True, True, False]
    assert lookups.admit("b")
    now[0] += 60
    assert lookups.admit("a")


async def asked(http: httpx.AsyncClient, forwarded: str) -> httpx.Response:
    return await http.get(PAGE, headers={"X-Forwarded-For": forwarded})


async def exhausted(http: httpx.AsyncClient, *forwarded: str) -> httpx.Response:
    """The answer that says to wait: a minute's end may come between, hence twice what one allows."""
    for number in range(2 * MOST + 1):
        answer = await asked(http, forwarded[number % len(forwarded)])
        if answer.status_code != 404:
            return answer
    raise AssertionError("nobody is ever slowed down")


async def test_nobody_is_believed_to_ask_for_others_unless_a_setting_says_so(served: Served) -> None:
    async with served() as http:
        answer = await exhausted(http, *(f"203.0.113.{number}" for number in range(100)))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert "Xin đợi một phút" in answer.text


async def test_behind_a_trusted_proxy_each_caller_is_counted_alone(served: Served) -> None:
    async with served("127.0.0.0/8") as http:
        assert (await exhausted(http, "203.0.113.1")).status_code == 429
        assert (await asked(http, "203.0.113.2")).status_code == 404
        assert (await exhausted(http, "203.0.113.3, 203.0.113.1")).status_code == 429, "a caller's own word is no proof"
        assert (await asked(http, "203.0.113.3")).status_code == 404


async def test_a_proxy_that_is_not_named_is_not_believed(served: Served) -> None:
    async with served("10.0.0.0/8") as http:
        assert (await exhausted(http, "203.0.113.1", "203.0.113.2")).status_code == 429


@pytest.mark.parametrize("wrong", ["*", "proxy.example", "10.0.0.0/40"])
def test_everybody_cannot_be_trusted(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(trusted_proxies=(wrong,))
