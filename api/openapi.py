"""What `/openapi.json` says of every guarded call: the bearer token, and which problems it can answer with."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.problems import MEDIA_TYPE, TITLES, ProblemView

BEARER: dict[str, Any] = {"security": [{"bearer": []}]}
SCHEMES: dict[str, Any] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
EVERYWHERE = (400, 401, 403, 422, 503)
"""Any guarded call: a broken address, no token, no right, a wrong parameter, the database or the issuer's keys away."""
WITH_PATH = (404,)
WITH_BODY = (413,)
WITH_KEY = (409, 429)
"""Calls that change something take an Idempotency-Key and go through the door to the engine."""
_SCHEMAS = "#/components/schemas/{model}"

Responses = dict[int | str, dict[str, Any]]


def problems(statuses: Iterable[int]) -> Responses:
    """How a route declares the problems that it can answer with."""
    schema = {"$ref": _SCHEMAS.format(model=ProblemView.__name__)}
    return {status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def install(app: FastAPI) -> None:
    """Let the app's description carry the shapes that routes refer to."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        _, shapes = models_json_schema([(ProblemView, "serialization")], ref_template=_SCHEMAS)
        components = told.setdefault("components", {})
        components.setdefault("schemas", {}).update(shapes["$defs"])
        components["securitySchemes"] = SCHEMES
        return told

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend its description
