"""Sessions at the desk without a browser: who gets in, what a form must carry, what headers pages have."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from records.edge import Uploads
from tests.e2e import tokens
from tests.e2e.asking import OTHER_OFFICE, a_family, a_paper
from tests.stack import Stack, open_tasks
from workers.rooms import Rooms

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


@pytest_asyncio.fixture(loop_scope="session")
async def rooms(stack: Stack) -> AsyncIterator[Rooms]:
    opened = Rooms.open(stack.settings)
    yield opened
    await opened.close()


async def elsewhere(stack: Stack, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The chair of another office, whom our register knows, logged in."""
    chair = {"client_id": "chair-other", "client_secret": "s", "subject": "chair-other", "scopes": []}
    told = [{**chair, "name": "Vũ Văn Nơi Khác", "title": "Chủ tịch"}]
    (await stack.http.post(f"{stack.agencies}/vneid/control/accounts", json=told)).raise_for_status()
    return await logged_in(stack, client, "chair-other")


async def drafted_elsewhere(stack: Stack) -> tuple[str, str, str]:
    """A dossier with a paper that another office has filed and accepted: its code, its review, its certificate."""
    new = a_family(OTHER_OFFICE)
    await stack.register(new)
    code = await stack.file(new.filing | {"attachments": [a_paper()]})
    review = open_tasks(await stack.until(code, lambda view: open_tasks(view, "review")), "review")[0]["id"]
    token = tokens.minted(stack, sub="chair-other", client_id="desk", scope="tasks:act", offices=[OTHER_OFFICE])
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    answer = await stack.http.post(f"/v1/tasks/{review}/review", json={"decision": "accept"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return code, review, (await stack.until(code, lambda view: view["documents"]))["documents"][0]["id"]


async def test_what_another_office_has_is_not_there_for_a_clerk(
    stack: Stack, clerk: httpx.AsyncClient, browser: Browser, rooms: Rooms
) -> None:
    await stack.faults("population", pending_rate=0)
    try:
        code, review, document = await drafted_elsewhere(stack)
    finally:
        await stack.clear("population")
    filing = await rooms.claims().filing(code)
    assert filing is not None
    theirs, paper = await elsewhere(stack, await browser()), filing.papers[0].blob
    for page, refused in (
        (f"tasks/{review}", 403),
        (f"dossiers/{code}", 404),
        (f"documents/{code}/{document}", 404),
        (f"papers/{code}/{paper}", 404),
    ):
        assert (await theirs.get(f"/desk/{page}")).status_code == 200
        answer = await clerk.get(f"/desk/{page}")
        assert (answer.status_code, filing.applicant.full_name in answer.text) == (refused, False)


async def test_a_citizens_paper_opens_as_what_it_is_and_never_as_a_page(
    stack: Stack, clerk: httpx.AsyncClient, rooms: Rooms
) -> None:
    code = await stack.file()
    uploads = Uploads(rooms.database, rooms.keys)
    page = b"<!doctype html><script>alert(document.cookie)</script>"
    for content, kind, disposition in (
        (b"%PDF-1.4\n%%EOF\n", "application/pdf", None),
        (b"\x89PNG\r\n\x1a\n", "image/png", None),
        (page, "application/octet-stream", "attachment"),
        (b" %PDF-" + page, "application/octet-stream", "attachment"),
    ):
        answer = await clerk.get(f"/desk/papers/{code}/{await uploads.put(code, 'giấy.html', content)}")
        headers = answer.headers
        assert (answer.status_code, answer.content) == (200, content)
        assert (headers["content-type"], headers.get("content-disposition")) == (kind, disposition)
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert (await clerk.get(f"/desk/papers/{code}/none")).status_code == 404


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
