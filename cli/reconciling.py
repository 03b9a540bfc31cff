"""`lienthong reconcile`: compare a day with an agency, and show where the records differ."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

import typer

from cli import timeline
from cli.legal_time import moment
from cli.stack import AgenciesUrl, Role, Stack, Url, stack_at
from cli.trouble import Trouble
from contracts.queues import AGENCIES

HEADINGS = ("kind", "dossier", "key", "ours", "theirs", "found")
LOOK_S = 0.5


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(reconcile)


def reconcile(
    agency: Annotated[str, typer.Argument(help=", ".join(AGENCIES))],
    day: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="Without it the day before.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Compare a day of ours with an agency's, then list what differs. Exit code 1 where anything does."""
    run, rows = asyncio.run(_reconcile(agency, day.date() if day else None, url, agencies))
    print(f"{run['agency']} {run['day']}: ours {run['ours']}, theirs {run['theirs']}, agreeing {run['agreeing']}")
    if run["problem"]:
        raise Trouble(f"it did not see everything: {run['problem']}")
    if rows:
        print("\n".join(timeline.table([HEADINGS, *(_row(each) for each in rows)])))
        raise typer.Exit(1)
    print("nothing differs")


async def _reconcile(
    agency: str, day: date | None, url: str | None, agencies: str | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    body = {"agency": agency, "day": day.isoformat() if day else None}
    async with stack_at(url, agencies) as stack:
        run = await stack.send("/v1/reconciliations", Role.SUPPORT, body)
        while run["ended_at"] is None:
            await asyncio.sleep(LOOK_S)
            runs = (await stack.read("/v1/reconciliations", Role.SUPPORT, agency=agency))["items"]
            run = next(each for each in runs if each["id"] == run["id"])
        return run, await _differing(stack, agency)


async def _differing(stack: Stack, agency: str) -> list[dict[str, Any]]:
    rows, more = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = await stack.read("/v1/discrepancies", Role.SUPPORT, agency=agency, **more)
        rows += page["items"]
        if page["next"] is None:
            return rows
        more = {"cursor": page["next"]}


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    return each["kind"], each["dossier"], each["key"], each["ours"], each["theirs"], moment(each["found_at"])
