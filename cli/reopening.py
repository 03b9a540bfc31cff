"""`lienthong reopen`: legs of a closed dossier done once more, in a dossier that follows it."""

import asyncio
from typing import Annotated, Any

import typer

from cli.stack import AgenciesUrl, Role, Url, stack_at
from contracts.followups import REPEATABLE
from contracts.reopenings import LEGS


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(reopen)


def reopen(
    code: Annotated[str, typer.Argument(help="A dossier that has ended.")],
    legs: Annotated[list[str], typer.Argument(help=", ".join(sorted(REPEATABLE)))],
    reason: Annotated[str, typer.Option(help="What the record will say.")],
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Ask, as support, for legs of a closed dossier to be done once more; somebody else approves."""
    told = asyncio.run(_reopen(code, {LEGS: sorted(set(legs)), "reason": reason}, url, agencies))
    print(f"waits for a second person: lienthong approve {told['id']}")


async def _reopen(code: str, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        wish: dict[str, Any] = await stack.send(f"/v1/dossiers/{code}/reopening", Role.SUPPORT, body)
        return wish
