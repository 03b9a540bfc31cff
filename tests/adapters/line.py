"""A line to agencies that remembers: what was logged, and what the breaker was told."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from adapters.http import AgencyHttp, Exchange, Line
from contracts.agencies import Agency, Case, Step

CODE = "G22.99.08-261122-000001"
CASE = Case(dossier=CODE, step=Step.REGISTER, group=2)


@dataclass
class Ears:
    """Hears of every exchange, and whether the agency answered."""

    exchanges: list[Exchange] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    attempts: int = 3

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def answered(self, agency: Agency) -> None:
        self.told.append(f"{agency} answered")

    def failed(self, agency: Agency) -> None:
        self.told.append(f"{agency} failed")

    def attempt(self) -> int:
        return self.attempts

    def line(self, http: httpx.AsyncClient, url: str = "http://agencies") -> Line:
        return Line(http=http, agencies_url=url, log=self, health=self, attempt=self.attempt)


def agency(
    ears: Ears, answer: Callable[[httpx.Request], httpx.Response], which: Agency = Agency.CIVIL_STATUS
) -> AgencyHttp:
    """An agency that answers by a function."""
    return AgencyHttp(which, ears.line(httpx.AsyncClient(transport=httpx.MockTransport(answer))))
