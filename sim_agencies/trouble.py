"""How an agency fails on the wire: named facts, and the answers they become."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sim_agencies.cut import CutConnection
from sim_agencies.faults import Draw

# A gateway's page with 200, an answer cut short, an answer in another shape: none fits any agency's schema.
# Like what really breaks, each quotes what was asked: nobody who logs an answer may take it for harmless.
MALFORMED = (
    ("text/html; charset=utf-8", "<html><body>Hệ thống đang bảo trì<pre>{asked}</pre></body></html>"),
    ("application/json", '{{"thongBao": null, "yeuCau": {asked}}}'),
    ("application/json", '{{"status": 1, "maHoSo": "G22.99", "yeuCau": {asked}'),
)


class KeyMissing(Exception):
    """An effect was asked for without an idempotency key."""


class NotThere(Exception):
    """What was asked about does not exist."""


class NotAcceptable(Exception):
    """The request contradicts itself."""


class Rejected(Exception):
    """The agency does not take the request, in words of its own."""


class Broken(Exception):
    """The agency stumbled before the effect."""


class AnswerLost(Exception):
    """The effect stands, the answer never arrives."""


class AnswerMalformed(Exception):
    """The effect stands, the answer cannot be read."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self.media_type, self.body = draw.one_of("malformed", MALFORMED)


def error(status: int, code: str, text: str, **more: object) -> JSONResponse:
    """The common shape of what an agency cannot take."""
    return JSONResponse({"errorCode": code, "errorDescription": text, **more}, status)


def install(app: FastAPI, is_down: Callable[[], bool], never_down: tuple[str, ...]) -> None:
    """Give an agency's app its ways to fail; paths with such an ending stay up."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, exc: RequestValidationError) -> Response:
        if "/control/" in request.url.path:
            return await request_validation_exception_handler(request, exc)
        fields = [".".join(str(part) for part in problem["loc"]) for problem in exc.errors()]
        return error(400, "DU_LIEU_KHONG_HOP_LE", "Dữ liệu thiếu hoặc không hợp lệ", truong=fields)

    answers: dict[type[Exception], Callable[[Exception], Response]] = {
        KeyMissing: lambda _: error(400, "THIEU_KHOA", "Thiếu Idempotency-Key"),
        NotThere: lambda exc: error(404, "KHONG_TON_TAI", str(exc)),
        NotAcceptable: lambda exc: error(400, "DU_LIEU_KHONG_HOP_LE", str(exc), truong=[]),
        Rejected: lambda exc: error(422, "YEU_CAU_BI_TU_CHOI", str(exc)),
        AnswerLost: lambda _: CutConnection(),
    }
    for trouble, answer in answers.items():
        app.add_exception_handler(trouble, _handler(answer))
    app.add_exception_handler(Broken, _broken)
    app.add_exception_handler(AnswerMalformed, _malformed)
    app.add_middleware(DownForAll, is_down=is_down, never_down=never_down)


async def _broken(request: Request, _: Exception) -> Response:
    return PlainTextResponse(f"server error: {await _asked(request)}", 500)


async def _malformed(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, AnswerMalformed)  # noqa: S101 - registered for this class alone
    return Response(exc.body.format(asked=await _asked(request)), 200, media_type=exc.media_type)


async def _asked(request: Request) -> str:
    try:
        return (await request.body()).decode(errors="replace") or "null"
    except RuntimeError:  # read as it came, and gone
        return "null"


def _handler(answer: Callable[[Exception], Response]) -> Callable[[Request, Exception], Response]:
    async def handle(_: Request, exc: Exception) -> Response:
        return answer(exc)

    return handle  # type: ignore[return-value]


class DownForAll:
    """503 at once for every path but the control paths, before anything is read."""

    def __init__(self, app: ASGIApp, is_down: Callable[[], bool], never_down: tuple[str, ...]) -> None:
        self._app = app
        self._is_down = is_down
        self._never_down = never_down

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_down() and not self._is_exempt(scope["path"]):
            await PlainTextResponse("service unavailable", 503)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_exempt(self, path: str) -> bool:
        return "/control/" in path or path.endswith(self._never_down)
