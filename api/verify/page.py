"""`/verify/{document}`: no token, no script, nothing kept; whoever holds the paper may ask."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, UploadFile
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.staticfiles import StaticFiles

from api.deps import FrontDep
from api.verify.genuine import Genuine, found
from api.verify.lookups import Lookups
from api.verify.words import DEFAULT, LANGUAGES, WORDS

HOME = Path(__file__).parent
STATIC = StaticFiles(directory=HOME / "static")
FILE_MOST = 10_000_000
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PAGE = Environment(
    loader=FileSystemLoader(HOME / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("verify.html.j2")

router = APIRouter(prefix="/verify", include_in_schema=False)


def _language(lang: str = DEFAULT) -> str:
    return lang if lang in LANGUAGES else DEFAULT


Language = Annotated[str, Depends(_language)]


@router.get("/{document}")
async def verify(document: str, request: Request, front: FrontDep, lang: Language) -> HTMLResponse:
    """Whether the paper with this id is genuine and counts."""
    return await _page(document, request, front, lang)


@router.post("/{document}")
async def compare(
    document: str, request: Request, front: FrontDep, lang: Language, file: Annotated[UploadFile | None, File()] = None
) -> HTMLResponse:
    """The same, and whether a file is, byte by byte, what was issued."""
    content = await file.read(FILE_MOST + 1) if file is not None else b""
    return await _page(document, request, front, lang, content)


async def _page(
    document: str, request: Request, front: FrontDep, lang: str, content: bytes | None = None
) -> HTMLResponse:
    lookups: Lookups = request.app.state.lookups
    if not lookups.admit(request.client.host if request.client else ""):
        return _rendered(lang, 429, trouble="often")
    try:
        paper = await found(front, document)
    except (OperationalError, InterfaceError):
        return _rendered(lang, 503, trouble="busy")
    if paper is None:
        return _rendered(lang, 404, trouble="unknown")
    return _rendered(lang, 200, paper=paper, compared=_compared(paper, content))


def _compared(paper: Genuine, content: bytes | None) -> str | None:
    if content is None:
        return None
    if not 0 < len(content) <= FILE_MOST:
        return "no_file"
    return "same" if sha256(content).hexdigest() == paper.sha256 else "differs"


def _rendered(
    lang: str, status: int, *, paper: Genuine | None = None, compared: str | None = None, trouble: str | None = None
) -> HTMLResponse:
    other = next(each for each in LANGUAGES if each != lang)
    html = PAGE.render(w=WORDS[lang], lang=lang, other=other, paper=paper, compared=compared, trouble=trouble)
    again = {"Retry-After": "60"} if status in {429, 503} else {}
    return HTMLResponse(html, status, headers=HEADERS | again)
