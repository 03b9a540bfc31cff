"""The supervisor with small parts: order, restarts, stopping in time, and what a killed one leaves."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cli.supervisor.parts import Part
from cli.supervisor.processes import LOG_MOST, Home, started
from cli.supervisor.supervisor import StartFailed, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent
SERVES = 'trap "echo $0 stopped >> events; exit 0" TERM; echo $0 started >> events; while :; do sleep 0.02; done'
STUBBORN = 'trap "" TERM; echo $0 started >> events; while :; do sleep 0.02; done'


class Told(list[str]):
    """What the operator reads."""

    def saying(self, words: str) -> list[str]:
        return [line for line in self if words in line]


def a_part(name: str, script: str = SERVES, **more: Any) -> Part:
    return Part(name, ("/bin/sh", "-c", script, name), **more)


def events(home: Home) -> list[str]:
    with suppress(FileNotFoundError):
        return (home.folder / "events").read_text().split("\n")[:-1]
    return []


async def until(condition: Callable[[], object], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # files and processes tell nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(home: Home, *parts: Part) -> AsyncIterator[tuple[Supervisor, Told]]:
    told = Told()
    supervisor = Supervisor(parts, home, told.append)

    async def ready() -> None:
        told.append("all ready")

    main = asyncio.create_task(supervisor.run(ready, lambda: told.append("stopping")))
    try:
        await until(lambda: "all ready" in told)
        yield supervisor, told
    finally:
        supervisor.ask_stop()
        await main


def pid_of(home: Home, name: str) -> int:
    return int(json.loads((home.runs / f"{name}.json").read_text())["pid"])


async def test_parts_start_in_their_order_and_stop_the_other_way_round(home: Home) -> None:
    engine = a_part("engine", ready=lambda: _seen(home, "engine started"))
    once = a_part("bootstrap", "sleep 0.1; echo $0 done >> events", after=("engine",), once=True)
    workers = a_part("workers", after=("bootstrap",), ready=lambda: _seen(home, "workers started"))
    async with running(home, engine, once, workers):
        assert events(home) == ["engine started", "bootstrap done", "workers started"]
    assert events(home)[3:] == ["workers stopped", "engine stopped"]
    assert not list(home.runs.glob("*.json"))


async def _seen(home: Home, event: str) -> bool:
    return event in events(home)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_part_that_dies_is_started_again_and_said_so(how: signal.Signals, home: Home) -> None:
    async with running(home, a_part("api", "echo $0 started >> events; exec sleep 60")) as (_, told):
        await until(lambda: len(events(home)) == 1)
        os.kill(pid_of(home, "api"), how)
        await until(lambda: len(events(home)) == 2)
        (line,) = told.saying("started again")
        assert line.startswith(f"api was killed by {how.name}; started again in 0.5 s")
        await until(lambda: told.saying("ready again"))


async def test_a_one_shot_that_fails_is_tried_again(home: Home) -> None:
    script = "echo $0 >> events; test $(wc -l < events) -ge 2"
    async with running(home, a_part("bootstrap", script, once=True)) as (_, told):
        assert told.saying("bootstrap ended with exit code 1; started again")
        assert told.saying("bootstrap  done")


async def test_a_part_that_never_comes_up_ends_the_start_with_the_end_of_its_log(home: Home) -> None:
    parts = [a_part("engine"), a_part("api", "echo 'no such setting' >&2; exit 3", ready=_never)]
    with pytest.raises(StartFailed, match=r"(?s)api ended with exit code 3, 3 times over.*no such setting") as failed:
        await Supervisor(parts, home, Told().append).run(_nothing, lambda: None)
    assert str(home.log("api")) in str(failed.value)
    assert events(home)[-1] == "engine stopped"


async def test_a_part_that_is_never_ready_ends_the_start(home: Home) -> None:
    with pytest.raises(StartFailed, match="not ready in time: api"):
        await Supervisor([a_part("api", ready=_never)], home, Told().append, 0.3).run(_nothing, lambda: None)


async def _never() -> bool:
    return False


async def _nothing() -> None:
    return None


async def test_a_part_that_will_not_end_is_made_to(home: Home) -> None:
    async with running(home, a_part("workers", STUBBORN, grace=0.2)) as (supervisor, told):
        await until(lambda: events(home))
        pid, since = pid_of(home, "workers"), time.monotonic()
        supervisor.ask_stop()
        await until(lambda: told.saying("workers did not end in time and was killed"))
        assert time.monotonic() - since < 5
        assert started(pid) is None


async def test_asked_twice_it_waits_for_nobody(home: Home) -> None:
    async with running(home, a_part("workers", STUBBORN, grace=30)) as (supervisor, _):
        await until(lambda: events(home))
        since = time.monotonic()
        supervisor.ask_stop()
        await asyncio.sleep(0.1)
        supervisor.ask_stop()
    assert time.monotonic() - since < 5


async def test_output_goes_to_the_parts_log(home: Home) -> None:
    home.log("api").write_text("earlier\n")
    async with running(home, a_part("api", "echo one; echo two >&2; exec sleep 60")):
        await until(lambda: home.log("api").read_text() == "earlier\none\ntwo\n")


def test_a_log_that_has_grown_too_long_is_put_aside(home: Home) -> None:
    with home.log("api").open("wb") as log:
        log.truncate(LOG_MOST + 1)
    home.log("engine").write_text("short")
    home.prepare()
    assert sorted(path.name for path in home.logs.iterdir()) == ["api.log.1", "engine.log"]


async def test_parts_end_when_their_supervisor_is_killed(home: Home) -> None:
    script = f"""
import asyncio, os, pathlib
from cli.supervisor.parts import Part
from cli.supervisor.processes import Home
from cli.supervisor.supervisor import Supervisor
async def nothing(): pass
home = Home(pathlib.Path({str(home.state)!r}), pathlib.Path({str(home.folder)!r}), dict(os.environ))
parts = [Part("api", ("/bin/sh", "-c", {SERVES!r}, "api"))]
asyncio.run(Supervisor(parts, home, lambda line: None).run(nothing, lambda: None))
"""
    supervisor = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT)
    await until(lambda: events(home) == ["api started"])
    note = home.runs / "api.json"
    await until(lambda: note.exists() and note.read_text())  # written after the start, by another process
    pid = pid_of(home, "api")
    supervisor.kill()
    await supervisor.wait()
    await until(lambda: started(pid) is None)
    assert events(home) == ["api started", "api stopped"]
