"""Roles from the register: who was imported logs in and works, and whose duty has ended is out at once."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from cli import place
from cli.legal_time import today
from tests.e2e.asking import OTHER_OFFICE, a_family, filed_at, problem
from tests.e2e.browsing import Desk, chromium, other_desk
from tests.e2e.test_desk_sessions import LOGIN, Browser, browser, fields, logged_in
from tests.stack import OFFICE, Stack, open_tasks

__all__ = ["browser", "chromium", "other_desk"]
NO_ROLE = "Hôm nay tài khoản này không có nhiệm vụ"
PEOPLE = "account,name,office,role,credential,from,to"
OFFICES = "code,name,province,province_name,address,from,to,successor"
YESTERDAY = today() - timedelta(days=1)
OVER = "00001"
NEXT = re.compile(r'href="(/desk\?[^"]*cursor=[^"]+)"')


@dataclass
class Staff:
    """Whoever keeps the registers, by the operator's command."""

    stack: Stack
    folder: Path

    async def enter(self, option: str, head: str, *lines: str) -> str:
        path = self.folder / "lines.csv"
        path.write_text("\n".join([head, *lines]), encoding="utf-8")
        known = self.stack.settings
        moved = {"LIENTHONG_DATABASE_URL": known.database, "LIENTHONG_AGENCIES_URL": known.agencies_url}
        command = (sys.executable, "-m", "cli", "registers", "import", option, str(path))
        run = await asyncio.create_subprocess_exec(
            *command,
            cwd=place.ROOT,
            env=place.environment(known) | moved,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told = (await run.communicate())[0].decode()
        assert run.returncode == 0, told
        return told

    async def people(self, *lines: str) -> str:
        return await self.enter("--accounts", PEOPLE, *lines)


@dataclass
class Newcomer:
    """Somebody whom the issuer knows, but gives no rights."""

    account: str
    staff: Staff

    def line(self, role: str = "clerk", office: str = OFFICE, since: str = "2026-01-01", until: str = "") -> str:
        return f"{self.account},Đỗ Thị Mới,{office},{role},,{since},{until}"


@pytest.fixture
def staff(stack: Stack, tmp_path: Path) -> Staff:
    return Staff(stack, tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(stack: Stack, staff: Staff) -> Newcomer:
    account = f"new-{uuid4().hex[:8]}"
    person = {"client_id": account, "client_secret": "s", "subject": account, "scopes": [], "name": "Đỗ Thị Mới"}
    added = await stack.http.post(f"{stack.agencies}/vneid/control/accounts", json=[{**person, "title": "Công chức"}])
    added.raise_for_status()
    return Newcomer(account, staff)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(stack: Stack, browser: Browser, newcomer: Newcomer) -> AsyncIterator[httpx.AsyncClient]:
    """The newcomer's own, logged in as a clerk of the office."""
    await newcomer.staff.people(newcomer.line())
    yield await logged_in(stack, await browser(), newcomer.account)


async def whole_list(desk: httpx.AsyncClient) -> str:
    """All pages of the inbox: others have filed here, too, and what came last stands last."""
    text, following = "", ["/desk"]
    while following:
        page = await desk.get(unescape(following[0]))
        assert page.status_code == 200
        text += page.text
        following = NEXT.findall(page.text)
    return text


async def test_who_was_imported_sees_the_offices_tasks_and_decides(stack: Stack, desk: httpx.AsyncClient) -> None:
    code = await stack.file()
    page = f"/desk/tasks/{(await stack.task(code, 'review'))['id']}"
    inbox = await whole_list(desk)
    assert (code in inbox, "Đỗ Thị Mới" in inbox) == (True, True)
    form = {**await fields(desk, page), "decision": "accept"}
    assert (await desk.post(f"{page}/review", data=form)).status_code == 303
    assert not open_tasks(await stack.view(code), "review")


async def test_whose_duty_has_ended_is_told_so_at_the_next_request_and_does_nothing(
    stack: Stack, desk: httpx.AsyncClient, newcomer: Newcomer
) -> None:
    code = await stack.file()
    page = f"/desk/tasks/{(await stack.task(code, 'review'))['id']}"
    form = {**await fields(desk, page), "decision": "accept"}
    assert "1 ended" in await newcomer.staff.people(newcomer.line(until=str(YESTERDAY)))
    for answer in (await desk.get("/desk"), await desk.post(f"{page}/review", data=form)):
        assert (answer.status_code, NO_ROLE in answer.text) == (403, True)
    assert open_tasks(await stack.view(code), "review")
    live = await desk.get("/desk/rows", headers={"HX-Request": "true"})
    assert (live.status_code, live.headers["hx-refresh"]) == (403, "true")
    csrf = re.findall(r'name="csrf" value="([^"]+)"', (await desk.get("/desk")).text)[0]
    assert LOGIN in (await desk.post("/session/logout", data={"csrf": csrf})).text
    assert LOGIN in (await desk.get("/desk")).text


async def test_a_new_role_and_a_new_office_are_there_without_a_new_login(
    stack: Stack, desk: httpx.AsyncClient, newcomer: Newcomer
) -> None:
    code = await filed_at(stack, OTHER_OFFICE)
    assert (await desk.get(f"/desk/dossiers/{code}")).status_code == 404
    await newcomer.staff.people(newcomer.line(office=OTHER_OFFICE, role="chair"))
    assert (await desk.get(f"/desk/dossiers/{code}")).status_code == 200
    listed = (await desk.get("/desk")).text
    for office, name in ((OFFICE, "Hoàn Kiếm"), (OTHER_OFFICE, "Ngọc Hà")):
        assert f'<option value="{office}">Ủy ban nhân dân phường {name} ({office})</option>' in listed
    narrowed = (await desk.get("/desk", params={"office": OTHER_OFFICE, "kind": "review"})).text
    assert f'<option value="{OTHER_OFFICE}" selected>' in narrowed
    assert f"then=/desk%3Foffice%3D{OTHER_OFFICE}%26kind%3Dreview" in narrowed


async def test_a_role_that_has_not_begun_gives_nothing_and_who_is_in_no_register_keeps_the_issuers(
    stack: Stack, browser: Browser, newcomer: Newcomer, other_desk: Desk
) -> None:
    client = await logged_in(stack, await browser(), newcomer.account)
    answer = await client.get("/desk")
    assert (answer.status_code, NO_ROLE in answer.text) == (403, False)
    await newcomer.staff.people(newcomer.line(since=str(today() + timedelta(days=2))))
    answer = await client.get("/desk")
    assert (answer.status_code, NO_ROLE in answer.text) == (403, True)
    await client.get("/session/language/en")
    assert "No role today" in (await client.get("/desk")).text
    await other_desk.open("/desk")
    await other_desk.press(LOGIN)
    await other_desk.page.locator(f'button[value="{newcomer.account}"]').click()
    await other_desk.said(NO_ROLE)
    await other_desk.looked_at("no-role")
    await other_desk.press("Đăng xuất")
    await other_desk.said(LOGIN)


async def test_a_filing_for_an_office_that_is_over_is_told_who_carries_on(stack: Stack, staff: Staff) -> None:
    told = f"{OVER},Ủy ban nhân dân phường Cũ,01,Thành phố Hà Nội,Phường Cũ,2024-01-01,{YESTERDAY},{OFFICE}"
    await staff.enter("--offices", OFFICES, told)
    new = a_family(OVER)
    await stack.register(new)
    answer = problem(await stack.post("/v1/dossiers", new.filing, "portal"), 422)
    assert answer["successor"] == OFFICE
    (wrong,) = answer["errors"]
    assert (wrong["pointer"], wrong["code"]) == ("/office", "office-over")
    assert OFFICE in wrong["message"]
