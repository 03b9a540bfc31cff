"""`lienthong claims`: payments that were made outside linked dossiers, and what the claim register holds."""

import asyncio
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from pydantic import ValidationError

from cli import timeline
from cli.legal_time import today
from cli.records import rooms
from cli.trouble import Trouble
from contracts.benefit_steps import ClaimHeld
from contracts.dossier import LegKind
from records.registers import ClaimEntry, ClaimRegister, PaidAlready, PaidOutside

COLUMNS = {
    "kind": "kind",
    "payer": "payer",
    "personal_id": "deceased",
    "beneficiary": "beneficiary",
    "amount": "amount",
    "paid_on": "paid_on",
}
"""As the file names them, and as the register does."""
LINES_MOST = 10_000
"""In one transaction, while others wait for the database."""
DIGITS_MOST = 15
BEYOND = "beyond"
"""Where cells land that no column names."""
HEADINGS = ("benefit", "part", "payer", "state", "amount", "decided", "paid")
Row: TypeAlias = dict[str, str | None]
Wrong: TypeAlias = tuple[int, str]
"""A line, and what is wrong with it; nothing of the line is quoted."""
claims = typer.Typer(help=__doc__, no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.add_typer(claims, name="claims")


@claims.command("import")
def import_(file: Annotated[Path, typer.Argument(help=f"CSV, UTF-8: {', '.join(COLUMNS)}.")]) -> None:
    """Enter payments that payers made outside linked dossiers: all of them, or none."""
    payments = read(file)
    lines = list(payments)
    try:
        gave_way = asyncio.run(_enter(list(payments.values())))
    except PaidAlready as err:
        raise _refused(
            file, ((lines[n], f"paid already by {_whose(held)}") for n, held in err.standing.items())
        ) from None
    print(f"{len(payments)} payments entered")
    for n, held in gave_way.items():
        print(f"  line {lines[n]}: the claim was {held.state} by {_whose(held)}, which gives way")


@claims.command()
def show(code: Annotated[str, typer.Argument(help="The dossier's code.")]) -> None:
    """List the claims of a dossier, the oldest first."""
    entries = asyncio.run(_of_dossier(code))
    print("\n".join(timeline.table([HEADINGS, *map(_row, entries)])) if entries else "no claims")


def read(file: Path) -> dict[int, PaidOutside]:
    """The payments of a file, by line; `Trouble` names every line that is none."""
    payments: dict[int, PaidOutside] = {}
    wrong: list[Wrong] = []
    for line, row in _rows(file):
        try:
            payments[line] = _payment(row)
            wrong += ((line, told) for told in _unfit(payments[line], today()))
        except ValidationError as err:
            wrong += ((line, f"{_column(each['loc'])}: {each['msg']}") for each in err.errors(include_input=False))
    wrong += _repeated(payments)
    if wrong:
        raise _refused(file, wrong)
    return payments


def _rows(file: Path) -> list[tuple[int, Row]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:  # spreadsheets write a mark at the start
            lines = csv.DictReader(opened, restkey=BEYOND)
            if sorted(lines.fieldnames or ()) != sorted(COLUMNS):
                raise Trouble(f"{file}: the first line must name the columns {', '.join(COLUMNS)}")
            rows = [(lines.line_num, row) for row in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise Trouble(f"{file} cannot be read: {type(err).__name__}") from None
    if len(rows) > LINES_MOST:
        raise Trouble(f"{file} has {len(rows)} payments: {LINES_MOST} at most are entered at once")
    return rows


def _payment(row: Row) -> PaidOutside:
    told: dict[str, str | int | None] = {COLUMNS.get(name, name): (text or None) for name, text in row.items()}
    amount = row["amount"]
    if amount and amount.isascii() and amount.isdecimal() and len(amount) <= DIGITS_MOST:
        told["amount"] = int(amount)
    return PaidOutside.model_validate(told)


def _unfit(payment: PaidOutside, day: date) -> Iterator[str]:
    survivors = payment.kind is LegKind.SURVIVOR
    if survivors and payment.beneficiary is None:
        yield "beneficiary: survivor benefit is paid once each survivor"
    if payment.beneficiary is not None and not survivors:
        yield "beneficiary: this benefit is paid once, whoever receives it"
    if payment.paid_on > day:
        yield "paid_on: this day lies in the future"


def _repeated(payments: Mapping[int, PaidOutside]) -> Iterator[Wrong]:
    lines = defaultdict[tuple[object, ...], list[int]](list)
    for line, each in payments.items():
        lines[each.deceased, each.kind, each.beneficiary].append(line)
    for first, *others in lines.values():
        yield from ((line, f"the same claim as line {first}") for line in others)


def _column(loc: tuple[str | int, ...]) -> str:
    named = {ours: theirs for theirs, ours in COLUMNS.items()}
    return named.get(str(loc[0]), "line") if loc else "line"


def _refused(file: Path, wrong: Iterable[Wrong]) -> Trouble:
    told = [f"  line {line}: {what}" for line, what in sorted(wrong)]
    return Trouble("\n".join([f"{file}: nothing was entered", *told]))


def _whose(held: ClaimHeld) -> str:
    return f"{held.payer} in {held.dossier}" if held.dossier else f"{held.payer} outside linked dossiers"


async def _enter(payments: Sequence[PaidOutside]) -> dict[int, ClaimHeld]:
    async with rooms() as opened:
        return await ClaimRegister(opened.database, opened.keys).record_all_outside(payments)


async def _of_dossier(code: str) -> tuple[ClaimEntry, ...]:
    async with rooms() as opened:
        return await ClaimRegister(opened.database, opened.keys).of_dossier(code)


def _row(entry: ClaimEntry) -> tuple[str, ...]:
    amount = "–" if entry.amount is None else f"{entry.amount:,} VND"
    days = ("–" if day is None else f"{day:%d/%m/%Y}" for day in (entry.decided_on, entry.paid_on))
    return entry.kind, entry.part or "–", entry.payer, entry.state, amount, *days
