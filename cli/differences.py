"""`lienthong differences`: what raises that reach back make due on benefits that were paid before they were known."""

import asyncio
from typing import Annotated

import typer

from cli import timeline
from cli.records import rooms
from orchestrator import Orchestrator
from runtime.temporal import DossierPlugin, connect
from workers.arrears import START, Arrears, Due, Found, Place, Undecided, Unread
from workers.differences import Differences
from workers.rooms import Rooms

HEADINGS = ("dossier", "benefit", "due", "")


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(differences)


def differences(
    apply: Annotated[bool, typer.Option("--apply", help="Open a dossier for each, as the workers do daily.")] = False,
) -> None:
    """List what is due, and what a person has to decide; names nobody."""
    rows = asyncio.run(_differences(apply=apply))
    print("\n".join(timeline.table([HEADINGS, *rows])) if rows else "nothing is due")


async def _differences(*, apply: bool) -> list[tuple[str, ...]]:
    async with rooms() as opened:
        found = await _all(Arrears.of(opened))
        opener = await _opener(opened) if apply else None
        return [await _row(each, opener) for each in found]


async def _all(arrears: Arrears) -> list[Found]:
    found: list[Found] = []
    place: Place | None = START
    while place is not None:
        page, place = await arrears.page(place)
        found += page
    return found


async def _opener(opened: Rooms) -> Differences:
    settings = opened.settings
    client = await connect(settings, DossierPlugin(opened.keys), lazy=True)
    return Differences.of(opened, Orchestrator(client, settings.update_timeout))


async def _row(each: Found, opener: Differences | None) -> tuple[str, ...]:
    match each:
        case Due(difference=difference):
            opened = f"opened as {await opener.open(each)}" if opener else ""
            return each.first.code, each.kind, f"{difference.amount:,} VND", opened
        case Undecided(code=code, kind=kind, why=why):
            return code, kind, "?", f"a person decides: {why}"
        case Unread(code=code, kind=kind, trouble=trouble):
            return code, kind, "?", f"cannot be read: {trouble}"
