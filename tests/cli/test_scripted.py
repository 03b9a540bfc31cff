"""The scripted clerk and chair bring a dossier to its end, whatever comes up on the way."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cli import scripted
from cli.stack import Stack
from cli.trouble import Problem
from contracts.dossier import TaskKind
from runtime.settings import Settings

Talking = Callable[[Callable[[httpx.Request], httpx.Response]], httpx.AsyncClient]
READINGS = [{"choice": "social_insurance"}, {"choice": "emergency"}]
CODE = "G22.99.08-261122-000001"


class Desk:
    """A dossier that needs a review and so many signatures; a second person may be quicker."""

    def __init__(
        self, signatures: int = 1, *, decisions: int = 0, overtaken: int = 0, problem: str = "task-closed"
    ) -> None:
        signed = [f"signature.{n}" for n in range(signatures)]
        self._left = ["review", *signed, *(f"decision.{n}" for n in range(decisions))]
        self._overtaken = overtaken
        self._problem = problem
        self.done: list[tuple[str, dict[str, Any]]] = []

    def view(self) -> dict[str, Any]:
        states = ["open", *("blocked" for _ in self._left)]
        tasks = [
            {"id": f"{CODE}.{name}", "kind": name.partition(".")[0], "state": state, "readings": READINGS}
            for name, state in zip(self._left, states, strict=False)
        ]
        return {"code": CODE, "stage": "in_progress" if self._left else "returned", "tasks": tasks}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t"})
        if request.method == "GET" and "/tasks/" in path:
            return httpx.Response(200, json={"document_sha256": "5" * 64})
        if request.method == "GET":
            return httpx.Response(200, json=self.view())
        if self._overtaken:
            self._overtaken -= 1
            return httpx.Response(409, json={"type": f"urn:lienthong:problem:{self._problem}"})
        self.done.append((path.rpartition("/")[2], json.loads(request.content)))
        self._left.pop(0)
        return httpx.Response(200, json=self.view())


async def test_walking_reviews_and_signs_every_version(talking: Talking, settings: Settings) -> None:
    desk = Desk(signatures=2)
    view = await scripted.walk(Stack(talking(desk), settings), CODE, every=0.01)
    signature = ("signature", {"method": "remote", "document_sha256": "5" * 64, "pin": scripted.PIN})
    assert view["stage"] == "returned"
    assert desk.done == [("review", {"decision": "accept"}), signature, signature]


async def test_of_several_readings_the_first_is_taken(talking: Talking, settings: Settings) -> None:
    desk = Desk(decisions=1)
    await scripted.walk(Stack(talking(desk), settings), CODE, every=0.01)
    assert desk.done[-1] == ("decision", {"choice": "social_insurance", "reason": scripted.CHOSEN})


async def test_somebody_quicker_is_no_trouble(talking: Talking, settings: Settings) -> None:
    desk = Desk(overtaken=2)
    await scripted.walk(Stack(talking(desk), settings), CODE, every=0.01)
    assert [what for what, _ in desk.done] == ["review", "signature"]


async def test_any_other_refusal_is_told(talking: Talking, settings: Settings) -> None:
    with pytest.raises(Problem, match="not-on-duty"):
        await scripted.walk(Stack(talking(Desk(overtaken=1, problem="not-on-duty")), settings), CODE, every=0.01)


async def test_waiting_is_bounded(talking: Talking, settings: Settings) -> None:
    stack = Stack(talking(Desk()), settings)
    with pytest.raises(scripted.Stalled, match=f"{CODE} was not waiting for a signature in time"):
        await scripted.open_task(stack, CODE, TaskKind.SIGNATURE, patience=0.1, every=0.01)


async def test_an_open_task_is_found_by_its_kind(talking: Talking, settings: Settings) -> None:
    assert await scripted.open_task(Stack(talking(Desk()), settings), CODE, TaskKind.REVIEW) == f"{CODE}.review"
