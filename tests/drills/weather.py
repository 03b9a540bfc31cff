"""Faults that come and go, one agency at a time: the same ones in the same order for the same seed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle, product
from random import Random

from cli.stack import Stack

AGENCIES = (
    *("civil-status", "population", "residence", "social-insurance", "health-facility"),
    *("one-stop", "vneid", "national-portal", "notification", "signing"),
)
FAULTS: dict[str, dict[str, object]] = {
    "down": {"down": True},
    "slow": {"latency_ms": [100, 2000]},
    "failing": {"error_rate": 0.5},
    "losing its answers": {"lost_response_rate": 0.5},
    "late": {"pending_rate": 1, "answer_delay_s": [5, 25]},
    "late and mute": {"pending_rate": 1, "answer_delay_s": [1, 3], "callback_drop_rate": 1},
    "late and stuttering": {"pending_rate": 1, "answer_delay_s": [1, 3], "callback_duplicate_rate": 1},
}
"""None of them needs a decision: once lifted, every dossier goes on by itself."""


def spells(seed: int) -> Iterator[tuple[str, str]]:
    """Agency and fault, without end; in each round every fault befalls every agency once."""
    every = list(product(AGENCIES, FAULTS))
    Random(seed).shuffle(every)  # noqa: S311  # weather
    return cycle(every)


@asynccontextmanager
async def weather(stack: Stack, seed: int, lasts_s: float, calm_s: float) -> AsyncIterator[list[str]]:
    """Faults come and go inside; afterwards all are lifted. What came, in words."""
    told: list[str] = []
    sky = asyncio.create_task(_changing(stack, seed, lasts_s, calm_s, told))
    try:
        yield told
    finally:
        sky.cancel()
        with suppress(asyncio.CancelledError):
            await sky
        for agency in AGENCIES:
            await stack.agency("DELETE", f"{agency}/control/faults")


async def _changing(stack: Stack, seed: int, lasts_s: float, calm_s: float, told: list[str]) -> None:
    for n, (agency, fault) in enumerate(spells(seed)):
        told.append(f"{agency} {fault}")
        await stack.agency("PUT", f"{agency}/control/faults", FAULTS[fault] | {"seed": seed + n})
        await asyncio.sleep(lasts_s)
        await stack.agency("DELETE", f"{agency}/control/faults")
        await asyncio.sleep(calm_s)
