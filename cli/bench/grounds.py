"""A whole stack of its own for one benchmark or drill: real processes on free ports, kept running like any other."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli import local, place
from cli.bench.ports import free_ports
from cli.stack import Stack
from cli.supervisor.processes import Home
from cli.supervisor.supervisor import Supervisor
from runtime.settings import Settings

PARTS = ("engine", "agencies", "workers", "api")
PATIENCE_S = 120.0
CONNECTIONS = 100


@dataclass
class Grounds:
    """One running stack, what its processes say, and the means to break it."""

    settings: Settings
    home: Home
    stack: Stack
    supervisor: Supervisor
    told: list[str] = field(default_factory=list)
    """What the supervisor said, in order."""

    def pid(self, part: str) -> int:
        """The process that is this part now."""
        return self.supervisor.pid(part)

    def kill(self, *parts: str) -> None:
        """End parts without any warning; the supervisor starts them again."""
        for part in parts:
            with suppress(ProcessLookupError):
                os.kill(self.pid(part), signal.SIGKILL)

    async def ready(self, patience: float = PATIENCE_S) -> None:
        """Return when filings can be taken."""
        url = f"{place.api_url(self.settings)}/readyz"
        async with asyncio.timeout(patience), httpx.AsyncClient(trust_env=False) as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(url)).is_success:
                        return
                await asyncio.sleep(0.1)

    def logs(self) -> str:
        """Everything that all parts have logged."""
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in sorted(self.home.logs.glob("*")))


@asynccontextmanager
async def grounds(
    state: Path | None = None, *, patience: float = PATIENCE_S, **moved: str | float | None
) -> AsyncIterator[Grounds]:
    """Start a stack in an empty folder, hand it over when it is ready, and stop it.

    `moved`: settings by their names. `patience`: so long a call is repeated while its outcome is unknown.
    """
    with tempfile.TemporaryDirectory(prefix="lienthong-", ignore_cleanup_errors=True) as scratch:
        known, told_to_parts = settings_on_free_ports(state or Path(scratch), moved)
        home = Home(known.state_dir, place.ROOT, {**local.environment(known), **told_to_parts})
        home.prepare()
        told: list[str] = []
        supervisor = Supervisor(local.parts(known), home, told.append)
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with httpx.AsyncClient(timeout=30.0, trust_env=False, limits=limits) as http:
            stack = Stack(http, known, patience=patience)
            async with supervisor.running():
                yield Grounds(known, home, stack, supervisor, told)
                if state is None:
                    supervisor.ask_stop()  # asked once more at the end: what is thrown away need not be left in order


def settings_on_free_ports(state: Path, moved: Mapping[str, str | float | None]) -> tuple[Settings, dict[str, str]]:
    """The settings of a stack on free ports, and how its processes are told of them."""
    engine, ui, api, agencies = free_ports(4)
    agencies_url = f"http://127.0.0.1:{agencies}"
    given: dict[str, object] = {
        "state_dir": state.resolve(),
        "temporal_address": f"127.0.0.1:{engine}",
        "temporal_ui_port": ui,
        "api_port": api,
        "agencies_url": agencies_url,
        "issuer": f"{agencies_url}/vneid",
        "signing_url": f"{agencies_url}/signing",
        "public_url": f"http://127.0.0.1:{api}",
        **{name: value for name, value in moved.items() if value is not None},
    }
    told = {f"LIENTHONG_{name.upper()}": str(value) for name, value in given.items()}
    return Settings.model_validate(given), told
