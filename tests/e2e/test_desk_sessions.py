"""Sessions at the desk without a browser: who gets in, what a form must carry, what headers pages have."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio

from tests.stack import Stack, open_tasks

LOGIN = "Đăng nhập bằng VNeID"
SESSION = "lienthong_session"


Browser = Callable[[], Awaitable[httpx.AsyncClient]]


@pytest_asyncio.fixture(loop_scope="session")
async def browser(stack: Stack) -> AsyncIterator[Browser]:
    """New browsers, as far as cookies and forms go."""
    async with AsyncExitStack() as all_of_them:

        async def new() -> httpx.AsyncClient:
            return await all_of_them.enter_async_context(
                httpx.AsyncClient(base_url=str(stack.http.base_url), timeout=30)
            )

        yield new


@pytest_asyncio.fixture(loop_scope="session")
async def clerk(stack: Stack, browser: Browser) -> httpx.AsyncClient:
    return await logged_in(stack, await browser())


async def chosen(stack: Stack, client: httpx.AsyncClient, who: str) -> str:
    """Where the issuer sends this browser back to, once somebody was chosen."""
    away = urlsplit((await client.get("/session/login", params={"then": "/desk"})).headers["location"])
    form = {**dict(parse_qsl(away.query)), "account": who}
    back = await stack.http.post(f"{away.scheme}://{away.netloc}{away.path}", data=form)
    return back.headers["location"]


async def logged_in(stack: Stack, client: httpx.AsyncClient, who: str = "clerk") -> httpx.AsyncClient:
    answer = await client.get(await chosen(stack, client, who))
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk"), answer.text
    return client


async def fields(client: httpx.AsyncClient, page: str) -> dict[str, Any]:
    """What a page's first forms carry unseen."""
    text = (await client.get(page)).text
    return {name: re.findall(rf'name="{name}" value="([^"]+)"', text)[0] for name in ("csrf", "key")}


async def reviewing(stack: Stack) -> tuple[str, str]:
    code = await stack.file()
    return code, f"/desk/tasks/{(await stack.task(code, 'review'))['id']}"


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/rows", "/desk/tasks/x", "/desk/dossiers/x", "/desk/documents/x/y", "/desk/n"]
)
async def test_without_a_session_every_page_is_the_login(stack: Stack, path: str) -> None:
    answer = await stack.http.get(path, headers={"Authorization": f"Bearer {await stack.token('clerk')}"})
    assert answer.status_code == 200
    assert LOGIN in answer.text
    assert 'lang="vi"' in answer.text


@pytest.mark.parametrize("path", ["/desk", "/desk/nothing"])
async def test_pages_run_no_script_but_ours_and_stand_in_no_frame(
    stack: Stack, clerk: httpx.AsyncClient, path: str
) -> None:
    headers = (await clerk.get(path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(stack: Stack, browser: Browser) -> None:
    client = await browser()
    given = (await client.get(await chosen(stack, client, "clerk"))).headers.get_list("set-cookie")
    cookie = next(each for each in given if each.startswith(SESSION))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize("wrong", [{"csrf": "0" * 64}, {"csrf": ""}])
async def test_a_form_from_elsewhere_does_nothing(
    stack: Stack, clerk: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    code, page = await reviewing(stack)
    form = {**await fields(clerk, page), "decision": "accept", **wrong}
    assert (await clerk.post(f"{page}/review", data=form)).status_code == 403
    assert open_tasks(await stack.view(code), "review")


async def test_another_sessions_form_does_nothing(stack: Stack, clerk: httpx.AsyncClient, browser: Browser) -> None:
    code, page = await reviewing(stack)
    first, second = clerk, await logged_in(stack, await browser())
    form = {**await fields(first, page), "decision": "accept"}
    assert (await second.post(f"{page}/review", data=form)).status_code == 403
    assert open_tasks(await stack.view(code), "review")


async def test_the_same_button_pressed_twice_decides_once(stack: Stack, clerk: httpx.AsyncClient) -> None:
    code, page = await reviewing(stack)
    form = {**await fields(clerk, page), "decision": "accept"}
    answers = [await clerk.post(f"{page}/review", data=form) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    kinds = [each["kind"] for each in (await stack.get(f"/v1/dossiers/{code}/journal")).json()["items"]]
    assert kinds.count("accepted") == 1


async def test_after_logging_out_the_old_cookie_opens_nothing(stack: Stack, clerk: httpx.AsyncClient) -> None:
    token = clerk.cookies[SESSION]
    csrf = re.findall(r'name="csrf" value="([^"]+)"', (await clerk.get("/desk")).text)[0]
    await clerk.post("/session/logout", data={"csrf": csrf})
    answer = await stack.http.get("/desk", headers={"Cookie": f"{SESSION}={token}"})
    assert LOGIN in answer.text


async def test_a_login_that_this_browser_did_not_begin_opens_no_session(stack: Stack, browser: Browser) -> None:
    answer = await (await browser()).get(await chosen(stack, await browser(), "clerk"))
    assert answer.status_code == 401
    assert SESSION not in str(answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("who", ["support", "manager"])
async def test_who_may_not_decide_is_told_so(stack: Stack, browser: Browser, who: str) -> None:
    client = await logged_in(stack, await browser(), who)
    assert (await client.get("/desk")).status_code == 403


async def test_a_clerk_of_another_office_sees_neither_task_nor_dossier(stack: Stack, clerk: httpx.AsyncClient) -> None:
    assert (await clerk.get("/desk/dossiers/G22.99.08-261122-999999")).status_code == 404
    assert (await clerk.get("/desk/tasks/none")).status_code == 404
    assert (await clerk.get("/desk/documents/G22.99.08-261122-999999/x")).status_code == 404


async def test_while_the_issuer_is_away_sessions_go_on_and_the_login_says_so(
    stack: Stack, clerk: httpx.AsyncClient
) -> None:
    await stack.faults("vneid", down=True)
    try:
        assert (await clerk.get("/desk")).status_code == 200
        answer = await stack.http.get("/session/login")
    finally:
        await stack.clear("vneid")
    assert answer.status_code == 503
    assert "VNeID không trả lời" in answer.text
