"""`lienthong sessions`: logins at the desks, taken back."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.records import rooms
from records.edge import Sessions

sessions = typer.Typer(help=__doc__, no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.add_typer(sessions, name="sessions")


@sessions.callback()
def _topic() -> None:
    """Makes `end` a named command, though it is the only one."""


@sessions.command()
def end(account: Annotated[str, typer.Argument(help="What the issuer calls the person (`sub`).")]) -> None:
    """Log a person out wherever they are logged in; what they may do at their next login, the registers say."""
    print(f"{asyncio.run(_ended(account))} ended")


async def _ended(account: str) -> int:
    async with rooms() as opened:
        return await Sessions(opened.database, opened.keys).end_all(account, datetime.now(UTC))
