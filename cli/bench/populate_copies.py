"""A stored dossier made many: the same story with other people, office and time, under a key of its own."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from cli import families, people
from cli.bench.populate_binary import NULL, column, head, of_bytes
from cli.bench.populate_places import Copy, Places
from cli.bench.populate_templates import PARTS, Part, Template
from records import search
from records.keys import KEY_BYTES, StoredKeys
from records.names import folded, normalised
from records.sealing import seal, seal_fixed
from records.tables import documents, edge, journal

Cell = Callable[[Copy], bytes]
"""A column of a row, as COPY reads it."""
ROOT = re.compile(r"^[0-9a-f]{32}")
"""What a document's versions share in their ids."""
ENTRIES, DOSSIERS = str(journal.JournalEntry.__tablename__), str(journal.Dossier.__tablename__)
TOKENS, KEYS = str(journal.SearchToken.__tablename__), str(edge.DossierKey.__tablename__)
COLUMNS = {KEYS: ["dossier", "wrapped", "destroyed_at"]} | {
    part.table.name: [column.name for column in part.table.c] for part in PARTS
}

_KEY = head(len(COLUMNS[KEYS]))
_TOKEN = head(len(COLUMNS[TOKENS])) + column(bytes(16))[:4]


@dataclass(frozen=True)
class Name:
    """A person's name in the forms that a filing tells it in, and what it can be found by."""

    full: str
    parts: str
    tokens: tuple[bytes, ...]


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
        self._rows = [
            (part.table.name, self._row(part, row))
            for part in PARTS
            if part.table.name not in {ENTRIES, TOKENS}
            for row in template.rows[part.table.name]
        ]
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

    def write(self, wanted: Wanted, draw: Random, rows: defaultdict[str, list[bytes]]) -> None:
        """Add all rows of one copy, by table."""
        copy, tokens = self._copy(wanted, draw)
        code = copy.fields["code"]
        rows[KEYS].append(_KEY + code + of_bytes(self._keys.wrapped(copy.code, copy.key)) + NULL)
        rows[ENTRIES] += [entry(copy) for entry in self._entries]
        for table, row in self._rows:
            rows[table].append(b"".join([cell if cell.__class__ is bytes else cell(copy) for cell in row]))  # type: ignore[operator]  # told apart at once
        rows[TOKENS] += [_TOKEN + token + code for token in tokens]

    def _copy(self, wanted: Wanted, draw: Random) -> tuple[Copy, set[bytes]]:
        later = wanted.later
        filed = self._filed + later
        code = f"G22.99.08-{filed:%y%m%d}-{wanted.tail:06}"
        epoch = str(UUID(int=draw.getrandbits(128)))
        times = [at + later for at in self._places.instants]
        instants = [at.isoformat() for at in times]
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
            texts[place] = instants[at]
        for place, day in self._days:
            texts[place] = f'"{day + timedelta(days=later.days)}"'
        fields = {"code": column(code), "office": column(wanted.office), "epoch": column(epoch)}
        return Copy(code, epoch, os.urandom(KEY_BYTES), texts, instants, fields, [column(at) for at in times]), tokens

    # ---- a row's cells

    def _row(self, part: Part, row: dict[str, Any]) -> list[bytes | Cell]:
        """What a row is joined from; what is the same in every copy in as few pieces as can be."""
        names = COLUMNS[part.table.name]
        row_parts: list[bytes | Cell] = [head(len(names))]
        for each in (self._cell(part, row, name) for name in names):
            if isinstance(each, bytes) and isinstance(row_parts[-1], bytes):
                row_parts[-1] += each
            else:
                row_parts.append(each)
        return row_parts

    def _cell(self, part: Part, row: dict[str, Any], name: str) -> bytes | Cell:
        value = row[name]
        if name == "last_hash":
            return lambda copy: of_bytes(copy.last)
        if name == "key_hash":
            return lambda _: column(os.urandom(len(value)))
        if name in part.sealed and value is not None:
            return self._sealed(part.sealed[name].format_map(row), value)
        if isinstance(value, datetime):
            number = self._places.instant(value)
            return lambda copy: copy.times[number]
        return self._text(value) if isinstance(value, str) else column(value)

    def _text(self, value: str) -> bytes | Cell:
        template = self._places.template
        known = {template.code: "code", template.office: "office", self._places.epoch: "epoch"}
        if value in known:
            name = known[value]
            return lambda copy: copy.fields[name]
        told = self._places.pattern(value)
        return (lambda copy: column(told(copy))) if told is not None else column(value)

    def _sealed(self, place: str, content: bytes) -> Cell:
        where = self._filled(place)
        try:
            what = self._filled(_dense(content.decode()))
        except UnicodeDecodeError:
            return lambda copy: of_bytes(seal(copy.key, content, where(copy)))
        return lambda copy: of_bytes(seal(copy.key, what(copy).encode(), where(copy)))

    def _filled(self, text: str) -> Callable[[Copy], str]:
        return self._places.pattern(text) or (lambda _: text)

    def _entry(self, row: dict[str, Any]) -> Cell:
        """A journal entry; the link is that of `records.chain`, in a fifth of its time."""
        data, number = self._filled(row["sealed"].decode()), self._places.instant(row["at"])
        seq, *told = (row[name] for name in ("seq", "kind", "leg", "actor"))
        rest = f", {json.dumps(told)[1:]}"
        begin, place = head(len(COLUMNS[ENTRIES])), column(seq) + column(row["position"])
        end = b"".join(map(column, told))

        def made(copy: Copy) -> bytes:
            sealed = seal_fixed(copy.key, data(copy).encode(), f"journal/{copy.code}/{copy.epoch}/{seq}")
            clear = f'["{copy.code}", "{copy.epoch}", {seq}, "{copy.instants[number]}"{rest}'
            copy.last = sha256(copy.last + sha256(sealed).digest() + clear.encode()).digest()
            fields = copy.fields
            return b"".join(
                (
                    *(begin, fields["code"], fields["epoch"], place, copy.times[number], end),
                    *(of_bytes(copy.last), of_bytes(sealed)),
                )
            )

        return made


_SPLIT = re.compile(_parts('([^"]*)', '([^"]*)', '([^"]*)'))


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
