"""What only a real line shows: a cut connection, signed callbacks, a process killed."""

import asyncio
import base64
import hashlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook

from sim_agencies.app import create_app
from sim_agencies.cut import CuttableProtocol
from sim_agencies.settings import Settings
from tests.sim_agencies.deaths import DEATHS
from tests.sim_agencies.samples import CALL_OF, CALLS, Call, clear_faults, eventually, ledger, new_dossier, set_faults

DERIVED = "whsec_" + base64.b64encode(hashlib.sha256(b"lienthong-local-population").digest()).decode()


def listening() -> socket.socket:
    line = socket.socket()
    line.bind(("127.0.0.1", 0))
    return line


def _true_of(fact: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def told() -> bool:
        return fact()

    return told


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    line = listening()
    server = uvicorn.Server(uvicorn.Config(app, http=CuttableProtocol, access_log=False, log_level="error"))
    serving = asyncio.create_task(server.serve(sockets=[line]))
    await eventually(_true_of(lambda: server.started))
    yield f"http://127.0.0.1:{line.getsockname()[1]}"
    server.should_exit = True
    await serving


class Orchestrator:
    """Takes callbacks, verifies them, and answers what the test says."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.answers: list[int] = []
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.app.post("/v1/callbacks/{agency}")(self._hear)

    async def _hear(self, agency: str, request: Request) -> Response:
        body = await request.body()
        message = Webhook(DERIVED).verify(body, dict(request.headers))
        assert message["message_id"] == request.headers["webhook-id"]
        self.heard.append((agency, message))
        return Response(status_code=self.answers.pop(0) if self.answers else 202)

    async def hears(self, count: int) -> list[dict[str, Any]]:
        await eventually(_true_of(lambda: len(self.heard) >= count))
        return [message for _, message in self.heard]


@pytest.fixture(scope="module")
async def hearing() -> AsyncIterator[tuple[Orchestrator, str]]:
    orchestrator = Orchestrator()
    async with served(orchestrator.app) as url:
        yield orchestrator, url


def calling(url: str, state: Path) -> Settings:
    return Settings(state_dir=state, callback_url=f"{url}/v1/callbacks")


@pytest.fixture(scope="module")
async def line(
    hearing: tuple[Orchestrator, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(create_app(calling(hearing[1], tmp_path_factory.mktemp("sim")))) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield client


@pytest.fixture
async def agencies(line: httpx.AsyncClient, hearing: tuple[Orchestrator, str]) -> AsyncIterator[httpx.AsyncClient]:
    hearing[0].heard.clear()
    yield line
    await clear_faults(line)


@pytest.fixture
def orchestrator(hearing: tuple[Orchestrator, str]) -> Orchestrator:
    return hearing[0]


@pytest.mark.parametrize("call", [*CALLS, *DEATHS], ids=lambda call: f"{call.agency}/{call.effect}")
async def test_a_lost_answer_is_a_cut_line_after_the_effect(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0, lost_response_rate=1)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await call.ask(agencies, dossier, dossier)
    await set_faults(agencies, call.agency, pending_rate=0)
    assert call.word((await call.ask(agencies, dossier, dossier)).json()) == call.granted
    [row] = await ledger(agencies, call.agency, dossier)
    assert row["requests"] == 2


async def test_a_late_answer_calls_back_signed(agencies: httpx.AsyncClient, orchestrator: Orchestrator):
    dossier = new_dossier()
    call = CALL_OF["population"]
    await set_faults(agencies, "population", answer_delay_s=[0.05, 0.1])
    reference = call.reference_in(await call.ask(agencies, dossier, dossier))
    [message] = await orchestrator.hears(1)
    [row] = await ledger(agencies, "population", dossier)
    assert orchestrator.heard[0][0] == "population"
    assert message.keys() == {"message_id", "reference", "dossier", "step", "answer"}
    assert (message["reference"], message["dossier"], message["step"]) == (reference, dossier, "issue_id")
    assert message["answer"] == {"outcome": "granted", "result": row["result"]}


async def test_a_late_refusal_calls_back_with_its_reason(agencies: httpx.AsyncClient, orchestrator: Orchestrator):
    await set_faults(agencies, "population", answer_delay_s=[0, 0], refuse_rate=1)
    await CALL_OF["population"].ask(agencies, new_dossier(), new_dossier())
    [message] = await orchestrator.hears(1)
    assert message["answer"].keys() == {"outcome", "reason", "text", "legal_basis"}
    assert message["answer"]["outcome"] == "refused"


async def test_an_answer_given_now_calls_back_now(agencies: httpx.AsyncClient, orchestrator: Orchestrator):
    dossier = new_dossier()
    await set_faults(agencies, "population", answer_delay_s=[864000, 864000])
    await CALL_OF["population"].ask(agencies, dossier, dossier)
    await agencies.post("/population/control/answers", json={"dossier": dossier})
    [message] = await orchestrator.hears(1)
    assert message["dossier"] == dossier


async def test_a_callback_not_taken_is_repeated_and_one_refused_for_good_is_not(
    agencies: httpx.AsyncClient, orchestrator: Orchestrator
):
    orchestrator.answers = [503, 202, 410]
    await set_faults(agencies, "population", answer_delay_s=[0, 0])
    await CALL_OF["population"].ask(agencies, new_dossier(), new_dossier())
    first, second = await orchestrator.hears(2)
    assert first == second
    await CALL_OF["population"].ask(agencies, new_dossier(), new_dossier())
    await orchestrator.hears(3)
    await asyncio.sleep(0.7)
    assert len(orchestrator.heard) == 3


async def test_a_callback_may_come_twice(agencies: httpx.AsyncClient, orchestrator: Orchestrator):
    await set_faults(agencies, "population", answer_delay_s=[0, 0], callback_duplicate_rate=1)
    await CALL_OF["population"].ask(agencies, new_dossier(), new_dossier())
    first, second = await orchestrator.hears(2)
    assert first["message_id"] == second["message_id"]


async def test_a_callback_may_never_come(agencies: httpx.AsyncClient, orchestrator: Orchestrator):
    dossier = new_dossier()
    await set_faults(agencies, "population", answer_delay_s=[0, 0], callback_drop_rate=1)
    await CALL_OF["population"].ask(agencies, dossier, dossier)
    await eventually(lambda: ledger(agencies, "population", dossier))
    await asyncio.sleep(0.1)
    assert orchestrator.heard == []


async def is_there(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).status_code == 200
    except httpx.ConnectError:
        return False


async def test_cases_and_callbacks_survive_a_kill(
    orchestrator: Orchestrator, hearing: tuple[Orchestrator, str], tmp_path: Path
):
    url, dossier, call = hearing[1], new_dossier(), CALL_OF["population"]
    orchestrator.heard.clear()
    with closing(listening()) as line:
        port = line.getsockname()[1]
    env = {"SIM_STATE_DIR": str(tmp_path), "SIM_PORT": str(port), "SIM_CALLBACK_URL": f"{url}/v1/callbacks"}
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "sim_agencies", env={**os.environ, **env})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as agencies:
        await eventually(lambda: is_there(agencies))
        await set_faults(agencies, "population", answer_delay_s=[2.0, 2.0])  # not before it is killed
        taken = (await call.ask(agencies, dossier, dossier)).json()
    child.kill()
    await child.wait()
    assert orchestrator.heard == []

    async with served(create_app(calling(url, tmp_path))) as again, httpx.AsyncClient(base_url=again) as agencies:
        [message] = await orchestrator.hears(1)
        assert (message["reference"], message["dossier"]) == (taken["maYeuCau"], dossier)
        assert message["answer"]["result"] == (await ledger(agencies, "population", dossier))[0]["result"]
        assert (await agencies.get("/healthz")).json() == {"stopped": []}
