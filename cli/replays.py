"""`lienthong replays …`: one act on many stuck dossiers; drafted as support, approved as the approver."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import timeline
from cli.legal_time import moment
from cli.stack import AgenciesUrl, Role, Url, stack_at
from cli.trouble import Trouble
from contracts.causes import Act, Cause
from contracts.replays import ItemState, OrderKind, ReplayState

replays = typer.Typer(help=__doc__, no_args_is_help=True)
HEADINGS = ("replay", "act", "state", "selected", "by", "since")
COUNTS = ("selected", "verified", "failed", "skipped", "remaining")
Replay = Annotated[str, typer.Argument(help="As `lienthong replays list` shows it.")]
Reason = Annotated[str, typer.Option(help="What the record will say.")]


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.add_typer(replays, name="replays")


@replays.command("list")
def listing(
    state: Annotated[ReplayState | None, typer.Option(help="How far they are.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """List replays, the newest first."""
    rows = asyncio.run(_pages("/v1/replays", url, agencies, **({"state": state.value} if state else {})))
    print("\n".join(timeline.table([HEADINGS, *(_row(each) for each in rows)])) if rows else "no replays")


@replays.command()
def show(
    replay: Replay,
    items: Annotated[ItemState | None, typer.Option(help="Its dossiers of one outcome too.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """How far one is; `--items failed`: which failed, and why."""
    print(_told(asyncio.run(_read(f"/v1/replays/{replay}", url, agencies))))
    if items:
        rows = asyncio.run(_pages(f"/v1/replays/{replay}/items", url, agencies, state=items.value))
        print("\n".join(timeline.table([(each["dossier"], each["state"], each["problem"] or "") for each in rows])))


@replays.command()
def draft(
    act: Annotated[Act, typer.Option(help="What is to be done to each.")],
    reason: Reason,
    codes: Annotated[Path | None, typer.Option(help="A file with a dossier's code a line.")] = None,
    cause: Annotated[Cause | None, typer.Option(help="Whatever is stuck for this cause.")] = None,
    agency: Annotated[str | None, typer.Option(help="Whatever is stuck at this agency.")] = None,
    office: Annotated[str | None, typer.Option(help="Whatever is stuck of this office.")] = None,
    rate: Annotated[float, typer.Option(help="Dossiers a second at most.")] = 2.0,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Select what is stuck; nothing happens before somebody else approves."""
    named = {"cause": cause.value if cause else None, "agency": agency, "office": office}
    selection: dict[str, Any] = {name: value for name, value in named.items() if value}
    if codes:
        selection["codes"] = _codes(codes)
    body = {"selection": selection, "act": act.value, "reason": reason, "rate": rate}
    told = asyncio.run(_send("/v1/replays", Role.SUPPORT, body, url, agencies))
    print(
        "\n".join([_told(told), *_divided(told), f"waits for a second person: lienthong replays approve {told['id']}"])
    )


@replays.command()
def approve(replay: Replay, reason: Reason, url: Url = None, agencies: AgenciesUrl = None) -> None:
    """Agree, as the sample approver, to a draft as it is; it starts."""
    print(_told(asyncio.run(_approve(replay, reason, url, agencies))))


@replays.command()
def pause(replay: Replay, reason: Reason, url: Url = None, agencies: AgenciesUrl = None) -> None:
    """Begin nothing more for now; what is in hand ends."""
    _order(replay, {"order": OrderKind.PAUSE, "reason": reason}, url, agencies)


@replays.command()
def resume(replay: Replay, reason: Reason, url: Url = None, agencies: AgenciesUrl = None) -> None:
    """Go on."""
    _order(replay, {"order": OrderKind.RESUME, "reason": reason}, url, agencies)


@replays.command()
def stop(replay: Replay, reason: Reason, url: Url = None, agencies: AgenciesUrl = None) -> None:
    """Begin nothing more for good."""
    _order(replay, {"order": OrderKind.STOP, "reason": reason}, url, agencies)


@replays.command("rate")
def rated(
    replay: Replay,
    rate: Annotated[float, typer.Argument(help="Dossiers a second at most.")],
    reason: Reason,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Go on at another rate."""
    _order(replay, {"order": OrderKind.RATE, "rate": rate, "reason": reason}, url, agencies)


def _order(replay: str, body: dict[str, Any], url: str | None, agencies: str | None) -> None:
    print(_told(asyncio.run(_send(f"/v1/replays/{replay}/orders", Role.SUPPORT, body, url, agencies))))


async def _pages(path: str, url: str | None, agencies: str | None, **wanted: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with stack_at(url, agencies) as stack:
        page = await stack.read(path, Role.SUPPORT, **wanted)
        rows += page["items"]
        while page["next"]:
            page = await stack.read(path, Role.SUPPORT, cursor=page["next"], **wanted)
            rows += page["items"]
    return rows


async def _read(path: str, url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        found: dict[str, Any] = await stack.read(path, Role.SUPPORT)
        return found


async def _send(path: str, role: Role, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        found: dict[str, Any] = await stack.send(path, role, body)
        return found


async def _approve(replay: str, reason: str, url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        seen = await stack.read(f"/v1/replays/{replay}", Role.APPROVER)
        body = {"selection_hash": seen["selection_hash"], "reason": reason}
        found: dict[str, Any] = await stack.send(f"/v1/replays/{replay}/approval", Role.APPROVER, body)
        return found


def _codes(file: Path) -> list[str]:
    try:
        found = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as err:
        raise Trouble(f"{file} cannot be read: {err}") from err
    if not found:
        raise Trouble(f"{file} names no dossier")
    return found


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    return each["id"], each["act"], each["state"], str(each["selected"]), each["by"], moment(each["asked_at"])


def _told(replay: dict[str, Any]) -> str:
    counts = ", ".join(f"{replay['counts'][name]} {name}" for name in COUNTS)
    why = f" ({replay['paused_because']})" if replay["paused_because"] else ""
    return f"{replay['id']}  {replay['act']}  {replay['state']}{why}  {replay['rate']:g}/s: {counts}"


def _divided(told: dict[str, Any]) -> list[str]:
    lines = [f"{each['count']:>6}  {each['name'] or '–'}" for each in told["by_cause"]]
    left_out = [f"{each['count']:>6}  left out: {each['problem']}" for each in told["warnings"]]
    return [*lines, *left_out]
