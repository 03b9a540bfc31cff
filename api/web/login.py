"""Sessions begin and end here; the language is switched here. The login itself is the issuer's."""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import FrontDep
from api.problems import Problem
from api.web.identity import Attempt, Identity
from api.web.pages import LANGUAGE_COOKIE, home, render
from api.web.route import SESSION_COOKIE, OpenPageRoute, form_token
from api.web.words import Language

LOGIN_COOKIE = "lienthong_login"
LOGIN_S = 600
YEAR_S = 365 * 24 * 3600
PAGE = re.compile(r"/(desk|support|verify)(/[A-Za-z0-9][A-Za-z0-9._-]*)*(\?[A-Za-z0-9._~%&=+-]*)?")
FIRST_PAGE = "/desk"
SEE_OTHER = 303

router = APIRouter(prefix="/session", route_class=OpenPageRoute)
Then = Annotated[str, Query(max_length=2000)]


@router.get("/login")
async def login(request: Request, front: FrontDep, then: Then = FIRST_PAGE) -> Response:
    """Off to the issuer; what is needed on return waits in a cookie of this browser."""
    identity: Identity = request.app.state.identity
    attempt = Attempt.begin(_page(then))
    answer = RedirectResponse(await identity.login_address(attempt), SEE_OTHER)
    _set(answer, LOGIN_COOKIE, _written(attempt), LOGIN_S, front.settings.public_url, path="/session")
    return answer


@router.get("/callback")
async def callback(
    request: Request,
    front: FrontDep,
    code: Annotated[str, Query(max_length=2000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Back from the issuer: a session, if this browser began the login."""
    attempt = _read(request.cookies.get(LOGIN_COOKIE, ""))
    if attempt is None or not code or attempt.state != state:
        raise Problem(401, "login-refused", "this browser did not begin this login")
    identity: Identity = request.app.state.identity
    holder = await identity.holder(code, attempt)
    lifetime = timedelta(hours=front.settings.session_hours)
    token = await front.sessions.open(holder, front.now(), lifetime)
    answer = RedirectResponse(_page(attempt.then), SEE_OTHER)
    _set(answer, SESSION_COOKIE, token, int(lifetime.total_seconds()), front.settings.public_url)
    answer.delete_cookie(LOGIN_COOKIE, path="/session")
    return answer


@router.post("/logout")
async def logout(request: Request, front: FrontDep) -> Response:
    """End the session; the button stands on each page."""
    token, form = request.cookies.get(SESSION_COOKIE), await request.form()
    given, then = str(form.get("csrf", "")), _page(str(form.get("then", "")))
    if token and hmac.compare_digest(given.encode(), form_token(token).encode()):
        await front.sessions.end(token, front.now())
    page = then.partition("?")[0]
    answer = render(request, "login.html", then=then, path=page, home=home(page), lost=False, written="")
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.get("/language/{language}")
async def switch(language: Language, front: FrontDep, then: Then = FIRST_PAGE) -> Response:
    """The same page in the other language."""
    answer = RedirectResponse(_page(then), SEE_OTHER)
    _set(answer, LANGUAGE_COOKIE, language, YEAR_S, front.settings.public_url)
    return answer


def _page(then: str) -> str:
    """Only pages of ours are gone to, with what their lists are narrowed to."""
    return then if PAGE.fullmatch(then) else FIRST_PAGE


def _set(answer: Response, name: str, value: str, lasts: int, public_url: str, path: str = "/") -> None:
    secure = public_url.startswith("https:")
    answer.set_cookie(name, value, max_age=lasts, path=path, secure=secure, httponly=True, samesite="lax")


def _written(attempt: Attempt) -> str:
    return urlsafe_b64encode(json.dumps(vars(attempt)).encode()).decode()


def _read(cookie: str) -> Attempt | None:
    try:
        told = json.loads(urlsafe_b64decode(cookie))
        return Attempt(**{name: str(told[name]) for name in Attempt.__dataclass_fields__})
    except (NotBase64, ValueError, KeyError, TypeError):
        return None
