"""Problems as the world sees them: RFC 9457, `urn:lienthong:problem:<name>`, a pointer to each wrong field."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from api.bodies import KINDS
from contracts.dossier import ProblemItem
from orchestrator import DossierClosed, DossierUnknown, OutcomeUnknown, Refusal, TooBusy
from records.edge import (
    DeliveryUnknown,
    WebhookDeleted,
    WebhookDisabled,
    WebhookRefused,
    WebhooksTooMany,
    WebhookUnknown,
)
from records.queries import BadCursor

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "3"
NOT_ALLOWED = 405
HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}
TITLES = {
    400: "Bad request",
    401: "Authentication needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Media type not understood",
    422: "Invalid content",
    429: "Too many requests",
    500: "Internal error",
    502: "A service behind us failed and nothing was done; try again with a new key",
    503: "Outcome unknown, repeat with the same key",
}


class ProblemView(BaseModel):
    """The shape of every answer that is no success; some problems tell more (tries left, for instance)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[ProblemItem] = []


class ProblemResponse(JSONResponse):
    """Can always be sent: a caller's half letters, named back to them, are replaced."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:  # noqa: ANN401  # JSON
        """As JSON."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class Problem(Exception):
    """A problem by name; `more` grows the answer (tries left, for instance)."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        errors: Sequence[ProblemItem] = (),
        **more: Any,  # noqa: ANN401  # JSON
    ) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.detail = detail
        self.errors = errors
        self.more = more


TroublePage = Callable[[Request, Problem, dict[str, str]], Response]

REFUSALS = {
    "TaskUnknown": (404, "task-unknown"),
    "TaskClosed": (409, "task-closed"),
    "TaskBlocked": (409, "task-blocked"),
    "StaleDocument": (409, "stale-document"),
    "ReasonUnknown": (422, "invalid"),
    "ChoiceUnknown": (422, "choice-unknown"),
    "PaymentNeeded": (422, "payment-needed"),
    "PaymentNotNeeded": (422, "payment-not-needed"),
    "PaperNotAllowed": (422, "paper-not-allowed"),
    "SupplementNotOpen": (409, "supplement-not-open"),
    "LegsNotYet": (422, "invalid"),
    "AlreadyWithdrawn": (409, "already-withdrawn"),
    "Irreversible": (409, "irreversible"),
    "NothingToReverse": (409, "nothing-to-reverse"),
    "AlreadyReversed": (409, "already-reversed"),
    "ReplayOver": (409, "replay-over"),
    "ReplayPaused": (409, "replay-paused"),
    "ReplayNotPaused": (409, "replay-not-paused"),
    "IncidentNotOpen": (409, "incident-not-open"),
    "DecisionNotPossible": (422, "decision-not-possible"),
    "ResolutionInvalid": (422, "invalid"),
    "AnswerUnreadable": (422, "invalid"),
}
"""How a dossier's own refusals are told."""
SIGNATURE_PROBLEMS = {
    "not-on-duty": 403,
    "authorisation-expired": 403,
    "authorisation-refused": 403,
    "stale-document": 409,
    "signature-invalid": 422,
    "certificate-revoked": 422,
    "certificate-expired": 422,
    "certificate-unknown": 422,
    "signing-unreadable": 502,
    "signing-unavailable": 502,
}
"""What a dossier answers to a signature is kept under its key: none of it is a 503, which is to be repeated."""

WEBHOOK_PROBLEMS: dict[type[WebhookRefused], tuple[int, str]] = {
    WebhookUnknown: (404, "webhook-unknown"),
    DeliveryUnknown: (404, "delivery-unknown"),
    WebhookDeleted: (409, "webhook-deleted"),
    WebhookDisabled: (409, "webhook-disabled"),
    WebhooksTooMany: (409, "webhooks-too-many"),
}


UNTOLD = {"union_tag_invalid", "union_tag_not_found"}
"""A body of several kinds that does not say which it is."""


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) into the body."""
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in path]
    return "".join(f"/{part}" for part in parts)


def items(errors: Iterable[Any], skip: int = 0) -> list[ProblemItem]:
    """Pydantic's errors as ours; inputs are left out, they may name people."""
    return [ProblemItem(pointer=pointer(each["loc"][skip:]), code=each["type"], message=_said(each)) for each in errors]


def _said(error: Any) -> str:  # noqa: ANN401  # pydantic's own dict
    """What is wrong, in words that do not quote what was sent, as pydantic's do where a union's tag is wrong."""
    quotes = error["type"] == "union_tag_invalid"
    return f"Input should be {error['ctx']['expected_tags']}" if quotes else str(error["msg"])


def told(problem: Problem, instance: str) -> dict[str, Any]:
    """A problem in the shape of `ProblemView`."""
    return {
        "type": f"urn:lienthong:problem:{problem.name}",
        "title": TITLES.get(problem.status, "Problem"),
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "errors": [error.model_dump() for error in problem.errors],
        **problem.more,
    }


def answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as it goes over the wire; pages bring their own way of telling it."""
    sent = HEADERS.get(problem.status, {}) | (headers or {})
    page: TroublePage | None = getattr(request.state, "trouble_page", None)
    if page is not None:
        return page(request, problem, sent)
    return ProblemResponse(told(problem, request.url.path), problem.status, headers=sent)


def refusal(err: Refusal) -> Problem:
    """A dossier's refusal as a problem."""
    detail = err.details[0] if err.details else None
    if err.kind == "SignatureRefused" and isinstance(detail, dict):
        name = str(detail["problem"])
        return Problem(SIGNATURE_PROBLEMS.get(name, 422), name, str(detail["detail"]))
    status, name = REFUSALS.get(err.kind, (409, "refused"))
    errors: list[ProblemItem] = []
    if isinstance(detail, list):
        errors = items(detail)
    elif isinstance(detail, dict) and "loc" in detail:
        errors = [ProblemItem(pointer=pointer(detail["loc"]), code=name, message=err.message)]
    return Problem(status, name, err.message, errors)


def install(app: FastAPI) -> None:
    """Teach the app to answer every kind of trouble as a problem."""

    @app.exception_handler(Problem)
    async def ours(request: Request, problem: Problem) -> Response:
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, err: RequestValidationError) -> Response:
        errors = list(err.errors())
        if any(each["type"] == "json_invalid" for each in errors):
            return answer(request, Problem(422, "invalid", "the body is not JSON", _without_input(errors)))
        missing_key = [each for each in errors if each["loc"][:2] == ("header", "idempotency-key")]
        if missing_key:
            return answer(request, Problem(400, "idempotency-key-invalid", "Idempotency-Key is missing or malformed"))
        return answer(request, Problem(422, "invalid", "the request is not valid", _without_input(errors)))

    @app.exception_handler(HTTPException)
    async def http(request: Request, err: HTTPException) -> Response:
        name = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(err.status_code, "http-error")
        problem = Problem(err.status_code, name, TITLES.get(err.status_code, "Problem"))
        headers = {**(err.headers or {}), **({"Allow": _allowed(request)} if err.status_code == NOT_ALLOWED else {})}
        return answer(request, problem, headers)

    @app.exception_handler(BadCursor)
    async def lost(request: Request, err: BadCursor) -> Response:
        wrong = ProblemItem(pointer="/query/cursor", code="cursor-invalid", message=str(err))
        return answer(request, Problem(422, "invalid", "the cursor is not one of this list's", [wrong]))

    @app.exception_handler(WebhookRefused)
    async def no_webhook(request: Request, err: WebhookRefused) -> Response:
        return answer(request, Problem(*WEBHOOK_PROBLEMS[type(err)], str(err)))

    @app.exception_handler(Exception)
    async def bug(request: Request, err: Exception) -> Response:
        del err  # logged by the server; its text may quote a person
        return answer(request, Problem(500, "internal-error", "something is wrong on our side"))

    _install_door(app)


def _allowed(request: Request) -> str:
    """The methods of an address: where endpoints share one, the router names those of the first alone."""
    address = getattr(request.scope.get("route"), "path", "")
    return ", ".join(sorted(method.upper() for method in request.app.openapi()["paths"].get(address, ("get", "head"))))


def _install_door(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(request: Request, err: Refusal) -> Response:
        return answer(request, refusal(err))

    @app.exception_handler(OutcomeUnknown)
    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    async def unknown(request: Request, err: Exception) -> Response:
        del err  # its text may quote a statement
        problem = Problem(503, "outcome-unknown", "nothing is lost: repeat the call with the same key")
        return answer(request, problem)

    @app.exception_handler(TooBusy)
    async def busy(request: Request, err: TooBusy) -> Response:
        return answer(request, Problem(429, "too-busy", str(err)))

    @app.exception_handler(DossierUnknown)
    async def no_dossier(request: Request, err: DossierUnknown) -> Response:
        return answer(request, Problem(404, "dossier-unknown", str(err)))

    @app.exception_handler(DossierClosed)
    async def closed(request: Request, err: DossierClosed) -> Response:
        return answer(request, Problem(409, "dossier-closed", str(err)))


def _without_input(errors: Iterable[Any]) -> list[ProblemItem]:
    found = []
    for each in errors:
        where, *path = each["loc"]
        at = pointer(_written(path, each)) if where == "body" else pointer(each["loc"])
        found.append(ProblemItem(pointer=at, code=each["type"], message=_said(each)))
    return found


def _written(path: list[str | int], error: Any) -> list[str | int]:  # noqa: ANN401  # pydantic's
    """Where the caller wrote it: a body of several kinds is told apart by one field, whose value begins its paths."""
    if error["type"] in UNTOLD:
        return [*path, error["ctx"]["discriminator"].strip("'")]
    return path[1:] if path and path[0] in KINDS else path
