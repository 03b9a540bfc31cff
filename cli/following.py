"""`lienthong follow`: what happens to a dossier, as it happens."""

import asyncio
from typing import Annotated, Any

import typer

from cli import timeline
from cli.stack import AgenciesUrl, Role, Stack, Url, stack_at
from contracts.dossier import Stage

LOOK_EVERY_S = 1.0
PATIENCE_S = 30.0


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(follow)


def follow(
    code: Annotated[str, typer.Argument(help="The dossier's code.")],
    once: Annotated[bool, typer.Option("--once", help="Show where it stands and end.")] = False,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Show a dossier's journal until it has closed, then how everything ended."""
    asyncio.run(_once(code, url, agencies) if once else _follow(code, url, agencies))


async def dossier(stack: Stack, code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The view, and the journal as it was at that moment or later."""
    view = await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
    journal = await stack.read(f"/v1/dossiers/{code}/journal", Role.SUPPORT)
    return view, journal["items"]


async def _once(code: str, url: str | None, agencies: str | None) -> None:
    async with stack_at(url, agencies) as stack:
        print(timeline.whole(*await dossier(stack, code)))


async def _follow(code: str, url: str | None, agencies: str | None) -> None:
    async with stack_at(url, agencies) as stack:
        view, journal = await dossier(stack, code)
    print(timeline.title(view))
    async with stack_at(url, agencies, patience=PATIENCE_S) as stack:
        told = 0
        while True:
            for item in journal[told:]:
                print(f"  {timeline.entry(item)}", flush=True)
            told = len(journal)
            if Stage(view["stage"]).closed:
                break
            await asyncio.sleep(LOOK_EVERY_S)
            view, journal = await dossier(stack, code)
    print("\n".join([timeline.title(view), *timeline.standing(view)]))
