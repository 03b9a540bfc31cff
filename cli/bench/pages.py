"""`lienthong bench pages`: how long the desk's pages and the lists take with a million dossiers in PostgreSQL."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from sqlalchemy import make_url

from cli import local, place
from cli.bench import populate
from cli.bench.filing import Tell
from cli.bench.grounds import grounds, settings_on_free_ports
from cli.bench.pages_questions import Asked, Question, asked, questions
from cli.bench.pages_readers import an_issuer
from cli.bench.populate_server import a_server
from cli.bench.populate_templates import Template, templates
from cli.bench.spread import Spread
from cli.supervisor.processes import Home
from cli.supervisor.supervisor import Supervisor
from cli.trouble import Trouble
from records.database import Database
from records.keys import StoredKeys
from runtime.settings import Settings

DRIVER = "postgresql+psycopg"
PATIENCE_S = 600.0
WARM_UP = 10
AT_ONCE = 4


@dataclass(frozen=True)
class Figures:
    """Seconds that a question took, asked one after another and several at once."""

    question: str
    alone: list[float]
    together: list[float]

    @property
    def line(self) -> str:
        """In the table."""
        return f"{self.question:<60}{_columns(self.alone)}{_columns(self.together)}"


async def run(dossiers: int, times: int, database_url: str | None, tell: Tell) -> list[Figures]:
    """The benchmark on a server of its own, or on the one that is named."""
    with ExitStack() as kept:
        began = time.monotonic()
        url = database_url or kept.enter_context(a_server())
        if populate.made(_plain(url), dossiers):
            tell("made before: used as it is")
            await migrated(url)
        else:
            async with grounds() as ground:
                found = await templates(ground)
            tell(f"{len(found)} dossiers brought to where they are copied from: {time.monotonic() - began:.0f} s")
            await filled(url, found, dossiers, tell)
            tell(f"the database, altogether: {time.monotonic() - began:.0f} s")
        async with reading(url, times) as (http, about):
            return await pages(http, about, times, tell)


async def migrated(url: str) -> None:
    """The database brought up to date."""
    async with _opened(url) as database:
        await database.migrate()


async def filled(url: str, found: Sequence[Template], dossiers: int, tell: Tell) -> None:
    """So many copies in an empty database."""
    await migrated(url)
    async with _opened(url) as database:
        await populate.fill(database, _plain(url), place.settings().master_key_bytes, found, dossiers, tell)


@asynccontextmanager
async def reading(url: str, times: int) -> AsyncIterator[tuple[httpx.AsyncClient, Asked]]:
    """The API on that database, and what it can be asked."""
    with an_issuer() as issuer, tempfile.TemporaryDirectory(prefix="lienthong-") as scratch:
        known, told = settings_on_free_ports(Path(scratch), {"database_url": _ours(url), "issuer": issuer.address})
        async with _opened(url) as database:
            keys = StoredKeys(database, known.master_key_bytes)
            about = await asked(database, keys, issuer, known.audience, times)
        async with _api(known, told) as http:
            yield http, about


async def pages(http: httpx.AsyncClient, about: Asked, times: int, tell: Tell) -> list[Figures]:
    """Every question so many times, alone and several at once; raises `Trouble` where one is not answered."""
    tell(HEAD)
    done = []
    for question in questions(about):
        done.append(await _figures(http, question, times))
        tell(done[-1].line)
    return done


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(_ours(url), patience=PATIENCE_S)
    yield database
    await database.close()


@asynccontextmanager
async def _api(known: Settings, told: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The API alone, as a process like any other, and a client of it."""
    home = Home(known.state_dir, place.ROOT, {**local.environment(known), **told})
    home.prepare()
    parts = [replace(part, after=()) for part in local.parts(known) if part.name == "api"]
    async with (
        Supervisor(parts, home, lambda _: None).running(),
        httpx.AsyncClient(base_url=place.api_url(known), timeout=60.0, trust_env=False) as http,
    ):
        yield http


async def _figures(http: httpx.AsyncClient, question: Question, times: int) -> Figures:
    prepared = [await question.prepare(http, number) for number in range(times)]
    for request in prepared[:WARM_UP]:
        await _timed(http, question, request)
    alone = [await _timed(http, question, request) for request in prepared]
    hands = asyncio.Semaphore(AT_ONCE)

    async def one(request: httpx.Request) -> float:
        async with hands:
            return await _timed(http, question, request)

    together = await asyncio.gather(*map(one, prepared))
    return Figures(question.name, alone, together)


async def _timed(http: httpx.AsyncClient, question: Question, request: httpx.Request) -> float:
    began = time.perf_counter()
    answer = await http.send(request)
    took = time.perf_counter() - began
    if not question.fits(answer):
        raise Trouble(f"{question.name}: {request.url.path} answered {answer.status_code}\n{answer.text[:300]}")
    return took


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _ours(url: str) -> str:
    return make_url(url).set(drivername=DRIVER).render_as_string(hide_password=False)


HEAD = f"{'ms, as a client on this machine sees it':<60}{'one by one: p50   p95   max':>28}"
HEAD += f"{'4 at once: p50   p95   max':>28}"


def _columns(took: Sequence[float]) -> str:
    spread = Spread.of(took)
    return f"{spread.p50 * 1000:>16.0f}{spread.p95 * 1000:>6.0f}{max(took) * 1000:>6.0f}"
