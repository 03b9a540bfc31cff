"""One running part: its process, its log, and the note by which a later start finds it."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.supervisor.parts import Part

CHILD = Path(__file__).with_name("child.py")
LOG_MOST = 20_000_000
STARTED_FIELD = 19
"""Of /proc/PID/stat, counted after the program's name."""


@dataclass(frozen=True)
class Home:
    """Where logs and notes of running parts lie, and what parts are started with."""

    state: Path
    folder: Path
    environment: Mapping[str, str]

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def runs(self) -> Path:
        return self.state / "run"

    def log(self, name: str) -> Path:
        """A part's log."""
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make the folders; put logs aside that have grown too long."""
        for folder in (self.logs, self.runs):
            folder.mkdir(parents=True, exist_ok=True)
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LOG_MOST:
                log.replace(log.with_suffix(".log.1"))


class Child:
    """A part's process; it ends when the supervisor does, however that ends."""

    def __init__(self, part: Part, process: asyncio.subprocess.Process, note: Path) -> None:
        self._part = part
        self._process = process
        self._note = note
        self._since = time.monotonic()

    @classmethod
    async def start(cls, part: Part, home: Home) -> "Child":
        """Start a part in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        with home.log(part.name).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", str(CHILD), str(os.getpid()), str(int(part.orphaned))),
                *part.command,
                cwd=home.folder,
                env=home.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        note = home.runs / f"{part.name}.json"
        note.write_text(json.dumps({"pid": process.pid, "started": started(process.pid)}))
        return cls(part, process, note)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def age(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._since

    async def wait(self) -> int:
        """The exit code; negative: ended by that signal."""
        code = await self._process.wait()
        self._note.unlink(missing_ok=True)
        return code

    async def stop(self, grace: float) -> bool:
        """Ask it to end, then make it end; whether it ended by itself."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(grace):
                await self.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self.wait()
            return False
        return True


def started(pid: int) -> str | None:
    """When a process started, in the system's own count; none where it is gone. A pid alone may be reused."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    except OSError:
        return None
    state, *fields = after_name.split()
    return None if state == "Z" else fields[STARTED_FIELD - 1]


def ended(code: int) -> str:
    """An exit code in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
