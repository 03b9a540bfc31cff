"""`lienthong bench filing`: how long `POST /v1/dossiers` takes at a steady rate, and under more than can be done."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from cli import place
from cli.bench.grounds import Grounds, grounds
from cli.bench.office import Office
from cli.bench.spread import Spread
from cli.samples import new_family
from cli.stack import Role

RATES = (5.0, 50.0)
WARM_UP = 10
TIMEOUT_S = 30.0
FILED = 202
CUT = 0
"""No answer came."""
Tell = Callable[[str], None]


@dataclass
class Answers:
    """What a minute of filings got: seconds until each answer, by status."""

    rate: float
    seconds: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, took: float) -> None:
        """One answer."""
        self.seconds.setdefault(status, []).append(took)

    @property
    def counts(self) -> Counter[int]:
        """Answers by status."""
        return Counter({status: len(took) for status, took in self.seconds.items()})

    def lines(self) -> list[str]:
        """One line a status."""
        return [
            f"  {status or 'no answer'}: {len(took)}, {Spread.of(took).shown('ms', 1000)}"
            for status, took in sorted(self.seconds.items())
        ]


async def run(seconds: float, rates: tuple[float, ...], tell: Tell) -> list[Answers]:
    """The benchmark on a stack of its own, warmed up by some whole births."""
    async with grounds() as ground:
        office = Office(ground.stack)
        async with office.at_work():
            for _ in range(WARM_UP):
                await office.file()
            await office.all_closed(TIMEOUT_S)
        return await filing(ground, seconds, rates, tell)


async def filing(ground: Grounds, seconds: float, rates: tuple[float, ...], tell: Tell) -> list[Answers]:
    """File at each rate for so long, on time whether earlier answers have come or not."""
    done = []
    for rate in rates:
        done.append(await _minute(ground, rate, seconds))
        tell("\n".join([f"{rate:g}/s for {seconds:g} s:", *done[-1].lines()]))
    return done


async def _minute(ground: Grounds, rate: float, seconds: float) -> Answers:
    filings = [(await new_family(ground.stack)).filing for _ in range(int(rate * seconds))]
    bearer = f"Bearer {await ground.stack.token(Role.PORTAL)}"
    answers = Answers(rate)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=place.api_url(ground.settings), timeout=TIMEOUT_S, trust_env=False, limits=limits
    ) as http:
        began = time.monotonic()

        async def one(number: int, body: dict[str, Any]) -> None:
            await asyncio.sleep(began + number / rate - time.monotonic())
            answers.add(*await _filed(http, body, bearer))

        await asyncio.gather(*(one(number, body) for number, body in enumerate(filings)))
    return answers


async def _filed(http: httpx.AsyncClient, body: dict[str, Any], bearer: str) -> tuple[int, float]:
    headers = {"Authorization": bearer, "Idempotency-Key": uuid4().hex}
    began = time.monotonic()
    try:
        answer = await http.post("/v1/dossiers", json=body, headers=headers)
    except httpx.TransportError:
        return CUT, time.monotonic() - began
    return answer.status_code, time.monotonic() - began
