"""`lienthong stuck`: what does not go on, why, and what may be done about it."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli import timeline
from cli.legal_time import moment
from cli.stack import AgenciesUrl, Role, Url, stack_at
from contracts.agencies import Agency
from contracts.causes import Cause

HEADINGS = ("since", "dossier", "agency", "cause", "acts", "")
NOTHING = {"vi": "không có gì bị dừng", "en": "nothing is stuck"}


class Language(StrEnum):
    VI = "vi"
    EN = "en"


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(stuck)


def stuck(
    cause: Annotated[Cause | None, typer.Option(help="Of this cause alone.")] = None,
    agency: Annotated[Agency | None, typer.Option(help="At this agency alone.")] = None,
    dossier: Annotated[str | None, typer.Option(help="Of this dossier alone.")] = None,
    language: Annotated[Language, typer.Option(help="In which words.")] = Language.VI,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """List what does not go on, the oldest first; docs/causes has a page for each cause."""
    narrowed = {"cause": cause, "agency": agency, "dossier": dossier}
    wanted = {name: str(value) for name, value in narrowed.items() if value is not None}
    rows = asyncio.run(_stuck(wanted, url, agencies))
    table = timeline.table([HEADINGS, *(_row(each, language) for each in rows)])
    print("\n".join(table) if rows else NOTHING[language])


async def _stuck(wanted: dict[str, str], url: str | None, agencies: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with stack_at(url, agencies) as stack:
        more = {"limit": "200"}
        while True:
            page = await stack.read("/v1/stuck", Role.SUPPORT, **wanted, **more)
            rows += page["items"]
            if not page["next"]:
                return rows
            more["cursor"] = page["next"]


def _row(each: dict[str, Any], language: Language) -> tuple[str, ...]:
    where = (each["dossier"] or "–", each["agency"] or "–")
    return moment(each["due_at"]), *where, each["cause"], ", ".join(each["acts"]) or "–", each["what"][language]
