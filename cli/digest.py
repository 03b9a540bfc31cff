"""`lienthong digest`: what came, what went and what is left, in words."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import typer

from cli import timeline
from cli.legal_time import moment, today
from cli.stack import AgenciesUrl, Role, Url, stack_at
from contracts.causes import Owner

HEADINGS = ("office", "whose move", "cause", "new", "gone", "left", "oldest since")
TITLES = {"case": "stuck", "question": "questions to support", "difference": "differences from agencies"}
NOTHING = "nothing came, nothing went, nothing is left"


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(digest)


def digest(
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A legal day; today without it.")] = None,
    office: Annotated[str | None, typer.Option(help="Of this office alone.")] = None,
    owner: Annotated[Owner | None, typer.Option(help="What is theirs to do alone.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """A day's digest by office, owner and cause."""
    chosen = day.date() if day else today()
    narrowed = {"office": office, "owner": owner and owner.value}
    wanted = {name: value for name, value in narrowed.items() if value is not None}
    told = asyncio.run(_digest(f"/v1/digests/{chosen}", wanted, url, agencies))
    print(f"{chosen:%d/%m/%Y}, until {moment(told['until'])}")
    for kind, title in TITLES.items():
        if lines := [each for each in told["lines"] if each["told"] == kind]:
            print(f"\n{title}")
            print("\n".join(timeline.table([HEADINGS, *map(_row, lines), _sum(lines)])))
    if not told["lines"]:
        print(NOTHING)


async def _digest(path: str, wanted: dict[str, str], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        found: dict[str, Any] = await stack.read(path, Role.SUPPORT, **wanted)
        return found


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    numbers = (str(each[name]) for name in ("new", "gone", "open"))
    oldest = moment(each["oldest"]) if each["oldest"] else "–"
    return (each["office"] or "–", each["owner"], each["cause"] or "–", *numbers, oldest)


def _sum(lines: list[dict[str, Any]]) -> tuple[str, ...]:
    return ("together", "", "", *(str(sum(each[name] for each in lines)) for name in ("new", "gone", "open")), "")
