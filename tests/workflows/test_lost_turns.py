"""The engine dies with a turn that the journal has already, and nobody repeats the call: the journal is put right."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from cli.bench.ports import free_ports
from contracts import queues
from contracts.dossier import DossierState, Stage, TaskKind, TaskState
from contracts.journal import EventKind, JournalWrite
from orchestrator import Orchestrator, OutcomeUnknown
from records.database import Database
from records.feed import Standings
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from runtime.temporal import DossierPlugin
from tests.keys import DerivedKeys
from tests.workflows.birth import Birth, request
from tests.workflows.conftest import INDEXED, _served
from tests.workflows.parish import DeathHouse
from workers.lost_turns import LostTurns
from workflows.birth import BirthDossier
from workflows.parking import ParkingInterceptor

DECIDED = [EventKind.TASK_CLOSED, EventKind.ACCEPTED]


class Engine:
    """A dev server that keeps what it has in a file, and can be killed."""

    def __init__(self, folder: Path) -> None:
        self.address = f"127.0.0.1:{free_ports(1)[0]}"
        self._file = folder / "engine.db"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Client:
        temporal = shutil.which("temporal", path=str(Path(sys.executable).parent))
        port = self.address.rpartition(":")[2]
        options = ("--headless", "--namespace", "dossiers", "--port", port, "--db-filename", str(self._file))
        kinds = {"INT": "Int", "KEYWORD_LIST": "KeywordList"}
        indexed = [f"{key.name}={kinds[key.indexed_value_type.name]}" for key in INDEXED]
        attributes = [part for each in indexed for part in ("--search-attribute", each)]
        self._process = await asyncio.create_subprocess_exec(
            str(temporal), "server", "start-dev", *options, *attributes, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(45):
            while True:
                with contextlib.suppress(RuntimeError):
                    return await Client.connect(
                        self.address,
                        namespace="dossiers",
                        plugins=[DossierPlugin(DerivedKeys(), [ParkingInterceptor()])],
                    )
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


class Kept(DeathHouse):
    """Keeps what it is told in a real journal; can hold a worker up after one write, before the engine hears of it."""

    def __init__(self, journal: JournalStore) -> None:
        super().__init__()
        self._journal = journal
        self.stalls = False
        self.written, self.goes_on = asyncio.Event(), asyncio.Event()

    async def write(self, turn: JournalWrite) -> None:
        await self._journal.write(turn)
        await super().write(turn)
        if self.stalls:
            self.written.set()
            await self.goes_on.wait()


@contextlib.asynccontextmanager
async def at_work(client: Client, house: DeathHouse) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as running:
        for queue, activities in _served(house).items():
            workflows = [BirthDossier] if queue == queues.WORKFLOWS else []
            grace = timedelta(seconds=1)
            worker = Worker(
                client, task_queue=queue, workflows=workflows, activities=activities, graceful_shutdown_timeout=grace
            )
            await running.enter_async_context(worker)
        yield


class Desk:
    """A real journal of one dossier, and who puts it right."""

    def __init__(self, database: Database) -> None:
        self.keys = StoredKeys(database, bytes(32))
        self.journal = JournalStore(database, self.keys)
        self._database, self._standings = database, Standings(database)
        self._queries = Queries(database, self.keys)

    async def knows(self, code: str) -> None:
        await self._database.write(lambda connection: self.keys.keep(connection, code, bytes(32)))

    async def put_right(self, client: Client) -> None:
        await LostTurns(client, self._standings, self.journal).compare(0, await self._standings.newest())

    async def kinds(self, code: str) -> list[str]:
        assert await self.journal.verify_chain(code)
        return [each["kind"] for each in await self._queries.journal(code)]

    async def view(self, code: str) -> DossierState:
        view = await self._queries.view(code, datetime.now(UTC))
        assert view is not None
        return view


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(f"sqlite:///{tmp_path / 'records.db'}")
    await database.migrate()
    yield Desk(database)
    await database.close()


@pytest.mark.timeout(120)
async def test_a_turn_that_died_with_the_engine_is_taken_back_and_the_dossier_goes_on(
    desk: Desk, tmp_path: Path
) -> None:
    engine, house = Engine(tmp_path), Kept(desk.journal)
    client = await engine.start()
    birth = Birth(client, house.towns)
    await desk.knows(birth.code)
    async with at_work(client, house):
        await birth.file()
        task = await birth.task(TaskKind.REVIEW)
        true = await desk.kinds(birth.code)
        birth.door = Orchestrator(client, timeout=3)
        house.stalls = True
        accepting = asyncio.create_task(birth.decide(task.id, request()))
        await house.written.wait()
        await engine.kill()
        house.stalls = False
        house.goes_on.set()
        with pytest.raises(OutcomeUnknown):
            await accepting
        await engine.start()
        assert (await desk.kinds(birth.code))[len(true) :][:2] == DECIDED, "it never happened"
        events = len((await birth.history()).events)

        await desk.put_right(client)
        assert await desk.kinds(birth.code) == true
        view = await desk.view(birth.code)
        assert (view.stage, [each.state for each in view.tasks]) == (Stage.SUBMITTED, [TaskState.OPEN])
        assert len((await birth.history()).events) == events, "asking leaves no trace"

        birth.door = Orchestrator(client, timeout=15)
        await birth.decide(task.id, request())
        await desk.put_right(client)
        assert (await desk.kinds(birth.code))[: len(true) + 2] == [*true, *DECIDED]
    await engine.kill()


async def test_a_dossier_that_has_ended_is_left_alone(engine: Client, returned: Birth, desk: Desk) -> None:
    turns = returned.town.journal.writes
    await desk.knows(returned.code)
    for turn in turns:
        await desk.journal.write(turn)
    last = turns[-1].entries[-1]
    beyond = last.model_copy(update={"seq": last.seq + 1, "kind": EventKind.TASK_OPENED})
    await desk.journal.write(turns[-1].model_copy(update={"entries": (beyond,)}))
    before = await desk.kinds(returned.code)
    await desk.put_right(engine)
    assert await desk.kinds(returned.code) == before
