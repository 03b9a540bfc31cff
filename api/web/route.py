"""Pages are for people with a session: looked up first, then what they may, then that the form is one of ours."""

import hmac
from collections.abc import Callable, Coroutine, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.deps import Front
from api.gate import Caller, login_of, with_inherited
from api.problems import Problem
from api.web.identity import entitled
from api.web.pages import address_of, render, standing_at
from api.web.trouble import trouble_page
from records.edge import Holder, Sessions
from records.registers import DutyEntry

SESSION_COOKIE = "lienthong_session"
FORM_MOST = 30_000
TEXTS = ("reason_text", "reason", "message")
"""What people write themselves; where the first is there, the second is a code that they chose."""
NO_MORE = 286
"""Tells htmx that a part which keeps itself up to date need not ask again."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OpenPageRoute(APIRoute):
    """A page that needs no session; its trouble is told as a page too."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:  # noqa: ANN401  # FastAPI's own
        super().__init__(path, endpoint, **{**more, "include_in_schema": False})

    def get_route_handler(self) -> Handler:
        """The usual handler, with trouble told as a page."""
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            request.state.trouble_page = trouble_page
            return await handler(request)

        return told


class PageRoute(OpenPageRoute):
    """A page for whoever has a session; everybody else is shown the login, and nothing is done."""

    def get_route_handler(self) -> Handler:
        """The usual handler, behind session, scope and form token."""
        handler = super().get_route_handler()
        scopes: tuple[str, ...] = getattr(self.endpoint, "scopes", ())

        async def guarded(request: Request) -> Response:
            request.state.trouble_page = trouble_page
            if "\0" in request.scope["path"]:
                raise Problem(400, "address-invalid", "no address of ours holds a NUL")
            holder = await _holder(request)
            if holder is None:
                return await _login(request)
            roles = await _roles(request, holder)
            if roles is not None and not roles:
                return _no_role(request)
            await admit(request, holder if roles is None else entitled(holder, roles))
            if not any(request.state.caller.may(scope) for scope in scopes):
                raise Problem(403, "scope-missing", "this account may not see this page")
            if request.method == "POST":
                await _ours(request)
            return await handler(request)

        return guarded


async def admit(request: Request, holder: Holder) -> None:
    """Let a session's holder be the caller, as a bearer token's would be."""
    state = request.state
    state.holder = holder
    session = request.cookies[SESSION_COOKIE]
    state.csrf = form_token(session)
    offices = frozenset(holder.offices) if holder.offices is not None else None
    caller = Caller(holder.client, holder.subject, frozenset(holder.scopes), offices, login=login_of(session))
    state.caller = await with_inherited(request, caller)


def form_token(session: str) -> str:
    """What a form of this session carries; nobody without its cookie can make it."""
    return hmac.new(session.encode(), b"form", sha256).hexdigest()


async def _holder(request: Request) -> Holder | None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    sessions: Sessions = request.app.state.front.sessions
    return await sessions.holder(token, request.app.state.front.now())


async def _login(request: Request) -> Response:
    """The login; whoever pressed a button finds what they had written, to take it along."""
    if "hx-request" in request.headers:
        return _lost(request)
    posted = request.method == "POST"
    written = await _written(request) if posted else ""
    shown = {"then": address_of(request, standing_at(request)), "lost": posted, "written": written}
    return render(request, "login.html", 401 if posted else 200, **shown)


def _lost(request: Request) -> Response:
    """A notice within the page that asked, where what was typed stays; in the place of a button that was pressed."""
    stood = urlsplit(request.headers.get("hx-current-url", ""))
    then = f"{stood.path}?{stood.query}" if stood.query else stood.path
    pressed = request.method == "POST"
    notice = render(request, "lost.html", 200 if pressed else NO_MORE, then=then, pressed=pressed)
    notice.headers["HX-Reswap"] = "outerHTML" if pressed else "beforebegin"
    notice.headers["HX-Reselect"] = ".lost"
    return notice


async def _written(request: Request) -> str:
    """The text that somebody wrote into a form, which must be short: from whom it comes is not known."""
    headers = request.headers
    short = headers.get("content-length", "").isdecimal() and int(headers["content-length"]) <= FORM_MOST
    if not (short and headers.get("content-type", "").startswith("application/x-www-form-urlencoded")):
        return ""
    form = await request.form()
    return next((text for name in TEXTS if isinstance(text := form.get(name), str) and text.strip()), "")


async def _roles(request: Request, holder: Holder) -> Sequence[DutyEntry] | None:
    """Asked of our register at each request, so that a role that ended opens nothing more; none: not in it."""
    front: Front = request.app.state.front
    return await front.accounts.roles(holder.subject, front.now())


def _no_role(request: Request) -> Response:
    """All that is left is to log out; a list that keeps itself up to date gives way to this page."""
    page = render(request, "no_role.html", 403, csrf=form_token(request.cookies[SESSION_COOKIE]))
    if "hx-request" in request.headers:
        page.headers["HX-Refresh"] = "true"
    return page


async def _ours(request: Request) -> None:
    given = (await request.form()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), request.state.csrf.encode()):
        raise Problem(403, "form-foreign", "the form did not come from a page of this session")
