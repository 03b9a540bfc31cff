"""Writes down every answer that a drill's people get, so that each promise in it can be held against what became."""

import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from cli.bench.grounds import CONNECTIONS
from cli.scripted import NOT_MADE, OVERTAKEN
from cli.stack import Role, Stack
from cli.trouble import problem_of
from runtime.settings import Settings

ANSWERS = {200, 202, 429, 503}
"""All that a caller of ours may be told while things break, besides a refusal."""
REFUSALS = {404: OVERTAKEN, 409: OVERTAKEN, 502: {NOT_MADE}}
"""And what a clerk or chair may be told of a task."""


@dataclass(frozen=True)
class Answer:
    """One call and what came back; no status: the connection was cut or never made."""

    method: str
    path: str
    key: str | None
    began: float
    """On the monotonic clock."""
    seconds: float
    status: int | None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: Any = None

    @property
    def given(self) -> bool:
        """Is it a promise?"""
        return self.status in {200, 202}

    @property
    def files(self) -> bool:
        return self.method == "POST" and self.path == "/v1/dossiers"

    @property
    def decides(self) -> str | None:
        """The task that a review or signature is about."""
        room, _, act = self.path.removeprefix("/v1/tasks/").partition("/")
        return room if self.method == "POST" and act in {"review", "signature"} else None


class Witness(httpx.AsyncBaseTransport):
    """Between the people and the API; calls to the stand-ins pass unseen."""

    def __init__(self, api_port: int, line: httpx.AsyncBaseTransport | None = None) -> None:
        self.answers: list[Answer] = []
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._line = line or httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
        self._api_port = api_port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.port != self._api_port:
            return await self._line.handle_async_request(request)
        began = time.monotonic()
        try:
            response = await self._line.handle_async_request(request)
            await response.aread()  # an answer that is cut half-way was not given
        except httpx.TransportError:
            self._note(request, began)
            raise
        self._note(request, began, response)
        return response

    async def aclose(self) -> None:
        await self._line.aclose()

    def _note(self, request: httpx.Request, began: float, response: httpx.Response | None = None) -> None:
        answer = Answer(
            request.method,
            request.url.path,
            request.headers.get("idempotency-key"),
            began,
            time.monotonic() - began,
            response.status_code if response else None,
            response.headers if response else httpx.Headers(),
            json.loads(response.content) if response else None,
        )
        self.answers.append(answer)

    # ---- what was told

    def filings(self) -> dict[str, list[Answer]]:
        """By idempotency key, in order."""
        found: dict[str, list[Answer]] = defaultdict(list)
        for answer in self.answers:
            if answer.files:
                found[str(answer.key)].append(answer)
        return found

    def repeated(self) -> tuple[int, int]:
        """How many posts were answered 503 or 429, and how many were cut."""
        posts = [answer for answer in self.answers if answer.method == "POST"]
        return sum(answer.status in {429, 503} for answer in posts), sum(answer.status is None for answer in posts)

    def unexpected(self) -> list[tuple[str, int | None, Any]]:
        """Answers that nobody should get while things break: any 5xx but 503, and refusals of good calls."""
        return [(each.path, each.status, each.body) for each in self.answers if not _expected(each)]


def _expected(answer: Answer) -> bool:
    if answer.status in REFUSALS and answer.path.startswith("/v1/tasks/"):
        return problem_of(answer.status, json.dumps(answer.body)).name in REFUSALS[answer.status]
    if answer.status == 503 and not answer.path.startswith("/readyz"):
        problem = answer.headers["content-type"] == "application/problem+json"
        return problem and int(answer.headers.get("retry-after", "0")) > 0
    return answer.status is None or answer.status in ANSWERS


@asynccontextmanager
async def witnessed(known: Settings, patience: float) -> AsyncIterator[tuple[Stack, Witness]]:
    """A connection to a stack on which every answer is written down; so long a call is repeated."""
    witness = Witness(known.api_port)
    async with httpx.AsyncClient(transport=witness, timeout=30.0) as http:
        yield Stack(http, known, patience=patience), witness


async def every_promise_is_kept(stack: Stack, *witnesses: Witness, already: Collection[str] = ()) -> set[str]:
    """Hold all answers against what there is now; the codes of all dossiers but those that were there already."""
    answers = [answer for witness in witnesses for answer in witness.answers]
    unexpected = [wrong for witness in witnesses for wrong in witness.unexpected()]
    assert not unexpected, f"told what nobody should be: {unexpected}"
    filed = _filed(answers)
    assert await all_codes(stack) == sorted({*filed, *already}), "one dossier for each filing, and no other"
    for code in filed:
        view = await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
        assert view["code"] == code, f"{code} is shown as {view['code']}"
    await _every_decision_is_in_the_journal(stack, answers)
    return filed


def _filed(answers: Iterable[Answer]) -> set[str]:
    codes: dict[str | None, set[str]] = defaultdict(set)
    first_times: dict[str | None, int] = defaultdict(int)
    for answer in answers:
        if answer.files:
            codes[answer.key] |= {answer.body["code"]} if answer.given else set()
            first_times[answer.key] += answer.status == 202
    assert [len(each) for each in codes.values()] == [1] * len(codes), "each filing has one code, whoever asks"
    assert max(first_times.values()) <= 1, "only the first answer is a 202"
    filed = {code for each in codes.values() for code in each}
    assert len(filed) == len(codes), "each filing has a code of its own"
    return filed


async def all_codes(stack: Stack) -> list[str]:
    """Of every dossier that there is, in order."""
    found: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = await stack.read("/v1/dossiers", Role.SUPPORT, limit="200", **cursor)
        found += [row["code"] for row in page["items"]]
    return sorted(found)


async def _every_decision_is_in_the_journal(stack: Stack, answers: Iterable[Answer]) -> None:
    decided = {(answer.body["code"], answer.decides) for answer in answers if answer.decides and answer.given}
    assert decided, "nobody decided anything"
    closed: dict[str, list[str]] = {}
    for code in {code for code, _ in decided}:
        journal = await stack.read(f"/v1/dossiers/{code}/journal", Role.SUPPORT)
        closed[code] = [each["data"]["task"] for each in journal["items"] if each["kind"] == "task_closed"]
    untrue = [(code, task) for code, task in decided if closed[code].count(str(task)) != 1]
    assert not untrue, f"decided, but not once in the journal: {untrue}"
