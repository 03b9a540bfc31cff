"""An office is merged while it has work: its successor reviews, signs in its own name, and reads where it came from."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import yaml

import workers.__main__ as workers
from api.web.route import SESSION_COOKIE
from cli.legal_time import today
from records.edge import Holder, Sessions
from tests.documents.reading import text_of
from tests.e2e import tokens
from tests.e2e.asking import OTHER_OFFICE, eventually, journal, problem, reject
from tests.e2e.test_desk_sessions import chosen, fields
from tests.stack import OFFICE, PIN, Stack, open_tasks, running
from workers.bootstrap import SAMPLE
from workers.rooms import Rooms

ACTS = "dossiers:read tasks:read tasks:act"
MERGED, SUCCESSOR = "Hoàn Kiếm", "Ngọc Hà"


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """A register that changes is nobody else's."""
    async with running(tmp_path, first_enquiry=6.0, retry_cap=2.0, mergers_every=0.2) as product:
        yield product


async def merge(stack: Stack, folder: Path) -> None:
    """The registers are loaded again, as an installation does it; from today on the other office carries on."""
    told = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    [ending] = [each for each in told["offices"] if each["code"] == OFFICE]
    ending |= {"valid_to": today() - timedelta(days=1), "successor": OTHER_OFFICE}
    changed = folder / "registers.yaml"
    changed.write_text(yaml.safe_dump(told), encoding="utf-8")
    await workers.prepare(stack.settings.model_copy(update={"registers": changed}))


class Successor:
    """Who works at the other office."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def _as(self, person: str) -> dict[str, str]:
        token = tokens.minted(self._stack, sub=person, client_id=person, scope=ACTS, offices=[OTHER_OFFICE])
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}

    async def get(self, path: str) -> httpx.Response:
        return await self._stack.http.get(path, headers=self._as("clerk-other"))

    async def post(self, path: str, body: dict[str, Any], person: str = "clerk-other") -> httpx.Response:
        return await self._stack.http.post(path, json=body, headers=self._as(person))

    async def task(self, code: str, kind: str) -> dict[str, Any]:
        view = await self._stack.until(code, lambda v: open_tasks(v, kind))
        answer = await self.get(f"/v1/tasks/{open_tasks(view, kind)[0]['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sign(self, task: dict[str, Any], sha256: str | None = None) -> httpx.Response:
        body = {"method": "remote", "document_sha256": sha256 or task["document_sha256"], "pin": PIN}
        return await self.post(f"/v1/tasks/{task['id']}/signature", body, "chair-other")


async def paper(stack: Stack, code: str, document: str) -> str:
    answer = await stack.get(f"/v1/dossiers/{code}/documents/{document}", "portal")
    assert answer.status_code == 200, answer.text
    return text_of(answer.content)


@pytest.mark.timeout(180)
async def test_the_successor_goes_on_with_what_the_merged_office_had(stack: Stack, tmp_path: Path) -> None:
    await stack.faults("population", pending_rate=0)
    reviewed, waiting = await stack.file(), await stack.file()
    await stack.task(reviewed, "review")
    await stack.accept(waiting)
    drafted = await stack.task(waiting, "signature")
    assert MERGED in await paper(stack, waiting, drafted["document"]["id"])
    await merge(stack, tmp_path)
    for code in (reviewed, waiting):
        await stack.until(code, lambda view: view["office"] == OTHER_OFFICE)

    successor = Successor(stack)
    inbox = (await successor.get(f"/v1/tasks?office={OTHER_OFFICE}")).json()["items"]
    assert {item["dossier"] for item in inbox} == {reviewed, waiting}
    assert not (await stack.get(f"/v1/tasks?office={OFFICE}", "clerk")).json()["items"]
    problem(await stack.get(f"/v1/dossiers/{reviewed}", "clerk"), 404, "dossier-unknown")
    assert (await stack.view(reviewed, "portal"))["office"] == OTHER_OFFICE

    task = await successor.task(reviewed, "review")
    answer = await successor.post(f"/v1/tasks/{task['id']}/review", {"decision": "accept"})
    assert answer.status_code == 200, answer.text
    await stack.until(waiting, lambda v: open_tasks(v, "signature")[0]["document"] != drafted["document"])
    assert problem(await successor.sign(drafted), 409, "stale-document")["changed"] == ["office"]
    stale = await signing_page(stack, drafted)
    assert f"<del>Ủy ban nhân dân phường {MERGED}" in stale
    assert f"<ins>Ủy ban nhân dân phường {SUCCESSOR}" in stale
    for code in (reviewed, waiting):
        answer = await successor.sign(await successor.task(code, "signature"))
        assert answer.status_code == 200, answer.text
        view = await stack.stage(code, "returned")
        [certificate] = view["documents"]
        told = await paper(stack, code, certificate["id"])
        assert SUCCESSOR in told
        assert MERGED not in told.split("Nơi sinh")[0]
        verified = await stack.http.get(f"/verify/{certificate['id']}")
        assert SUCCESSOR in verified.text
    [entry] = [each for each in await journal(stack, waiting) if each["kind"] == "office_moved"]
    assert entry["data"] == {"from": OFFICE, "to": OTHER_OFFICE, "reason": "office-merged"}
    moved = f"từ Ủy ban nhân dân phường {MERGED} sang Ủy ban nhân dân phường {SUCCESSOR}"
    assert moved in await page(stack, waiting)


async def page(stack: Stack, code: str, cookie: str | None = None) -> str:
    """The dossier's page: at the console, or at the desk of whose session it is."""
    async with httpx.AsyncClient(base_url=str(stack.http.base_url), timeout=30) as browser:
        if cookie is None:
            await browser.get(await chosen(stack, browser, "support"))
        else:
            browser.cookies.set(SESSION_COOKIE, cookie)
        return (await browser.get(f"/{'desk' if cookie else 'support'}/dossiers/{code}")).text


async def signing_page(stack: Stack, drafted: dict[str, Any]) -> str:
    """What the successor's chair is told who still had the draft before them that the merged office had made."""
    async with httpx.AsyncClient(base_url=str(stack.http.base_url), timeout=30) as browser:
        browser.cookies.set(SESSION_COOKIE, await session(stack, OTHER_OFFICE, person="chair-other"))
        page = f"/desk/tasks/{drafted['id']}"
        form = {**await fields(browser, page), "document_sha256": drafted["document_sha256"], "pin": PIN}
        answer = await browser.post(f"{page}/signature", data=form)
        assert answer.status_code == 409, answer.text
        return answer.text


@pytest.mark.timeout(120)
async def test_what_was_closed_stays_where_it_was_and_the_successors_clerks_see_it(
    stack: Stack, tmp_path: Path
) -> None:
    code = await stack.file()
    await reject(stack, code)
    successor = Successor(stack)
    problem(await successor.get(f"/v1/dossiers/{code}"), 404, "dossier-unknown")
    problem(await successor.get(f"/v1/dossiers?office={OFFICE}"), 403, "wrong-office")
    await merge(stack, tmp_path)
    answer = await eventually(lambda: successor.get(f"/v1/dossiers/{code}"), lambda answer: answer.status_code == 200)
    assert (answer.json()["office"], answer.json()["stage"]) == (OFFICE, "rejected")
    for listed in ("/v1/dossiers", f"/v1/dossiers?office={OFFICE}"):
        assert [item["code"] for item in (await successor.get(listed)).json()["items"]] == [code]
    found = await successor.post("/v1/searches", {"code": code})
    assert [item["code"] for item in found.json()["items"]] == [code]
    assert (await stack.get(f"/v1/dossiers/{code}", "clerk")).status_code == 200  # who was there before
    assert code in await page(stack, code, await session(stack, OTHER_OFFICE))


async def session(stack: Stack, *offices: str, person: str = "clerk-other") -> str:
    """Somebody at these offices has logged in at the desk; their cookie."""
    scopes = tuple(ACTS.split())
    holder = Holder(client=person, subject=person, name="An", scopes=scopes, offices=offices)
    rooms = Rooms.open(stack.settings)
    try:
        return await Sessions(rooms.database, rooms.keys).open(holder, datetime.now(UTC), timedelta(hours=1))
    finally:
        await rooms.close()
