"""`/verify/{document}`: no session, no script, nothing kept; whoever holds the paper may ask."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from api.deps import FrontDep
from api.verify.genuine import Genuine, found
from api.verify.lookups import Lookups
from api.web.pages import render
from api.web.route import OpenPageRoute

FILE_MOST = 10_000_000
AGAIN = {429: {"Retry-After": "60"}, 503: {"Retry-After": "60"}}

router = APIRouter(prefix="/verify", route_class=OpenPageRoute)


@router.get("/{document}")
async def verify(document: str, request: Request, front: FrontDep) -> HTMLResponse:
    """Whether the paper with this id is genuine and counts."""
    return await _page(document, request, front)


@router.post("/{document}")
async def compare(
    document: str, request: Request, front: FrontDep, file: Annotated[UploadFile | None, File()] = None
) -> HTMLResponse:
    """The same, and whether a file is, byte by byte, what was issued."""
    content = await file.read(FILE_MOST + 1) if file is not None else b""
    return await _page(document, request, front, content)


async def _page(document: str, request: Request, front: FrontDep, content: bytes | None = None) -> HTMLResponse:
    lookups: Lookups = request.app.state.lookups
    if not lookups.admit(request.client.host if request.client else ""):
        return _rendered(request, 429, trouble="often")
    try:
        paper = await found(front, document)
    except (OperationalError, InterfaceError):
        return _rendered(request, 503, trouble="busy")
    if paper is None:
        return _rendered(request, 404, trouble="unknown")
    return _rendered(request, 200, paper=paper, compared=_compared(paper, content))


def _compared(paper: Genuine, content: bytes | None) -> str | None:
    if content is None:
        return None
    if not 0 < len(content) <= FILE_MOST:
        return "no_file"
    return "same" if sha256(content).hexdigest() == paper.sha256 else "differs"


def _rendered(
    request: Request,
    status: int,
    *,
    paper: Genuine | None = None,
    compared: str | None = None,
    trouble: str | None = None,
) -> HTMLResponse:
    shown = {"paper": paper, "compared": compared, "trouble": trouble, "path": request.url.path}
    page = render(request, "verify.html", status, **shown)
    page.headers.update(AGAIN.get(status, {}))
    return page
