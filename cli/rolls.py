"""Registers as files: people, offices, seals, one a line; every wrong line is named, nothing of it is quoted."""

import csv
from abc import abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, TypeVar

from pydantic import Field, StringConstraints, ValidationError, model_validator

from cli.trouble import Trouble
from contracts.base import Day, DayOrInstant, Fault, Line, Message, Name, Office, Province, refuse
from policy.calendar import ONE_DAY, instant
from records.registers import DutyEntry, Misfit, OfficeEntry, Part, Role, Roll, SealEntry

LINES_MOST = 10_000
"""In one transaction, while others wait for the database."""
WHOLE, BEYOND = "line", "beyond"
"""The column of what is wrong with a whole line; where cells land that no column names."""
OURS = {"valid_from": "from", "valid_to": "to", BEYOND: WHOLE}
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@:-]{0,99}$")]
Credential = Annotated[str, StringConstraints(min_length=1, max_length=100)]
KEYS: dict[Part, Callable[[Any], Hashable]] = {
    Part.SPANS: attrgetter("person", "office", "role", "valid_from"),
    Part.OFFICES: attrgetter("code", "valid_from"),
    Part.SEALS: attrgetter("credential", "office", "valid_from"),
}


class _Line(Message):
    """A line as it is written."""

    @abstractmethod
    def entry(self) -> Message:
        """As the register holds it."""


class _Span(_Line):
    """Days are Viet Nam's, the last one is included; moments say the hour, and the last one is not."""

    begins: DayOrInstant = Field(alias="from")
    ends: DayOrInstant | None = Field(default=None, alias="to")

    @property
    def valid_from(self) -> datetime:
        return self.begins if isinstance(self.begins, datetime) else instant(self.begins, time())

    @property
    def valid_to(self) -> datetime | None:
        if self.ends is None or isinstance(self.ends, datetime):
            return self.ends
        return instant(self.ends + ONE_DAY, time())

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            refuse(type(self), [Fault(("to",), "before-from", "lies before from")])
        return self


class _Person(_Span):
    account: Account
    name: Name
    office: Office
    role: Role
    credential: Credential | None = None

    def entry(self) -> DutyEntry:
        return DutyEntry(
            person=self.account,
            office=self.office,
            role=self.role.value,
            credential=self.credential,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class _Seal(_Span):
    office: Office
    credential: Credential

    def entry(self) -> SealEntry:
        return SealEntry(
            office=self.office, credential=self.credential, valid_from=self.valid_from, valid_to=self.valid_to
        )


class _Office(_Line):
    code: Office
    name: Line
    province: Province
    province_name: Line
    address: Line
    begins: Day = Field(alias="from")
    ends: Day | None = Field(default=None, alias="to")
    successor: Office | None = None

    def entry(self) -> OfficeEntry:
        told = self.model_dump(exclude={"begins", "ends"})
        return OfficeEntry.model_validate(told | {"valid_from": self.begins, "valid_to": self.ends})


Kind = TypeVar("Kind", bound=_Line)
Kept = TypeVar("Kept")


class Place(NamedTuple):
    """A line of a file."""

    file: Path
    line: int


class Wrong(NamedTuple):
    """What is wrong in a line."""

    at: Place
    column: str
    why: str


@dataclass
class Sheets:
    """What the files say, where each entry stands, and what is wrong with the others."""

    roll: Roll = field(default_factory=Roll)
    places: dict[tuple[Part, int], Place] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)

    def misfit(self, misfit: Misfit) -> Wrong:
        """What the registers say about an entry, at its line."""
        return Wrong(self.places[misfit.part, misfit.place], misfit.field, misfit.why)


def read(accounts: Path | None, offices: Path | None, seals: Path | None) -> Sheets:
    """All of the files; one that cannot be read at all is a `Trouble`."""
    sheets = Sheets()
    people = _read(sheets, accounts, _Person)
    named = _read(sheets, offices, _Office)
    sealing = _read(sheets, seals, _Seal)
    sheets.roll = Roll(
        names=_names(sheets, people),
        spans=_kept(sheets, Part.SPANS, ((at, each.entry()) for at, each in people)),
        offices=_kept(sheets, Part.OFFICES, ((at, each.entry()) for at, each in named)),
        seals=_kept(sheets, Part.SEALS, ((at, each.entry()) for at, each in sealing)),
    )
    return sheets


def refused(wrong: Iterable[Wrong]) -> Trouble:
    """All that is wrong, by file and line."""
    told, last = ["nothing was entered"], None
    for at, column, why in sorted(set(wrong)):
        told += [] if at.file == last else [f"{at.file}:"]
        told.append(f"  line {at.line}: {column}: {why}")
        last = at.file
    return Trouble("\n".join(told))


def _read(sheets: Sheets, file: Path | None, line: type[Kind]) -> list[tuple[Place, Kind]]:
    found: list[tuple[Place, Kind]] = []
    if file is None:
        return found
    for number, row in _rows(file, [each.alias or name for name, each in line.model_fields.items()]):
        try:
            read = line.model_validate(row)
            read.entry()
            found.append((Place(file, number), read))
        except ValidationError as err:
            wrong = ((str(each["loc"][0]), each["msg"]) for each in err.errors(include_input=False))
            sheets.wrong += (Wrong(Place(file, number), OURS.get(name, name), why) for name, why in wrong)
    return found


def _rows(file: Path, columns: Collection[str]) -> list[tuple[int, dict[str, str]]]:
    """The lines that hold anything, without their empty cells."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:  # spreadsheets write a mark at the start
            head = opened.readline()
            opened.seek(0)
            lines = csv.DictReader(opened, restkey=BEYOND, delimiter=";" if ";" in head else ",")
            if sorted(lines.fieldnames or ()) != sorted(columns):
                raise Trouble(f"{file}: the first line must name the columns {', '.join(columns)}")
            told = [(lines.line_num, {name: str(text or "").strip() for name, text in row.items()}) for row in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise Trouble(f"{file} cannot be read: {type(err).__name__}") from None
    if len(told) > LINES_MOST:
        raise Trouble(f"{file} has {len(told)} lines: {LINES_MOST} at most are entered at once")
    rows = ((number, {name: text for name, text in row.items() if text}) for number, row in told)
    return [(number, row) for number, row in rows if row]


def _names(sheets: Sheets, people: Iterable[tuple[Place, _Person]]) -> dict[str, str]:
    first: dict[str, tuple[Place, str]] = {}
    for at, each in people:
        before, name = first.setdefault(each.account, (at, each.name))
        if name != each.name:
            sheets.wrong.append(Wrong(at, "name", f"not the one of this account in line {before.line}"))
    return {account: name for account, (_, name) in first.items()}


def _kept(sheets: Sheets, part: Part, entries: Iterable[tuple[Place, Kept]]) -> tuple[Kept, ...]:
    """The entries that no line before says already, each with its place."""
    first: dict[Hashable, Place] = {}
    kept: list[Kept] = []
    for at, each in entries:
        before = first.setdefault(KEYS[part](each), at)
        if before != at:
            sheets.wrong.append(Wrong(at, WHOLE, f"begins like line {before.line}"))
            continue
        sheets.places[part, len(kept)] = at
        kept.append(each)
    return tuple(kept)
