"""Pages: one set of templates, one set of headers; what a page shows is escaped, what it lacks is an error."""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.web.assets import address
from api.web.words import Language, words

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "language"
LANGUAGE = "lang"
"""What an address asks for a language by."""
HOMES = ("/desk", "/support")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
FILE_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
"""A document is shown within our own pages; the browser's viewer needs its own scripts and styles."""

_PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.globals["static"] = address


def language(request: Request) -> Language:
    """Vietnamese, unless the address asks for English or this browser was switched to it."""
    asked = request.query_params.get(LANGUAGE) or request.cookies.get(LANGUAGE_COOKIE)
    return Language.EN if asked == Language.EN else Language.VI


def render(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:  # noqa: ANN401  # a template's own
    """A page in the reader's language; `holder` and `csrf` are none where nobody is logged in."""
    state, path = request.state, str(shown.get("path") or standing_at(request))
    given = {
        "w": words(language(request)),
        "path": path,
        "here": address_of(request, path),
        "home": home(path),
        "holder": getattr(state, "holder", None),
        "csrf": getattr(state, "csrf", None),
        "now": _now(request),
        **shown,
    }
    return HTMLResponse(_PAGES.get_template(template).render(given), status, HEADERS)


def home(path: str) -> str:
    """The first page of the desk that a page belongs to; the public page leads to the clerks'."""
    return next((each for each in HOMES if path == each or path.startswith(f"{each}/")), HOMES[0])


def standing_at(request: Request) -> str:
    """The page that somebody looks at: where a form was sent, the one that it stood on."""
    path = request.url.path
    return path.rsplit("/", 1)[0] if request.method == "POST" else path


def address_of(request: Request, path: str) -> str:
    """A page's address with what its list is narrowed to, for whoever comes back to it; in which language is theirs."""
    kept = [(name, value) for name, value in parse_qsl(request.url.query) if name != LANGUAGE]
    return f"{path}?{urlencode(kept)}" if kept and request.method != "POST" else path


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.front.now()
    return now
