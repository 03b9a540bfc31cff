"""What a database of many dossiers holds: how many of each kind, of which office, filed when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from cli.bench.populate_copies import Wanted
from cli.bench.populate_registers import offices
from cli.bench.populate_templates import Template
from contracts.dossier import TaskState

IN_THOUSAND = {
    "birth returned": 560,
    "death returned": 220,
    "birth rejected": 45,
    "death rejected": 25,
    "birth in review": 40,
    "death in review": 20,
    "birth to be signed": 28,
    "death to be signed": 12,
    "birth asked back": 10,
    "death asked back": 5,
    "birth pending": 30,
    "birth parked": 5,
}
"""Closed: 85 of a hundred; ten of a hundred have an open task."""
TAILS = 1_000_000
STEP = 731_317
"""Shares no divisor with the number of tails: no two of a million copies get the same."""
CLOSED_SINCE = timedelta(days=500)
OPEN_FOR = 1.1
"""How old open dossiers are at most, against what the law gives their first open step: one in eleven is late."""


@dataclass(frozen=True)
class Mix:
    """How many of each template."""

    counts: tuple[int, ...]

    @classmethod
    def of(cls, templates: Sequence[Template], dossiers: int) -> "Mix":
        """So many dossiers; what does not divide goes to the first."""
        counts = [dossiers * IN_THOUSAND[each.name] // 1000 for each in templates]
        counts[0] += dossiers - sum(counts)
        return cls(tuple(counts))


def plan(templates: Sequence[Template], dossiers: int, now: datetime) -> list[Wanted]:
    """Every copy that is wanted, in the order in which they are filed; the same for the same number."""
    draw = Random(dossiers)  # noqa: S311  # people who do not exist
    mix = Mix.of(templates, dossiers)
    codes = [each.code for each in offices(dossiers)]
    # The largest offices have a few times the work of the smallest.
    weights = list(accumulate(1.0 + 4.0 * draw.random() ** 3 for _ in codes))
    ages = [_age(each) for each in templates]
    chosen = [number for number, count in enumerate(mix.counts) for _ in range(count)]
    where = draw.choices(codes, cum_weights=weights, k=dossiers)
    found = [
        Wanted(number, tail * STEP % TAILS, office, now - templates[number].filed_at - ages[number] * draw.random())
        for tail, (number, office) in enumerate(zip(chosen, where, strict=True))
    ]
    return sorted(found, key=lambda each: templates[each.template].filed_at + each.later)


def _age(template: Template) -> timedelta:
    """How old the oldest copy is."""
    dossier = template.rows["dossiers"][0]
    if dossier["closed_at"] is not None:
        return CLOSED_SINCE
    dues = [each["due_at"] for each in template.rows["tasks"] if each["state"] == TaskState.OPEN]
    due = min(dues, default=dossier["late_at"] or template.filed_at + timedelta(days=10))
    return (due - template.filed_at) * OPEN_FOR


def portions(wanted: Sequence[Wanted], size: int) -> Iterator[Sequence[Wanted]]:
    """Parts of a plan, in order."""
    yield from (wanted[first : first + size] for first in range(0, len(wanted), size))
