"""The witness can be told a lie: one story in which every promise is kept, and each that could be broken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from cli import place
from cli.stack import Stack
from cli.trouble import Problem
from runtime.settings import Settings
from tests.drills.witness import Witness, every_promise_is_kept

CODE, OTHER = "G22.99.08-261122-000001", "G22.99.08-261122-000002"
FILINGS, TASK = "/v1/dossiers", f"{CODE}.review.1"
REVIEW, SIGNATURE = f"/v1/tasks/{TASK}/review", f"/v1/tasks/{CODE}.signature.1/signature"
PROBLEM = "application/problem+json"
Call = tuple[str, str, httpx.Response | None]
"""A path, an idempotency key and what came back; none: the connection was cut."""


def given(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code})


def refused(status: int, problem: str, **headers: str) -> httpx.Response:
    body = {"type": f"urn:lienthong:problem:{problem}", "status": status}
    return httpx.Response(status, json=body, headers={"content-type": PROBLEM, **headers})


def repeat_later() -> httpx.Response:
    return refused(503, "outcome-unknown", **{"retry-after": "1"})


def story() -> list[Call]:
    """Two filings and a review, told through cuts and refusals, as things go while parts are killed."""
    return [
        (FILINGS, "one", None),
        (FILINGS, "one", repeat_later()),
        (FILINGS, "one", given(202, CODE)),
        (FILINGS, "one", given(200, CODE)),
        (FILINGS, "two", refused(429, "too-busy")),
        (FILINGS, "two", given(202, OTHER)),
        (REVIEW, "three", repeat_later()),
        (REVIEW, "three", given(200, CODE)),
        (REVIEW, "four", refused(409, "task-closed")),
        (SIGNATURE, "five", refused(502, "signing-unavailable")),
    ]


@dataclass
class World:
    """What people were told, and what there is now."""

    calls: list[Call] = field(default_factory=story)
    listed: list[str] = field(default_factory=lambda: [CODE, OTHER])
    shown: dict[str, str] = field(default_factory=lambda: {CODE: CODE, OTHER: OTHER})
    closed: list[str] = field(default_factory=lambda: [TASK])

    async def witnessed(self) -> tuple[Witness, set[str]]:
        """Tell the story to a witness, and hold it against the world."""
        known = Settings()
        witness = Witness(known.api_port, httpx.MockTransport(self._answer))
        async with httpx.AsyncClient(transport=witness) as http:
            for path, key, _ in list(self.calls):
                try:
                    await http.post(place.api_url(known) + path, headers={"Idempotency-Key": key}, json={})
                except httpx.ReadError:
                    continue
            return witness, await every_promise_is_kept(Stack(http, known), witness)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.startswith("/v1/"):
            _, _, answer = self.calls.pop(0)
            if answer is None:
                raise httpx.ReadError("cut", request=request)
            return answer
        match request.url.path.strip("/").split("/"):
            case ["vneid", "token"]:
                return httpx.Response(200, json={"access_token": "t"})
            case ["v1", "dossiers"]:
                return self._page(request.url.params.get("cursor"))
            case ["v1", "dossiers", code] if code in self.shown:
                return httpx.Response(200, json={"code": self.shown[code]})
            case ["v1", "dossiers", _, "journal"]:
                entries = [{"kind": "task_closed", "data": {"task": task}} for task in self.closed]
                return httpx.Response(200, json={"items": [{"kind": "filed", "data": {}}, *entries]})
        return refused(404, "dossier-unknown")

    def _page(self, cursor: str | None) -> httpx.Response:
        """One dossier a page: whoever reads the first alone misses the others."""
        place = int(cursor or 0)
        rest = str(place + 1) if place + 1 < len(self.listed) else None
        return httpx.Response(200, json={"items": [{"code": c} for c in self.listed[place : place + 1]], "next": rest})

    # ---- where tests spoil

    def told(self, path: str, key: str, answer: httpx.Response | None) -> None:
        """One more call at the story's end."""
        self.calls.append((path, key, answer))

    def never_told(self, key: str) -> None:
        """All calls under a key ended without a promise."""
        self.calls = [(path, k, repeat_later() if k == key else answer) for path, k, answer in self.calls]


async def test_a_story_that_is_true_throughout_is_believed() -> None:
    witness, codes = await World().witnessed()
    assert codes == {CODE, OTHER}
    assert witness.repeated() == (3, 1)
    assert [answer.status for answer in witness.filings()["one"]] == [None, 503, 202, 200]


async def test_calls_to_the_stand_ins_pass_unseen() -> None:
    witness, _ = await World().witnessed()
    assert {answer.path.split("/")[1] for answer in witness.answers} == {"v1"}


Spoil = Callable[[World], Any]
BROKEN: dict[str, tuple[Spoil, str]] = {
    "a dossier that was promised is gone": (lambda w: w.listed.remove(OTHER), "one dossier for each filing"),
    "a dossier that nobody filed": (lambda w: w.listed.append(f"{OTHER}9"), "one dossier for each filing"),
    "a dossier twice": (lambda w: w.listed.append(OTHER), "one dossier for each filing"),
    "a dossier under another's code": (lambda w: w.shown.update({CODE: OTHER}), f"{CODE} is shown as {OTHER}"),
    "two codes for one filing": (lambda w: w.told(FILINGS, "one", given(200, OTHER)), "each filing has one code"),
    "one code for two filings": (lambda w: w.told(FILINGS, "six", given(202, OTHER)), "a code of its own"),
    "a filing that never got a code": (lambda w: w.never_told("two"), "each filing has one code"),
    "a filing taken for new twice": (lambda w: w.told(FILINGS, "two", given(202, OTHER)), "only the first answer"),
    "a decision that is not in the journal": (lambda w: w.closed.clear(), "not once in the journal"),
    "a decision that is there twice": (lambda w: w.closed.append(TASK), "not once in the journal"),
    "a signature that is not in the journal": (
        lambda w: w.told(SIGNATURE, "five", given(200, CODE)),
        "not once in the journal",
    ),
    "nothing decided at all": (lambda w: w.never_told("three"), "nobody decided anything"),
    "an error of ours": (lambda w: w.told(FILINGS, "one", refused(500, "internal")), "told what nobody should be"),
    "a 503 that names no time": (
        lambda w: w.told(FILINGS, "one", refused(503, "outcome-unknown")),
        "told what nobody should be",
    ),
    "a good call refused": (lambda w: w.told(FILINGS, "one", refused(409, "key-reused")), "told what nobody should be"),
    "a task's good call refused": (lambda w: w.told(REVIEW, "x", refused(409, "stale")), "told what nobody should be"),
}


@pytest.mark.parametrize(("spoil", "named"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_promise_is_noticed(spoil: Spoil, named: str) -> None:
    world = World()
    spoil(world)
    with pytest.raises(AssertionError, match=named):
        await world.witnessed()


async def test_a_dossier_that_is_listed_but_cannot_be_read_is_noticed() -> None:
    world = World()
    del world.shown[OTHER]
    with pytest.raises(Problem, match="dossier-unknown"):
        await world.witnessed()
