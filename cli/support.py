"""`lienthong incidents`, `lienthong resolve`: steps that wait for an operator."""

import asyncio
import json
from typing import Annotated, Any

import typer

from cli import timeline
from cli.legal_time import moment
from cli.stack import AgenciesUrl, Role, Url, stack_at
from cli.trouble import Trouble
from contracts.incidents import Remedy

HEADINGS = ("incident", "code", "leg", "agency", "attempts", "since")


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(incidents)
    app.command()(resolve)


def incidents(url: Url = None, agencies: AgenciesUrl = None) -> None:
    """List open incidents, oldest first."""
    rows = asyncio.run(_incidents(url, agencies))
    if not rows:
        print("no open incidents")
        return
    print("\n".join(timeline.table([HEADINGS, *(_row(each) for each in rows)])))


def resolve(
    incident: Annotated[str, typer.Argument(help="As `lienthong incidents` shows it.")],
    decision: Annotated[Remedy, typer.Option()],
    reason: Annotated[str, typer.Option(help="What the record will say.")],
    changed: Annotated[str | None, typer.Option("--input", help="retry_with: fields to change, as JSON.")] = None,
    result: Annotated[str | None, typer.Option(help="record_result: the step's result, as JSON.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Decide one incident: retry, retry with corrections, record a result obtained outside, or give the step up."""
    body: dict[str, Any] = {"decision": decision.value, "reason": reason}
    for name, option, text in (("input", "--input", changed), ("result", "--result", result)):
        if text is not None:
            body[name] = _json(option, text)
    view = asyncio.run(_resolve(incident, body, url, agencies))
    print("\n".join([timeline.title(view), *timeline.standing(view)]))


async def _incidents(url: str | None, agencies: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with stack_at(url, agencies) as stack:
        page = await stack.read("/v1/incidents", Role.SUPPORT)
        rows += page["items"]
        while page["next"]:
            page = await stack.read("/v1/incidents", Role.SUPPORT, cursor=page["next"])
            rows += page["items"]
    return rows


async def _resolve(incident: str, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        view: dict[str, Any] = await stack.send(f"/v1/incidents/{incident}/resolution", Role.SUPPORT, body)
        return view


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    leg, agency = each["leg"] or "–", each["agency"] or "–"
    return each["id"], each["code"], leg, agency, str(each["attempts"]), moment(each["opened_at"])


def _json(option: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as err:
        raise Trouble(f"{option} holds no JSON: {err}") from err
    if not isinstance(found, dict):
        raise Trouble(f"{option} needs a JSON object")
    return found
