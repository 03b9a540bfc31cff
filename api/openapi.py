"""What `/openapi.json` says of every call: its token, what it answers with, and which problems."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.problems import HEADERS, MEDIA_TYPE, TITLES, ProblemView

BEARER: dict[str, Any] = {"security": [{"bearer": []}]}
SCHEMES: dict[str, Any] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
EVERYWHERE = (400, 401, 403, 422, 503)
"""Any guarded call: a broken address, no token, no right, a wrong parameter, the database or the issuer's keys away."""
WITH_PATH = (404,)
WITH_BODY = (413,)
WITH_KEY = (409, 429)
"""Calls that change something take an Idempotency-Key and go through the door to the engine."""
_SCHEMAS = "#/components/schemas/{model}"

TEXT = {"type": "string"}

Responses = dict[int | str, dict[str, Any]]


def problems(statuses: Iterable[int]) -> Responses:
    """How a route declares the problems that it can answer with."""
    schema = {"$ref": _SCHEMAS.format(model=ProblemView.__name__)}
    return {
        status: {
            "description": TITLES[status],
            "headers": {name: {"schema": TEXT} for name in HEADERS.get(status, {})},
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def answers(shape: Any, *statuses: int, described: str = "as it now stands", **headers: str) -> Responses:  # noqa: ANN401  # a type
    """How a route declares what it answers with; `headers`: what those say that it carries."""
    told = {name.replace("_", "-"): {"description": text, "schema": TEXT} for name, text in headers.items()}
    one = {"model": shape, "description": described, "headers": told}
    return dict.fromkeys(statuses or (200,), one)


def install(app: FastAPI) -> None:
    """Let the app's description carry the shapes that routes refer to."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        app.openapi_schema = told = _told_apart(plain())
        _, shapes = models_json_schema([(ProblemView, "serialization")], ref_template=_SCHEMAS)
        components = told.setdefault("components", {})
        components.setdefault("schemas", {}).update(shapes["$defs"])
        components["securitySchemes"] = SCHEMES
        for schema in _schemas(told):
            if reference := schema.get("$ref"):  # the shape alone: beside it FastAPI says "an object"
                schema.clear()
                schema["$ref"] = reference
        return told

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend its description


def _told_apart(told: dict[str, Any]) -> dict[str, Any]:
    """What both groups have under one name: named by the group, not by where our code lies."""
    text = json.dumps(told)
    for name in told.get("components", {}).get("schemas", {}):
        if "__" in name:
            module, shape = name.split("__")[-2:]
            text = text.replace(f'"{name}"', f'"{module.title()}{shape}"')
            text = text.replace(f'/{name}"', f'/{module.title()}{shape}"')
    named: dict[str, Any] = json.loads(text)
    return named


def _schemas(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for calls in told["paths"].values():
        for call in calls.values():
            for answer in call["responses"].values():
                yield from (content.get("schema", {}) for content in answer.get("content", {}).values())
