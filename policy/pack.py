"""The pack: all YAML of the law, loaded and checked once; its hash proves which bytes an answer rests on."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from policy.benefit_schema import BenefitParameters
from policy.calendar import WorkingCalendar
from policy.dated import Entry
from policy.schema import (
    BirthParameters,
    CalendarDays,
    ClockParameters,
    DeathParameters,
    PersonalIdParameters,
    Regimes,
)

ROOT = Path(__file__).parent
REGIMES = "parameters/regimes.yaml"
CLOCK = "parameters/clock.yaml"
BIRTH = "parameters/birth.yaml"
DEATH = "parameters/death.yaml"
BENEFITS = "parameters/benefits.yaml"
PERSONAL_ID = "parameters/personal_id.yaml"
CALENDAR = "calendars/viet_nam.yaml"

E = TypeVar("E", bound=Entry)


class LawUnreadable(ValueError):
    """A YAML file of the law does not fit its schema; the message names file, place and fault."""


class _NoDuplicates(yaml.CSafeLoader):
    """YAML without silently overwritten keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is written twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _as_text(loader: _NoDuplicates, node: yaml.ScalarNode) -> str:
    """Days stay text until the schema reads them: 2024-02-30 is then a fault with a place, not a crash."""
    return str(loader.construct_scalar(node))


_NoDuplicates.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def parse(name: str, content: bytes, schema: type[E]) -> E:
    """One file as its schema; `LawUnreadable` where it does not fit."""
    try:
        written = yaml.load(content, Loader=_NoDuplicates)  # noqa: S506  # a SafeLoader
        return schema.model_validate_json(json.dumps(written), strict=True)
    except yaml.YAMLError as unreadable:
        raise LawUnreadable(f"{name}: {unreadable}") from unreadable
    except ValidationError as misfit:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in misfit.errors())
        raise LawUnreadable(f"{name}: {faults}") from misfit


@dataclass(frozen=True)
class Pack:
    """The whole law that the product knows."""

    regimes: Regimes
    clock: ClockParameters
    birth: BirthParameters
    death: DeathParameters
    benefits: BenefitParameters
    personal_id: PersonalIdParameters
    calendar: WorkingCalendar
    digests: dict[str, str]

    def hash_of(self, *names: str) -> str:
        """Short hash over the files that an answer used."""
        return sha256("\n".join(self.digests[name] for name in sorted(names)).encode()).hexdigest()[:12]


def load(root: Path = ROOT) -> Pack:
    """Read and check every file."""
    names = (REGIMES, CLOCK, BIRTH, DEATH, BENEFITS, PERSONAL_ID, CALENDAR)
    contents = {name: (root / name).read_bytes() for name in names}
    # The package that computes lunar days is part of the calendar, and so of its digest.
    whole = contents | {CALENDAR: contents[CALENDAR] + version("holidays").encode()}
    return Pack(
        regimes=parse(REGIMES, contents[REGIMES], Regimes),
        clock=parse(CLOCK, contents[CLOCK], ClockParameters),
        birth=parse(BIRTH, contents[BIRTH], BirthParameters),
        death=parse(DEATH, contents[DEATH], DeathParameters),
        benefits=parse(BENEFITS, contents[BENEFITS], BenefitParameters),
        personal_id=parse(PERSONAL_ID, contents[PERSONAL_ID], PersonalIdParameters),
        calendar=WorkingCalendar(parse(CALENDAR, contents[CALENDAR], CalendarDays)),
        digests={name: sha256(content).hexdigest() for name, content in whole.items()},
    )


@cache
def current() -> Pack:
    """The pack that this process runs with, loaded once."""
    return load()
