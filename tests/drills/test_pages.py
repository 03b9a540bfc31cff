"""The desk's pages over a large database: filled as the benchmark fills it, small; `--full` is the million."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from cli import place
from cli.bench import pages, populate
from cli.bench.grounds import Grounds
from cli.bench.pages_questions import GUARD
from cli.bench.populate_plan import IN_THOUSAND
from cli.bench.populate_templates import templates
from cli.trouble import Trouble
from records import search
from records.database import Database
from records.documents import DocumentStore
from records.edge import Claims
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from tests.databases import a_postgres_server, address

DOSSIERS = 400
LISTED = re.compile(r'id="task-[^"]+" href="/desk/tasks/([^"]+)"')
Tell = Callable[[str], None]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[Database, StoredKeys]]:
    database = Database(url)
    yield database, StoredKeys(database, place.settings().master_key_bytes)
    await database.close()


async def column(database: Database, statement: str, **given: Any) -> list[Any]:
    return list(await database.read(lambda c: c.execute(text(statement), given).scalars().all()))


@pytest.mark.timeout(300)
async def test_copies_are_dossiers_like_any_other_and_every_page_shows_its_rows(
    ground: Grounds, full: bool, tell: Tell
) -> None:
    if full:
        lines: list[str] = []
        assert await pages.run(1_000_000, 200, None, lines.append)
        tell("\n  ".join(lines))
    with a_postgres_server() as server:
        url = address(server)
        plain = url.replace("+psycopg", "")
        assert not populate.made(plain, DOSSIERS)
        await pages.filled(url, await templates(ground), DOSSIERS, lambda _: None)
        assert populate.made(plain, DOSSIERS)
        with pytest.raises(Trouble):
            populate.made(plain, DOSSIERS + 1)
        async with opened(url) as (database, keys):
            await _as_many_as_planned(database)
            await _like_any_other(database, keys)
            async with pages.reading(url, 4) as (http, about):
                for who in (about.chairs[0], about.deputies[0]):
                    page = await http.get("/desk", headers=who.headers)
                    assert LISTED.findall(page.text) == await _first_late(database, who.offices)
                await _the_newest_of_a_common_name(http, about.support.headers)
                figures = await pages.pages(http, about, 4, lambda _: None)
                assert {len(each.alone) for each in figures} == {len(each.together) for each in figures} == {4}
                tell(f"{len(figures)} kinds of pages and lists answered")


async def _as_many_as_planned(database: Database) -> None:
    counted = {name: DOSSIERS * share // 1000 for name, share in IN_THOUSAND.items()}
    tasks = sum(count for name, count in counted.items() if name.endswith(("in review", "to be signed")))
    assert await column(database, "SELECT count(*) FROM dossiers") == [DOSSIERS]
    assert await column(database, "SELECT count(*) FROM tasks WHERE state = 'open'") == [tasks]
    assert await column(database, "SELECT count(*) FROM incidents") == [counted["birth parked"]]
    unlike = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    assert await column(database, unlike) == []


async def _like_any_other(database: Database, keys: StoredKeys) -> None:
    """They open with our own code, their chains hold, and they are found by what stands in them."""
    journal, queries, claims = JournalStore(database, keys), Queries(database, keys), Claims(database, keys)
    documents = DocumentStore(database, keys)
    one_of_each = 'SELECT DISTINCT ON ("group", stage, open_incidents) code FROM dossiers'
    codes = await column(database, one_of_each)
    assert len(codes) > 8
    for code in codes:
        opening, state = await claims.opening(code), await queries.view(code, datetime.now(UTC))
        assert (opening.code, opening.office) == (state.code, state.office) == (code, opening.office)
        assert await journal.verify_chain(code)
        found = await column(database, "SELECT token FROM search_tokens WHERE dossier = :code", code=code)
        expected = search.filing_tokens(keys, opening.filing) | search.result_tokens(keys, None, state)
        assert set(found) == expected
        for each in state.documents:
            assert (await documents.get(code, each.id)).sha256 == each.sha256
            assert bool(await documents.verdict(code, each.id)) is each.signed


async def _the_newest_of_a_common_name(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    csrf = GUARD.search((await http.get("/desk", headers=headers)).text)
    page = (await http.post("/desk/search", data={"csrf": csrf[1], "text": "nguyen"}, headers=headers)).text
    codes = re.findall(r'href="/desk/dossiers/([^"]+)"', page)
    assert codes == sorted(codes, reverse=True)
    assert len(codes) == 50
    assert "Chỉ hiện các hồ sơ mới nhất" in page


async def _first_late(database: Database, offices: tuple[str, ...]) -> list[str]:
    listed = "SELECT id FROM tasks WHERE state = 'open' AND office = ANY(:offices) ORDER BY due_at, id LIMIT 25"
    return await column(database, listed, offices=list(offices))
