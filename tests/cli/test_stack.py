"""Talking to a running stack: tokens, repeats with the same key, problems in readable words."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cli.stack import Role, Stack
from cli.trouble import NotRunning, Problem, Trouble
from runtime.settings import Settings

Talking = Callable[[Callable[[httpx.Request], httpx.Response]], httpx.AsyncClient]


class Api:
    """Answers in turn; every token request gets the next number."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.tokens: list[str] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            self.tokens.append(request.content.decode())
            return httpx.Response(200, json={"access_token": f"token-{len(self.tokens)}"})
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sent(self, header: str) -> list[str]:
        return [request.headers[header] for request in self.requests]


def problem(status: int, name: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"type": f"urn:lienthong:problem:{name}", "detail": f"about {name}", **more})


async def test_a_role_asks_for_its_token_once(talking: Talking, settings: Settings) -> None:
    api = Api(*(httpx.Response(200, json={}) for _ in range(3)))
    stack = Stack(talking(api), settings)
    await stack.read("/v1/incidents", Role.SUPPORT)
    await stack.read("/v1/incidents", Role.SUPPORT)
    await stack.read("/v1/tasks", Role.CLERK)
    assert [form.split("&")[1:] for form in api.tokens] == [
        ["client_id=support", "client_secret=local-support"],
        ["client_id=clerk", "client_secret=local-clerk"],
    ]
    assert api.sent("authorization") == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def test_a_token_that_ran_out_is_renewed(talking: Talking, settings: Settings) -> None:
    api = Api(problem(401, "token-invalid"), httpx.Response(200, json={"fine": True}))
    assert await Stack(talking(api), settings).read("/v1/tasks", Role.CLERK) == {"fine": True}
    assert api.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


async def test_an_unknown_outcome_is_asked_for_again_with_the_same_key(talking: Talking, settings: Settings) -> None:
    api = Api(problem(503, "outcome-unknown"), httpx.ConnectError("away"), httpx.Response(202, json={"code": "G"}))
    stack = Stack(talking(api), settings, patience=10)
    assert await stack.send("/v1/dossiers", Role.PORTAL, {}) == {"code": "G"}
    assert len(set(api.sent("idempotency-key"))) == 1


async def test_each_call_has_a_key_of_its_own(talking: Talking, settings: Settings) -> None:
    api = Api(httpx.Response(202, json={}), httpx.Response(202, json={}))
    stack = Stack(talking(api), settings)
    await stack.send("/v1/dossiers", Role.PORTAL, {})
    await stack.send("/v1/dossiers", Role.PORTAL, {})
    assert len(set(api.sent("idempotency-key"))) == 2


async def test_without_patience_nothing_is_repeated(talking: Talking, settings: Settings) -> None:
    with pytest.raises(Problem, match="503 outcome-unknown"):
        await Stack(talking(Api(problem(503, "outcome-unknown"))), settings).send("/v1/dossiers", Role.PORTAL, {})


async def test_a_stack_that_does_not_run_is_said_so_in_one_line(talking: Talking, settings: Settings) -> None:
    with pytest.raises(NotRunning, match=r"^nothing answers at .*lienthong up") as told:
        await Stack(talking(Api(httpx.ConnectError("no"))), settings).read("/v1/incidents", Role.SUPPORT)
    assert "\n" not in str(told.value)


async def test_a_problem_names_each_wrong_field(talking: Talking, settings: Settings) -> None:
    errors = [{"pointer": "/declaration/child/sex", "code": "enum", "message": "male or female"}]
    api = Api(problem(422, "invalid", errors=errors, tries_left=2))
    with pytest.raises(Problem) as told:
        await Stack(talking(api), settings).send("/v1/dossiers", Role.PORTAL, {})
    assert str(told.value).splitlines() == [
        "422 invalid: about invalid",
        "  /declaration/child/sex: male or female (enum)",
        "  tries_left: 2",
    ]


async def test_an_answer_without_a_problem_is_still_told(talking: Talking, settings: Settings) -> None:
    with pytest.raises(Problem, match="502 no problem document"):
        await Stack(talking(Api(httpx.Response(502, text="<html>"))), settings).read("/v1/tasks", Role.CLERK)


async def test_a_stand_in_that_refuses_is_quoted(talking: Talking, settings: Settings) -> None:
    stack = Stack(talking(Api(httpx.Response(422, text="no"))), settings)
    with pytest.raises(Trouble, match=r"PUT .*/population/control/persons/1 answered 422: no"):
        await stack.agency("PUT", "population/control/persons/1", {})
