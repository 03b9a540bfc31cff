"""The one place where trouble on the wire becomes a failure of ours, and where each exchange is logged.

connection refused or cut, time-out, 408, 425, 429, 5xx → `AgencyUnavailable` (asked again without end)
any other 4xx whose words mean 'later' (replies.yaml)   → `AgencyUnavailable`, and no trouble of the agency's
any other 4xx                                           → `RequestRejected`   (parks)
an answer that does not fit the agency's schema         → `AgencyProtocolError` (parks after three attempts)
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from adapters.replies import BUSY, CLIENT_TROUBLE, LATER, SERVER_TROUBLE, meaning
from contracts.agencies import Agency, Case, PendingCase
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected

T = TypeVar("T")
NOT_FOUND = 404


class ExchangeLog(Protocol):
    """Where each request and answer is kept, encrypted, for support."""

    def record(self, exchange: "Exchange") -> None:
        """Keep one exchange; never blocks, never raises."""
        ...


class Health(Protocol):
    """Who wants to know whether an agency answers: the breaker."""

    def answered(self, agency: Agency) -> None: ...
    def failed(self, agency: Agency) -> None: ...


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it; `status` is none where no answer came."""

    agency: Agency
    dossier: str | None
    step: str | None
    key: str | None
    attempt: int
    request: str
    answer: bytes | None
    status: int | None
    duration_ms: float


@dataclass(frozen=True)
class Answer:
    """An answer as it came."""

    content: bytes

    def read(self, adapter: TypeAdapter[T]) -> T:
        """Parse the agency's own form; a body that does not fit is the agency's failure, not ours."""
        try:
            return adapter.validate_json(self.content)
        except ValidationError:
            raise AgencyProtocolError("the agency's answer cannot be read") from None


@dataclass(frozen=True)
class Line:
    """What every agency's adapter shares: the connection pool, where agencies are, and who listens.

    `attempt` tells how often the running step was tried.
    """

    http: httpx.AsyncClient
    agencies_url: str
    log: ExchangeLog
    health: Health
    attempt: Callable[[], int]


class AgencyHttp:
    """One agency over HTTP."""

    def __init__(self, agency: Agency, line: Line) -> None:
        self.agency = agency
        self._http = line.http
        self._base = f"{line.agencies_url}/{agency}"
        self._log = line.log
        self._health = line.health
        self._attempt = line.attempt

    async def post(self, path: str, body: Mapping[str, Any], *, case: Case | None = None) -> Answer:
        """Send a request whose effect its key makes safe to repeat."""
        return self._answered(await self._call("POST", path, case, keyed=True, json=body), case)

    async def enquire(self, pending: PendingCase, under: str = "/cases") -> Answer:
        """Ask how a case stands; a reference is the agency's own text, and stays one part of the path."""
        path = f"{under}/{quote(pending.reference, safe='')}"
        return self._answered(await self._call("GET", path, pending.case), pending.case)

    async def ask(self, path: str, dossier: str | None = None) -> Answer:
        """Ask something that has no effect and names nobody; kept with the dossier, if it is about one."""
        return self._answered(await self._call("GET", path, dossier=dossier))

    async def find(self, path: str, body: Mapping[str, Any], *, case: Case) -> Answer | None:
        """Look something up, without naming anybody in the address; "not found" is an answer."""
        response = await self._call("POST", path, case, json=body)
        return None if response.status_code == NOT_FOUND else self._answered(response, case)

    async def alive(self) -> bool:
        """Does the agency answer at all? For the breaker's probe."""
        try:
            response = await self._http.get(f"{self._base}/alive")
        except httpx.HTTPError:
            return False
        return response.status_code < SERVER_TROUBLE

    async def _call(
        self,
        method: str,
        path: str,
        case: Case | None = None,
        *,
        dossier: str | None = None,
        keyed: bool = False,
        **content: Any,  # noqa: ANN401  # httpx's
    ) -> httpx.Response:  # httpx's
        headers = {"Idempotency-Key": case.key} if case and keyed else {}
        request = self._http.build_request(method, self._base + path, headers=headers, **content)
        began = time.perf_counter()
        response: httpx.Response | None = None
        try:
            response = await self._http.send(request)
        except httpx.HTTPError:
            self._health.failed(self.agency)
            raise AgencyUnavailable("the agency cannot be reached") from None
        finally:
            self._keep(request, response, case, began, dossier)
        if response.status_code >= SERVER_TROUBLE or response.status_code in BUSY:
            self._health.failed(self.agency)
            raise AgencyUnavailable("the agency is in trouble")
        self._health.answered(self.agency)
        return response

    def _answered(self, response: httpx.Response, case: Case | None = None) -> Answer:
        if response.status_code >= CLIENT_TROUBLE:
            # of one case alone: a whole batch must not wait for one message in it
            if case and meaning(self.agency, response.text) in LATER:
                raise AgencyUnavailable("the agency asks to come back later")
            raise RequestRejected("the agency rejected the request")
        return Answer(response.content)

    def _keep(
        self,
        request: httpx.Request,
        response: httpx.Response | None,
        case: Case | None,
        began: float,
        dossier: str | None,
    ) -> None:
        self._log.record(
            Exchange(
                agency=self.agency,
                dossier=case.dossier if case else dossier,
                step=case.step if case else None,
                key=case.key if case else None,
                attempt=self._attempt(),
                request=f"{request.method} {request.url.path}\n" + (_readable(request.content) if case else ""),
                answer=response.content if (case or dossier) and response is not None else None,
                status=response.status_code if response is not None else None,
                duration_ms=(time.perf_counter() - began) * 1000,
            )
        )


PAPER_STARTS = 4096
"""Longer bodies carry papers, which are kept elsewhere."""


def _readable(content: bytes) -> str:
    text = content[:PAPER_STARTS].decode(errors="replace")
    return text + ("…" if len(content) > PAPER_STARTS else "")
