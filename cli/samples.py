"""`lienthong sample`, `lienthong file`: a valid filing for the sample office, and handing one in."""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from cli import death_variants, families
from cli.deaths import Bereaved, bereaved
from cli.families import Family, family
from cli.legal_time import moment, today
from cli.stack import AgenciesUrl, Role, Stack, Url, stack_at
from cli.trouble import Problem, Trouble
from contracts.dossier import Channel, Group

STANDARD_INPUT = "-"
UNKNOWN_OUTCOME = 503


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(sample)
    app.command()(file)


def sample(
    group: Group,
    variant: Annotated[str | None, typer.Option(help="Which case of the field, as V-B01 or V-D08.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same family again, on the same day.")] = None,
    with_paper: Annotated[bool, typer.Option("--with-paper", help="Attach one tiny PDF.")] = False,
    agencies: AgenciesUrl = None,
) -> None:
    """Print a valid filing alone; its notice and its people are registered with the stand-ins."""
    filing = asyncio.run(_sampled(group, variant, seed, agencies, paper=with_paper))
    print(json.dumps(filing, ensure_ascii=False, indent=2))


def file(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A filing as JSON; `-` reads standard input.")],
    key: Annotated[str | None, typer.Option(help="The Idempotency-Key; a fresh one unless given.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """File a dossier as the sample portal; print its code and the promised date."""
    filing = _read(source)
    role = Role.CLERK if filing.get("channel") == Channel.COUNTER else Role.PORTAL
    used = key or uuid4().hex
    try:
        view = asyncio.run(_filed(filing, role, used, url, agencies))
    except Problem as problem:
        if problem.status == UNKNOWN_OUTCOME:
            raise Trouble(f"{problem}\nsafe to repeat: lienthong file {source} --key {used}") from problem
        raise
    promised = moment(view["promised_at"]) if view["promised_at"] else "not yet known"
    print(f"{view['code']}\npromised {promised}")


async def new_family(
    stack: Stack,
    group: Group = Group.BIRTH,
    variant: str | None = None,
    seed: int | None = None,
    *,
    paper: bool = False,
) -> Family | Bereaved:
    """A family for the sample office, known to the stand-ins."""
    made = a_family(group, variant, stack.settings.sample_office, today(), seed, paper=paper)
    for path, body in made.registrations.items():
        await stack.agency("PUT", path, body)
    return made


def a_family(  # what one family hangs on
    group: Group, variant: str | None, office: str, day: date, seed: int | None = None, *, paper: bool = False
) -> Family | Bereaved:
    """Of either group; of its usual variant, unless one is named."""
    match group:
        case Group.BIRTH:
            return family(variant or families.VARIANTS[0], office, day, seed, paper=paper)
        case Group.DEATH:
            return bereaved(variant or death_variants.USUAL, office, day, seed, paper=paper)


async def _sampled(
    group: Group, variant: str | None, seed: int | None, agencies: str | None, *, paper: bool
) -> dict[str, Any]:
    async with stack_at(agencies=agencies) as stack:
        return (await new_family(stack, group, variant, seed, paper=paper)).filing


async def _filed(filing: dict[str, Any], role: Role, key: str, url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        view: dict[str, Any] = await stack.send("/v1/dossiers", role, filing, key)
        return view


def _read(source: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if source == STANDARD_INPUT else Path(source).read_text(encoding="utf-8")
        filing = json.loads(text)
    except OSError as err:
        raise Trouble(f"{source} cannot be read: {err.strerror}") from err
    except ValueError as err:
        raise Trouble(f"{source} holds no JSON: {err}") from err
    if not isinstance(filing, dict):
        raise Trouble(f"{source} holds no filing: a JSON object is needed")
    return filing
