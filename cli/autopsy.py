"""`lienthong replay`, `lienthong archive`: do recorded histories fit the installed code, and are they kept."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from cli import timeline
from cli.legal_time import moment
from cli.records import rooms
from cli.trouble import NotRunning, Trouble
from contracts.dossier import Group
from orchestrator import DossierUnknown
from records.support.archive import Archive, ArchiveStatus
from runtime.temporal import DossierPlugin, connect
from workers.rehearsal import Outcome, Rehearsal
from workers.rooms import Rooms

SHOWN = 10
"""So many misfits are told one by one; most of them have the same cause."""


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(replay)
    app.command()(archive)


def replay(
    code: Annotated[str | None, typer.Argument(help="The dossier's code; open or closed, archived or not.")] = None,
    all_open: Annotated[bool, typer.Option("--open", help="All open dossiers: before a roll-out.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="With --open: at most so many.")] = None,
    group: Annotated[Group | None, typer.Option(help="With --open: only these.")] = None,
) -> None:
    """Run recorded histories against the installed code; changes nothing. Exit code 1 where one does not fit."""
    if (code is None) is not all_open:
        raise Trouble("name one dossier, or say --open")
    fits = asyncio.run(_one(code) if code else _open(group, limit))
    if not fits:
        raise typer.Exit(1)


def archive(
    status: Annotated[bool, typer.Option("--status", help="How far it is; there is nothing else to ask.")] = True,
) -> None:
    """Show how many histories of closed dossiers are kept, and how many are still to be."""
    del status
    print("\n".join(timeline.table(_told(asyncio.run(_status())))))


async def _one(code: str) -> bool:
    async with _rehearsal() as (opened, rehearsal):
        header = await opened.queries().header(code)
        if header is None:
            raise Trouble(f"there is no dossier {code}")
        try:
            outcome = await rehearsal.one(header.group, code)
        except DossierUnknown as err:
            raise Trouble(f"{code}: {err}") from None
    if outcome.erased:
        raise Trouble(f"{code}: its key was destroyed; nobody can read its history any more")
    told = f"{outcome.events} events, from the {outcome.source}"
    if outcome.misfit is None:
        print(f"{code} fits the installed code ({told})")
        return True
    print(f"{code} does not fit the installed code ({told})\n  {outcome.misfit}")
    return False


async def _open(group: Group | None, limit: int | None) -> bool:
    counts, shown = Counter[str](), list[Outcome]()
    async with _rehearsal() as (_, rehearsal):
        async for outcome in rehearsal.open(group, limit):
            counts[_kind(outcome)] += 1
            if outcome.misfit and len(shown) < SHOWN:
                shown.append(outcome)
    total = counts.total()
    print(f"{total} open dossiers: {counts['fits']} fit the installed code, {counts['misfit']} do not")
    if counts["erased"]:
        print(f"{counts['erased']} cannot be read: their keys were destroyed")
    for each in shown:
        print(f"  {each.code}  {each.misfit}")
    if counts["misfit"] > len(shown):
        print(f"  … and {counts['misfit'] - len(shown)} more")
    return not counts["misfit"]


def _kind(outcome: Outcome) -> str:
    if outcome.erased:
        return "erased"
    return "misfit" if outcome.misfit else "fits"


@asynccontextmanager
async def _rehearsal() -> AsyncIterator[tuple[Rooms, Rehearsal]]:
    async with rooms() as opened:
        try:
            yield opened, Rehearsal.of(opened, await _engine(opened))
        except RPCError as err:
            raise Trouble(f"the engine did not answer: {err.status.name.lower()}") from None


async def _engine(opened: Rooms) -> Client:
    settings = opened.settings
    try:
        return await connect(settings, DossierPlugin(opened.keys))
    except RuntimeError as err:
        if "connect" not in str(err):
            raise
        raise NotRunning(settings.temporal_address) from None


async def _status() -> ArchiveStatus:
    async with rooms() as opened:
        return await Archive(opened.database).status()


def _told(status: ArchiveStatus) -> list[tuple[str, ...]]:
    newest = moment(status.newest_at.isoformat()) if status.newest_at else "–"
    waits = f"the first closed {moment(status.waits_since.isoformat())}" if status.waits_since else ""
    return [
        ("kept", f"{status.kept} histories", f"{status.bytes / 1e6:.1f} MB, the last one {newest}"),
        ("still to keep", f"{status.missing} histories", waits),
    ]
