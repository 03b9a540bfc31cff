"""The pack as shipped, and packs in which one rule is decided otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

import pytest

from policy.clock import Clock
from policy.dated import Reading
from policy.pack import Pack, current

PackWith: TypeAlias = Callable[..., Pack]
ClockWith: TypeAlias = Callable[..., Clock]


def decide(pack: Pack, **rules: Any) -> Pack:
    """The same pack with clock rules that hold from the beginning."""
    parameters = {
        name: (parameter := getattr(pack.clock, name)).model_copy(
            update={"values": tuple(dated.model_copy(update={"value": value}) for dated in parameter.values)}
        )
        for name, value in rules.items()
    }
    return replace(pack, clock=pack.clock.model_copy(update=parameters))


@pytest.fixture(scope="session")
def pack() -> Pack:
    return current()


@pytest.fixture(scope="session")
def pack_with(pack: Pack) -> PackWith:
    """Build a pack whose clock follows other rules."""
    return lambda **rules: decide(pack, **rules)


@pytest.fixture(scope="session")
def clock_with(pack: Pack) -> ClockWith:
    """Build the clock of a day whose rules were decided otherwise."""

    def build(**rules: Any) -> Clock:
        decided = decide(pack, **rules)
        return Clock.read(Reading(date(2024, 7, 1)), decided.clock, decided.calendar)

    return build
