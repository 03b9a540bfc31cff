"""A stored dossier made many: the same story with other people, office and time, under a key of its own."""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from cli import families, people
from cli.bench.populate_templates import PARTS, Part, Template
from records import chain, search
from records.keys import KEY_BYTES, StoredKeys
from records.names import folded, normalised
from records.sealing import seal, seal_fixed
from records.tables import documents, edge, journal

Cell = Callable[["Copy"], Any]
Rows = dict[str, list[tuple[Any, ...]]]
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
DAY = r'"\d{4}-\d\d-\d\d"'
ROOT = re.compile(r"^[0-9a-f]{32}")
"""What a document's versions share in their ids."""
ENTRIES, DOSSIERS = str(journal.JournalEntry.__tablename__), str(journal.Dossier.__tablename__)
TOKENS, KEYS = str(journal.SearchToken.__tablename__), str(edge.DossierKey.__tablename__)
COLUMNS = {KEYS: ["dossier", "wrapped", "destroyed_at"]} | {
    part.table.name: [column.name for column in part.table.c] for part in PARTS
}


@dataclass(frozen=True)
class Name:
    """A person's name in the forms that a filing tells it in, and what it can be found by."""

    full: str
    parts: str
    tokens: tuple[bytes, ...]


@dataclass
class Copy:
    """One dossier that is being made: what stands in each of its template's places."""

    code: str
    office: str
    key: bytes
    epoch: str
    texts: list[str]
    instants: list[datetime]


@dataclass(frozen=True)
class Wanted:
    """A copy to be made of a template: the office, and how much later it was filed."""

    template: int
    tail: int
    office: str
    later: timedelta


def names(keys: StoredKeys, count: int, draw: Random) -> list[Name]:
    """So many people's names."""
    return [_name(keys, draw) for _ in range(count)]


def _name(keys: StoredKeys, draw: Random) -> Name:
    surname, (middle, given) = draw.choice(people.SURNAMES), people.name(draw, draw.choice(("male", "female")))
    full = f"{surname} {middle} {given}"
    return Name(full, _parts(surname, middle, given), tuple(search.tokens(keys, [full], [])))


def _parts(surname: str, middle: str, given: str) -> str:
    return f'"surname":"{surname}","middle_name":"{middle}","given_name":"{given}"'


@dataclass
class Places:
    """Where a template's texts differ from copy to copy: what stood there, and the number of its place."""

    template: Template
    numbers: dict[str, int] = field(default_factory=dict)
    instants: dict[datetime, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fixed = [self.template.code, f'"{self.template.office}"', self.template.rows[ENTRIES][0]["epoch"]]
        for each in fixed:
            self.number(each)

    def number(self, text: str) -> int:
        """The place of a text."""
        return self.numbers.setdefault(text, len(self.numbers))

    def instant(self, at: datetime) -> int:
        """The place of an instant."""
        return self.instants.setdefault(at.astimezone(UTC), len(self.instants))

    def pattern(self, text: str) -> Callable[[Copy], str]:
        """Fills what differs into the rest of a text."""
        known = sorted((each for each in self.numbers if not each.startswith("@")), key=len, reverse=True)
        parts = re.split(f"({INSTANT}|{DAY}|{'|'.join(map(re.escape, known))})", text)
        if len(parts) == 1:
            return lambda _: text
        places = [(place, self._place(parts[place])) for place in range(1, len(parts), 2)]

        def filled(copy: Copy) -> str:
            told = parts.copy()
            for place, number in places:
                told[place] = copy.texts[number]
            return "".join(told)

        return filled

    def _place(self, found: str) -> int:
        if found in self.numbers:
            return self.numbers[found]
        if re.fullmatch(INSTANT, found):
            return self.number(f"@{self.instant(datetime.fromisoformat(found))}")
        return self.number(f"@{found}")


class Copier:
    """Makes copies of one template."""

    def __init__(self, template: Template, keys: StoredKeys, pool: Sequence[Name]) -> None:
        self._keys, self._pool = keys, pool
        template = _with_small_documents(template)
        self._places = places = Places(template)
        tokens = {row["token"] for row in template.rows[TOKENS]}
        told = [row["sealed_opening"].decode() for row in template.rows["claims"]]
        told += [row["sealed_state"].decode() for row in template.rows[DOSSIERS]]
        leaves = sorted({each for text in told for each in re.findall(r'"([^"]+)"', text)})
        self._numbers = [each for each in leaves if keys.search_token("number", each) in tokens]
        split = {" ".join(each): _parts(*each) for text in told for each in _SPLIT.findall(text)}
        named = [each for each in leaves if keys.search_token("name", normalised(each)) in tokens]
        ids = (row["id"] for row in template.rows["documents"])
        self._roots = sorted({found.group() for each in ids if (found := ROOT.match(each))})
        for text in [*named, *split.values(), *self._numbers, *self._roots]:
            places.number(text)
        # One person may be named with and without diacritics.
        self._people = [
            (
                [places.number(each) for each in named if folded(each) == person],
                [places.number(parts) for full, parts in split.items() if folded(full) == person],
            )
            for person in sorted({folded(each) for each in (*named, *split)})
        ]
        self._cells = {
            part.table.name: [self._row(part, row) for row in template.rows[part.table.name]]
            for part in PARTS
            if part.table.name not in {ENTRIES, TOKENS}
        }
        self._entries = [self._entry(row) for row in template.rows[ENTRIES]]
        self._filed = template.filed_at
        self._drawn = {text: number for text, number in places.numbers.items() if not text.startswith("@")}
        self._told = [
            (places.numbers[f"@{number}"], number)
            for number in places.instants.values()
            if f"@{number}" in places.numbers
        ]
        self._days = [
            (number, date.fromisoformat(text[2:-1])) for text, number in places.numbers.items() if text.startswith('@"')
        ]

    def rows(self, wanted: Wanted, draw: Random) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """All rows of one copy, each with its table."""
        copy, tokens = self._copy(wanted, draw)
        yield KEYS, (copy.code, self._keys.wrapped(copy.code, copy.key), None)
        last = chain.GENESIS
        for entry in self._entries:
            row = entry(copy, last)
            last = row[-2]
            yield ENTRIES, row
        for table, rows in self._cells.items():
            for cells in rows:
                yield table, tuple(last if cell is _last_hash else cell(copy) for cell in cells)
        for token in tokens:
            yield TOKENS, (token, copy.code)

    def _copy(self, wanted: Wanted, draw: Random) -> tuple[Copy, set[bytes]]:
        later = wanted.later
        filed = self._filed + later
        code = f"G22.99.08-{filed:%y%m%d}-{wanted.tail:06}"
        epoch = str(UUID(int=draw.getrandbits(128)))
        instants = [at + later for at in self._places.instants]
        texts = [""] * len(self._places.numbers)
        texts[:3] = code, f'"{wanted.office}"', epoch
        tokens: set[bytes] = set()
        for whole, split in self._people:
            name = draw.choice(self._pool)
            tokens.update(name.tokens)
            for place in whole:
                texts[place] = name.full
            for place in split:
                texts[place] = name.parts
        for each in self._numbers:
            number = texts[self._drawn[each]] = f"0{draw.randrange(10**11):011}"
            tokens.add(search.number_token(self._keys, number))
        for each in self._roots:
            texts[self._drawn[each]] = f"{draw.getrandbits(128):032x}"
        for place, at in self._told:
            texts[place] = instants[at].isoformat()
        for place, day in self._days:
            texts[place] = f'"{day + timedelta(days=later.days)}"'
        return Copy(code, wanted.office, os.urandom(KEY_BYTES), epoch, texts, instants), tokens

    # ---- a row's cells

    def _row(self, part: Part, row: dict[str, Any]) -> list[Cell]:
        return [self._cell(part, row, name) for name in COLUMNS[part.table.name]]

    def _cell(self, part: Part, row: dict[str, Any], name: str) -> Cell:
        value = row[name]
        if name == "last_hash":
            return _last_hash
        if name == "key_hash":
            return lambda _: os.urandom(len(value))
        if name in part.sealed and value is not None:
            return self._sealed(part.sealed[name].format_map(row), value)
        if isinstance(value, datetime):
            number = self._places.instant(value)
            return lambda copy: copy.instants[number]
        if value == self._places.template.office:
            return lambda copy: copy.office
        return self._places.pattern(value) if isinstance(value, str) else lambda _: value

    def _sealed(self, place: str, content: bytes) -> Cell:
        where = self._places.pattern(place)
        try:
            what = self._places.pattern(_dense(content.decode()))
        except UnicodeDecodeError:
            return lambda copy: seal(copy.key, content, where(copy))
        return lambda copy: seal(copy.key, what(copy).encode(), where(copy))

    def _entry(self, row: dict[str, Any]) -> Callable[[Copy, bytes], tuple[Any, ...]]:
        """A journal entry after the one with that hash; the link is that of `records.chain`, in a fifth of its time."""
        data, number = self._places.pattern(row["sealed"].decode()), self._places.instant(row["at"])
        seq, position, kind, leg, actor = (row[name] for name in ("seq", "position", "kind", "leg", "actor"))
        rest = f", {json.dumps([kind, leg, actor])[1:]}"

        def made(copy: Copy, last: bytes) -> tuple[Any, ...]:
            at = copy.instants[number]
            sealed = seal_fixed(copy.key, data(copy).encode(), f"journal/{copy.code}/{copy.epoch}/{seq}")
            clear = f'["{copy.code}", "{copy.epoch}", {seq}, "{at.isoformat()}"{rest}'
            link = sha256(last + sha256(sealed).digest() + clear.encode()).digest()
            return copy.code, copy.epoch, seq, position, at, kind, leg, actor, link, sealed

        return made


_SPLIT = re.compile(_parts('([^"]*)', '([^"]*)', '([^"]*)'))


def _last_hash(_: Copy) -> bytes:
    """Stands for the chain's end, which is known once the entries are made."""
    return b""


def _dense(text: str) -> str:
    """JSON as pydantic writes it, so that one pattern finds all."""
    return text.replace('", "', '","').replace('": ', '":').replace(', "', ',"')


def _with_small_documents(template: Template) -> Template:
    """Its papers as small as can be: a million real ones would fill a disk, and no page reads them."""
    small = {}
    for row in template.rows["documents"]:
        content = families.TINY_PDF + f"% {row['kind']} {row['version']}\n".encode()
        small[row["sha256"]] = row | {"sealed": content, "sha256": sha256(content).hexdigest()}

    def told(value: Any) -> Any:  # noqa: ANN401  # any column's
        if isinstance(value, bytes):
            for before, row in small.items():
                value = value.replace(before.encode(), row["sha256"].encode())
        return value

    rows = {
        table: [{name: told(value) for name, value in row.items()} for row in found]
        for table, found in template.rows.items()
    }
    rows[str(documents.Document.__tablename__)] = list(small.values())
    return Template(template.name, template.code, template.office, template.filed_at, rows)
