"""`lienthong explain`: a case in words, Vietnamese or English; names nobody."""

import asyncio
from typing import Annotated, Any

import typer

from cli.stack import AgenciesUrl, Role, Url, stack_at


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(explain)


def explain(
    code: Annotated[str, typer.Argument(help="The dossier's code.")],
    english: Annotated[bool, typer.Option("--english", help="In English.")] = False,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Where a case stands, what it waits for and until when, who moves next, what to do, what happened."""
    told = asyncio.run(_told(code, "en" if english else "vi", url, agencies))
    print(told["code"])
    for part in told["parts"]:
        print("\n".join(["", part["heading"], *(f"  {line}" for line in part["lines"])]))


async def _told(code: str, language: str, url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        found: dict[str, Any] = await stack.read(f"/v1/dossiers/{code}/explanation", Role.SUPPORT, language=language)
        return found
