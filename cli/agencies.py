"""`lienthong agencies`, `lienthong switch`: how agencies stand, and how much is sent to one of them."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import typer

from cli import timeline
from cli.legal_time import moment
from cli.stack import AgenciesUrl, Role, Url, stack_at
from cli.trouble import Trouble
from contracts.queues import AGENCIES
from policy.calendar import LEGAL_ZONE

HEADINGS = ("agency", "health", "waiting", "oldest", "overdue", "rate", "switched", "until", "reason")
OPEN = "open"


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(agencies)
    app.command()(switch)


def agencies(url: Url = None, agencies: AgenciesUrl = None) -> None:
    """How each agency answers, what waits for it, and what limits it."""
    rows = asyncio.run(_agencies(url, agencies))
    print("\n".join(timeline.table([HEADINGS, *(_row(each) for each in rows)])))


def switch(
    agency: Annotated[str, typer.Argument(help=", ".join(AGENCIES))],
    rate: Annotated[str, typer.Option(help=f"Calls a second at most; 0: nothing goes out; {OPEN}: no limit.")],
    reason: Annotated[str, typer.Option(help="What the record will say.")],
    until: Annotated[str | None, typer.Option(help="When it ends by itself, as 2026-12-01T17:00 in Viet Nam.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Limit what is sent to an agency, or open it again; breakers have no say meanwhile."""
    body = {"rate": _rate(rate), "reason": reason, "until": _moment(until) if until else None}
    told = asyncio.run(_switch(agency, body, url, agencies))
    print("\n".join(timeline.table([HEADINGS, _row(told)])))


async def _agencies(url: str | None, agencies: str | None) -> list[dict[str, Any]]:
    async with stack_at(url, agencies) as stack:
        found: list[dict[str, Any]] = (await stack.read("/v1/agencies", Role.SUPPORT))["items"]
        return found


async def _switch(agency: str, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        found: dict[str, Any] = await stack.put(f"/v1/agencies/{agency}/switch", Role.SUPPORT, body)
        return found


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    switched = each["switch"] or {}
    by = f"{switched['by']} {moment(switched['since'])}" if switched else ""
    until = moment(switched["until"]) if switched.get("until") else ""
    waiting = "?" if each["backlog"] is None else str(each["backlog"])
    oldest = f"{each['oldest_s']:.0f} s" if each["backlog"] else ""
    rate = "held" if each["held"] else OPEN if each["rate"] is None else f"{each['rate']:g}/s"
    health = f"{each['health']} ({each['answers']} answered, {each['failures']} failed)"
    return each["agency"], health, waiting, oldest, str(each["overdue"]), rate, by, until, switched.get("reason", "")


def _rate(text: str) -> float | None:
    try:
        return None if text == OPEN else float(text)
    except ValueError as err:
        raise Trouble(f"--rate is a number or {OPEN}") from err


def _moment(text: str) -> str:
    try:
        told = datetime.fromisoformat(text)
    except ValueError as err:
        raise Trouble("--until is a moment such as 2026-12-01T17:00") from err
    return (told if told.tzinfo else told.replace(tzinfo=LEGAL_ZONE)).isoformat()
