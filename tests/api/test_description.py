"""What `/openapi.json` says, and what calls outside it are answered."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from api import act_bodies, bodies, examples, problems, questions, replay_bodies, unmasking
from api.app import create_app

SHOWN = {
    "BIRTH": bodies.FilingBody,
    "DEATH": bodies.FilingBody,
    "SUPPLEMENT": bodies.SupplementBody,
    "WITHDRAWAL": bodies.WithdrawalBody,
    "REVIEW": bodies.ReviewBody,
    "REMOTE": bodies.SignatureBody,
    "TOKEN": bodies.SignatureBody,
    "PREPARATION": bodies.PreparationBody,
    "SIGNATURES": bodies.SignaturesBody,
    "CLAIM": bodies.ClaimBody,
    "HAND_OVER": bodies.HandOverBody,
    "CHOICE": bodies.ChoiceBody,
    "REVERSAL": bodies.ReversalBody,
    "RESOLUTION": act_bodies.ResolutionBody,
    "ACT_PREVIEW": act_bodies.ActPreviewBody,
    "ACT": act_bodies.ActBody,
    "APPROVAL": act_bodies.ApprovalBody,
    "UNMASKING": unmasking.UnmaskingBody,
    "REPLAY": replay_bodies.ReplayBody,
    "REPLAY_APPROVAL": replay_bodies.ReplayApprovalBody,
    "REPLAY_ORDER": replay_bodies.ReplayOrderBody,
    "QUESTION": questions.QuestionBody,
    "ANSWER": questions.AnswerBody,
    "ADVICE": questions.AdviceBody,
    "SEARCH": bodies.SearchBody,
    "WEBHOOK": bodies.WebhookBody,
    "CALLBACK": bodies.CallbackBody,
}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app()


@pytest.fixture(scope="module")
def described(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@pytest_asyncio.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


def test_every_answer_in_json_has_a_shape_of_its_own(described: dict[str, Any]) -> None:
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            for status, answer in call["responses"].items():
                if schema := answer.get("content", {}).get("application/json", {}).get("schema"):
                    assert list(schema) == ["$ref"], (method, path, status)


def test_no_name_in_the_description_tells_where_our_code_lies(described: dict[str, Any]) -> None:
    assert [name for name in described["components"]["schemas"] if "__" in name] == []


@pytest.mark.parametrize("name", SHOWN)
def test_every_example_is_a_body_that_is_taken(name: str) -> None:
    TypeAdapter(SHOWN[name]).validate_python(getattr(examples, name))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/dossiers", "GET, POST"),
        ("OPTIONS", "/v1/webhooks", "GET, POST"),
        ("PATCH", "/v1/dossiers/x", "GET"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_there_is_told_of_every_one_that_is(
    http: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_an_address_has_one_spelling(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/dossiers/", json={})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:lienthong:problem:not-found")


def test_what_was_sent_as_a_kind_is_not_quoted_back() -> None:
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(bodies.SignatureBody).validate_python({"method": "Nguyễn Văn Nam"})
    [told] = problems.items(wrong.value.errors())
    assert (told.code, told.message) == ("union_tag_invalid", "Input should be 'remote', 'token'")
