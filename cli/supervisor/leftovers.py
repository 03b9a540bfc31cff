"""One supervisor at a time; what an earlier one left behind is ended before a new start."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cli.supervisor.parts import Part
from cli.supervisor.processes import Home, started
from cli.trouble import Trouble

LOOK_S = 0.05
ENDS_IN_S = 3.0
STOPS_IN_S = 12.0


class RunsAlready(Trouble):
    """Another supervisor has this state folder."""

    def __init__(self, holder: str, state: Path) -> None:
        who = f" (pid {holder})" if holder else ""
        super().__init__(f"the stack of {state} runs already{who}; stop that one first, with Ctrl-C or `kill`")


class PortTaken(Trouble):
    """A port that a part needs belongs to somebody else."""

    def __init__(self, port: int, part: str, setting: str) -> None:
        super().__init__(
            f"port {port}, which {part} needs, is taken by another program (`ss -ltnp 'sport = :{port}'` shows which); "
            f"stop it, or move ours with {setting}"
        )


@contextmanager
def alone(home: Home) -> Iterator[IO[str]]:
    """Hold the state folder; a supervisor that is just stopping is waited for."""
    with (home.runs / "supervisor.lock").open("a+", encoding="ascii") as lock:
        _lock(lock, home)
        _write(lock, str(os.getpid()))
        yield lock


def stopping(lock: IO[str]) -> None:
    """Let a next start know that it only has to wait."""
    _write(lock, "stopping")


def _lock(lock: IO[str], home: Home) -> None:
    deadline = time.monotonic() + STOPS_IN_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read()
            if holder != "stopping" or time.monotonic() > deadline:
                raise RunsAlready(holder if holder.isdigit() else "", home.state) from None
            time.sleep(LOOK_S)
        else:
            return


def _write(lock: IO[str], text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


async def end_leftovers(parts: Iterable[Part], home: Home) -> list[str]:
    """End processes that a killed supervisor left, last started first; their names."""
    found = []
    for part in reversed(list(parts)):
        note = home.runs / f"{part.name}.json"
        with suppress(OSError, ValueError, KeyError):
            told = json.loads(note.read_text())
            if told["started"] and told["started"] == started(told["pid"]):
                await _end(told["pid"], told["started"])
                found.append(part.name)
        note.unlink(missing_ok=True)
    return found


async def _end(pid: int, since: str) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + ENDS_IN_S
        while started(pid) == since and time.monotonic() < deadline:  # noqa: ASYNC110  # no child of ours: nobody tells us
            await asyncio.sleep(LOOK_S)


def require_free(parts: Iterable[Part]) -> None:
    """Every port must be ours to take; raises `PortTaken` with the setting that moves it."""
    for part in parts:
        for port, setting in part.ports.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as err:
                    raise PortTaken(port, part.name, setting) from err
