"""`lienthong up`: the whole stack on this machine, in one terminal."""

import asyncio
import json
import signal
from dataclasses import asdict
from functools import partial
from typing import IO, Annotated

import typer

from cli import demo as demonstration
from cli import local, place
from cli.scripted import PIN
from cli.stack import Role, stack_at
from cli.supervisor.child import end_with_parent
from cli.supervisor.leftovers import alone, end_leftovers, require_free, stopping
from cli.supervisor.processes import Home
from cli.supervisor.supervisor import Supervisor
from cli.trouble import Trouble
from runtime.settings import Settings

ASKING_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(up)


def up(
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="File sample dossiers at the first start.")] = True,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C; a part that dies is started again."""
    if with_parent:
        end_with_parent()
    known = place.settings()
    home = Home(known.state_dir, place.ROOT, local.environment(known))
    home.prepare()
    with alone(home) as lock:
        asyncio.run(_up(known, home, partial(_stopping, lock), demo=demo))
    _tell("stopped; started again, everything goes on where it was")


async def _up(known: Settings, home: Home, when_stopping: "partial[None]", *, demo: bool) -> None:
    parts = local.parts(known)
    supervisor = Supervisor(parts, home, _tell)
    for each in ASKING_TO_STOP:
        asyncio.get_running_loop().add_signal_handler(each, supervisor.ask_stop)
    left = await end_leftovers(parts, home)
    if left:
        _tell(f"ended what an earlier start had left: {', '.join(left)}")
    require_free(parts)
    _tell(f"Liên Thông is starting; logs in {home.logs}")
    await supervisor.run(partial(_welcome, known, demo=demo), when_stopping)


def _stopping(lock: IO[str]) -> None:
    _tell("stopping …")
    stopping(lock)


async def _welcome(known: Settings, *, demo: bool) -> None:
    """Where everything is, who may come in, and what was filed to look at."""
    _tell("")
    for name, where in local.addresses(known):
        _tell(f"{name:<18}{where}")
    _tell(f"{'sample accounts':<18}{', '.join(Role)} (a token: `lienthong token clerk`; the chair's PIN: {PIN})")
    if demo:
        try:
            await _show(known)
        except Trouble as trouble:
            _tell(f"\nthe sample dossiers could not be filed: {trouble}")
    _tell("\nready; Ctrl-C stops everything")


async def _show(known: Settings) -> None:
    marker = known.state_dir / "demo.json"
    if marker.exists():
        shown = demonstration.Shown(**json.loads(marker.read_text()))
        _tell("\n".join(["\nsample dossiers (`lienthong follow CODE`)", *shown.lines()]))
        return
    _tell("\nfiling sample dossiers …")
    async with stack_at(patience=demonstration.PATIENCE_S) as stack:
        shown = await demonstration.play(stack)
        marker.write_text(json.dumps(asdict(shown)))
        _tell("\n".join([*shown.lines(), "", await demonstration.story(stack, shown.walked)]))


def _tell(line: str) -> None:
    print(line, flush=True)
