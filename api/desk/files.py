"""What pages show beside their words: documents exactly as they are kept, and the papers that came along."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api import portal, unmasking
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.sight import seen
from api.web.drawing import NotDrawn, drawn
from api.web.pages import FILE_HEADERS, render
from api.web.route import PageRoute
from contracts.base import DOSSIER_CODE
from records.edge import UploadUnknown

router = APIRouter(prefix="/desk", route_class=PageRoute)
Code = Annotated[str, Path(pattern=DOSSIER_CODE)]
Name = Annotated[str, Path(max_length=100)]
CONSOLE = "/support"
KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@router.get("/documents/{code}/{document}")
@needs("dossiers:read", "tasks:read", "support:read")
async def document(request: Request, code: Code, document: Name, caller: CallerDep, front: FrontDep) -> Response:
    """A document, byte for byte."""
    if asked := await _asked(request, front, caller, code, f"documents/{document}"):
        return asked
    answer = await portal.document(code, document, caller, front, request.headers.get("if-none-match", ""))
    answer.headers.update({name: value for name, value in FILE_HEADERS.items() if name != "Cache-Control"})
    if "download" in request.query_params:
        answer.headers["Content-Disposition"] = f'attachment; filename="{document}.pdf"'
    return answer


@router.get("/documents/{code}/{document}/picture")
@needs("dossiers:read", "tasks:read", "support:read")
async def picture(request: Request, code: Code, document: Name, caller: CallerDep, front: FrontDep) -> Response:
    """A document's pages as one picture, drawn from its bytes."""
    if asked := await _asked(request, front, caller, code, f"documents/{document}"):
        return asked
    pdf = bytes((await portal.document(code, document, caller, front, "")).body)
    try:
        return Response(await drawn(pdf), headers=FILE_HEADERS, media_type="image/png")
    except NotDrawn:
        raise Problem(404, "document-unknown", "there is no picture of it") from None


@router.get("/documents/{code}/{document}/verdict")
@needs("dossiers:read", "tasks:read", "support:read")
async def verdict(request: Request, code: Code, document: Name, caller: CallerDep, front: FrontDep) -> Response:
    """How its signature was judged, to be kept beside it."""
    if asked := await _asked(request, front, caller, code, f"documents/{document}"):
        return asked
    told = json.dumps(await portal.verdict(code, document, caller, front), ensure_ascii=False, indent=2)
    attached = {"Content-Disposition": f'attachment; filename="{document}.verdict.json"'}
    return Response(told, headers=FILE_HEADERS | attached, media_type="application/json")


@router.get("/papers/{code}/{paper}")
@needs("dossiers:read", "tasks:read", "support:read")
async def paper(request: Request, code: Code, paper: Name, caller: CallerDep, front: FrontDep) -> Response:
    """A paper that the citizen or a clerk sent along."""
    if asked := await _asked(request, front, caller, code, f"papers/{paper}"):
        return asked
    try:
        content = await front.uploads.get(code, paper)
    except UploadUnknown:
        raise Problem(404, "document-unknown", "there is no such paper") from None
    kind = next((kind for magic, kind in KINDS.items() if content.startswith(magic)), None)
    # What is none of these is never opened here: it may be a page with scripts of its own.
    headers = FILE_HEADERS if kind else {**FILE_HEADERS, "Content-Disposition": "attachment"}
    return Response(content, headers=headers, media_type=kind or "application/octet-stream")


async def _asked(request: Request, front: Front, caller: Caller, code: str, file: str) -> Response | None:
    """In the file's place, the page that asks support for their reason; none where none is needed."""
    if not await unmasking.covered(front, caller, await seen(front, caller, code)):
        return None
    status = unmasking.reason_needed().status
    return render(request, "console/reason.html", status, code=code, file=file, home=CONSOLE)
