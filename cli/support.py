"""`lienthong incidents`, `resolve`, `acts`, `approve`: steps that wait for an operator, acts for a second person."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import scripted, timeline
from cli.legal_time import moment
from cli.stack import AgenciesUrl, Role, Url, stack_at
from cli.trouble import Trouble
from contracts.acts import ActState
from contracts.incidents import Remedy

HEADINGS = ("incident", "code", "leg", "agency", "attempts", "since")
ACTS = ("act", "dossier", "what", "where", "by", "since")


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(incidents)
    app.command()(resolve)
    app.command()(acts)
    app.command()(approve)


def incidents(url: Url = None, agencies: AgenciesUrl = None) -> None:
    """List open incidents, oldest first."""
    rows = asyncio.run(_pages("/v1/incidents", url, agencies))
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
    evidence: Annotated[
        Path | None,
        typer.Option(help="record_result: the paper it stands on (PDF, JPEG, PNG).", exists=True, dir_okay=False),
    ] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Decide one incident: retry, retry with corrections, record a result obtained outside, or give the step up."""
    body: dict[str, Any] = {"decision": decision.value, "reason": reason}
    for name, option, text in (("input", "--input", changed), ("result", "--result", result)):
        if text is not None:
            body[name] = _json(option, text)
    if evidence is not None:
        content = base64.b64encode(evidence.read_bytes()).decode()
        body["evidence"] = {"name": evidence.name, "content_base64": content}
    told = asyncio.run(_resolve(incident, body, url, agencies))
    if told.get("state") == ActState.WAITING:
        print(f"waits for a second person: lienthong approve {told['id']}")
        return
    print("\n".join([timeline.title(told), *timeline.standing(told)]))


def acts(
    state: Annotated[ActState, typer.Option(help="How far they are.")] = ActState.WAITING,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """List acts of support, oldest first; by default those that wait for a second person."""
    rows = asyncio.run(_pages("/v1/acts", url, agencies, state=state.value))
    if not rows:
        print(f"no act is {state.value}")
        return
    print("\n".join(timeline.table([ACTS, *(_act(each) for each in rows)])))


def approve(
    act: Annotated[str, typer.Argument(help="As `lienthong acts` shows it.")],
    reason: Annotated[str, typer.Option(help="What the record will say.")],
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Agree, as the sample approver, to what support asked for; it is carried out."""
    told = asyncio.run(_approve(act, reason, url, agencies))
    print(f"{told['id']}  {told['act']}  {told['state']}{'  ' + told['problem'] if told['problem'] else ''}")


async def _pages(path: str, url: str | None, agencies: str | None, **wanted: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with stack_at(url, agencies) as stack:
        page = await stack.read(path, Role.SUPPORT, **wanted)
        rows += page["items"]
        while page["next"]:
            page = await stack.read(path, Role.SUPPORT, cursor=page["next"], **wanted)
            rows += page["items"]
    return rows


async def _approve(act: str, reason: str, url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        return await scripted.approve(stack, await stack.read(f"/v1/acts/{act}", Role.APPROVER), reason)


async def _resolve(incident: str, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        view: dict[str, Any] = await stack.send(f"/v1/incidents/{incident}/resolution", Role.SUPPORT, body)
        return view


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    leg, agency = each["leg"] or "–", each["agency"] or "–"
    return each["id"], each["code"], leg, agency, str(each["attempts"]), moment(each["opened_at"])


def _act(each: dict[str, Any]) -> tuple[str, ...]:
    where = each["incident"] or each["leg"] or each["step"] or "–"
    return each["id"], each["dossier"], each["act"], where, each["by"], moment(each["asked_at"])


def _json(option: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as err:
        raise Trouble(f"{option} holds no JSON: {err}") from err
    if not isinstance(found, dict):
        raise Trouble(f"{option} needs a JSON object")
    return found
