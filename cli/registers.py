"""`lienthong registers`: people, offices and seals from files, all of them or none; who has which role."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import rolls, timeline
from cli.records import rooms
from cli.trouble import Trouble
from contracts.failures import AgencyProtocolError, AgencyUnavailable
from policy.calendar import legal_moment
from records.registers import Accounts, Change, Counts, Duty, DutyEntry, Part, RollUnfit
from workers.enrolment import enrol

HEADINGS = ("office", "role", "account", "name", "from", "until", "credential")
File = Annotated[Path | None, typer.Option(help="CSV, UTF-8, with a first line that names its columns.")]
registers = typer.Typer(help=__doc__, no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.add_typer(registers, name="registers")


@registers.command("import")
def import_(
    accounts: File = None,
    offices: File = None,
    seals: File = None,
    check: Annotated[bool, typer.Option("--check", help="Enter nothing, say what would be.")] = False,
) -> None:
    """Enter people with their roles, offices, seals: all of them, or none where one line is wrong.

    Days are Viet Nam's; the last one is included. Lines that the files do not have stay as they are.
    """
    if accounts is None and offices is None and seals is None:
        raise Trouble("name a file: --accounts, --offices or --seals")
    counts = asyncio.run(_enter(rolls.read(accounts, offices, seals), only_check=check))
    print("nothing was entered; it would be:" if check else "entered:")
    for part in Part:
        if told := counts.get(part):
            print(f"  {part:<9} {_told(told)}")


@registers.command("list")
def list_(
    office: Annotated[str | None, typer.Option(help="The ward code of one office; else all of them.")] = None,
) -> None:
    """List who has which role, from when until when."""
    rows = asyncio.run(_standing(office))
    print("\n".join(timeline.table([HEADINGS, *rows])) if rows else "nobody has a role")


async def _enter(sheets: rolls.Sheets, *, only_check: bool) -> Counts:
    async with rooms() as opened:
        try:
            counts = await enrol(opened, sheets.roll, only_check=only_check or bool(sheets.wrong))
        except RollUnfit as err:
            raise rolls.refused([*sheets.wrong, *map(sheets.misfit, err.misfits)]) from None
        except (AgencyUnavailable, AgencyProtocolError):
            if not sheets.wrong:
                raise Trouble("the signing service does not answer: nothing was entered, try again later") from None
    if sheets.wrong:
        raise rolls.refused(sheets.wrong)
    return counts


async def _standing(office: str | None) -> list[tuple[str, ...]]:
    async with rooms() as opened:
        spans = await Duty(opened.database).spans(office)
        names = await Accounts(opened.database, opened.keys).names({each.person for each in spans})
    return [tuple(_row(each, names.get(each.person, "–"))) for each in spans]


def _row(span: DutyEntry, name: str) -> Iterator[str]:
    yield from (span.office, span.role, span.person, name)
    yield from (_moment(span.valid_from), _moment(span.valid_to), span.credential or "–")


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{legal_moment(at):%d/%m/%Y %H:%M}"


def _told(counts: Counter[Change]) -> str:
    return ", ".join(f"{counts[change]} {change}" for change in Change)
