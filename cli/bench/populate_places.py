"""Where copies of one dossier differ: its code, its people, its times, wherever they stand in what is stored of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cli.bench.populate_templates import Template
from records import chain

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
DAY = r'"\d{4}-\d\d-\d\d"'


@dataclass
class Copy:
    """One dossier that is being made: what stands in each of its template's places, and the chain's end so far."""

    code: str
    epoch: str
    key: bytes
    texts: list[str]
    instants: list[str]
    fields: dict[str, bytes]
    """Its code, office and epoch as columns."""
    times: list[bytes]
    """Its instants as columns."""
    last: bytes = chain.GENESIS


@dataclass
class Places:
    """Where a template's texts differ from copy to copy: what stood there, and the number of its place."""

    template: Template
    numbers: dict[str, int] = field(default_factory=dict)
    instants: dict[datetime, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in (self.template.code, f'"{self.template.office}"', self.epoch):
            self.number(each)

    @property
    def epoch(self) -> str:
        """The template's run."""
        return str(self.template.rows["journal_entries"][0]["epoch"])

    def number(self, text: str) -> int:
        """The place of a text."""
        return self.numbers.setdefault(text, len(self.numbers))

    def instant(self, at: datetime) -> int:
        """The place of an instant."""
        return self.instants.setdefault(at.astimezone(UTC), len(self.instants))

    def pattern(self, text: str) -> Callable[[Copy], str] | None:
        """Fills what differs into the rest of a text; none where nothing does."""
        known = sorted((each for each in self.numbers if not each.startswith("@")), key=len, reverse=True)
        parts = re.split(f"({INSTANT}|{DAY}|{'|'.join(map(re.escape, known))})", text)
        if len(parts) == 1:
            return None
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
