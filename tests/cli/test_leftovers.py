"""A second start: refused while the first runs, told which port is taken, and clearing away what was left."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.supervisor.leftovers import PortTaken, RunsAlready, alone, end_leftovers, require_free, stopping
from cli.supervisor.parts import Part
from cli.supervisor.processes import Home, started

HOLDS = """
import sys, pathlib
from cli.supervisor.leftovers import alone, stopping
from cli.supervisor.processes import Home
with alone(Home(pathlib.Path(sys.argv[1]), pathlib.Path("."), {})) as lock:
    if sys.argv[2] == "stopping":
        stopping(lock)
    print("held", flush=True)
    sys.stdin.readline()
"""
ROOT = Path(__file__).resolve().parent.parent.parent
API = Part("api", ("/bin/true",))


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield process
        process.kill()


@contextmanager
def another(home: Home, how: str) -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLDS, str(home.state), how]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603  # ourselves
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def note(home: Home, pid: int, since: str | None) -> Path:
    written = home.runs / "api.json"
    written.write_text(json.dumps({"pid": pid, "started": since}))
    return written


def test_a_second_supervisor_is_refused_and_told_who_runs(home: Home) -> None:
    with another(home, "running") as first:
        with pytest.raises(RunsAlready, match=rf"runs already \(pid {first.pid}\)"), alone(home):
            pass
        first.communicate("\n")
    with alone(home):
        pass


async def test_one_that_is_just_stopping_is_waited_for(home: Home) -> None:
    def take() -> str:
        with alone(home):
            return (home.runs / "supervisor.lock").read_text()

    with another(home, "stopping") as first:
        assert first.stdin
        asyncio.get_running_loop().call_later(0.2, first.stdin.close)
        assert await asyncio.to_thread(take) == str(os.getpid())
        assert await asyncio.to_thread(first.wait) == 0


def test_a_killed_supervisor_holds_nothing(home: Home) -> None:
    with another(home, "running") as first:
        first.kill()
    with alone(home) as lock:
        stopping(lock)


async def test_a_leftover_is_ended(home: Home, sleeper: "subprocess.Popen[bytes]") -> None:
    written = note(home, sleeper.pid, started(sleeper.pid))
    assert await end_leftovers([API], home) == ["api"]
    assert sleeper.poll() is not None
    assert not written.exists()


async def test_a_stranger_that_got_the_same_pid_is_left_alone(home: Home, sleeper: "subprocess.Popen[bytes]") -> None:
    written = note(home, sleeper.pid, "1")
    assert await end_leftovers([API], home) == []
    assert sleeper.poll() is None
    assert not written.exists()


@pytest.mark.parametrize("content", ["", "{", '{"pid": 1}', '{"pid": 4194304, "started": null}'])
async def test_a_note_that_says_nothing_is_thrown_away(content: str, home: Home) -> None:
    written = home.runs / "api.json"
    written.write_text(content)
    assert await end_leftovers([API], home) == []
    assert not written.exists()


def test_a_taken_port_is_named_with_the_setting_that_moves_it() -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        part = Part("api", ("/bin/true",), ports={port: "LIENTHONG_API_PORT"})
        with pytest.raises(PortTaken, match=rf"port {port}, which api needs.*LIENTHONG_API_PORT"):
            require_free([part])
    require_free([part])
