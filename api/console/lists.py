"""What belongs to no case alone: undelivered messages, callbacks without a dossier; and the search."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import support
from api.deps import FrontDep
from api.gate import CallerDep, needs
from api.web import searching
from api.web.pages import render
from api.web.route import PageRoute
from records.edge import InboxState

ROWS = 25
HITS = 50

router = APIRouter(prefix="/support", route_class=PageRoute)


@router.get("/undelivered")
@needs("support:read")
async def undelivered(
    request: Request, caller: CallerDep, front: FrontDep, cursor: Annotated[str, Query(max_length=400)] = ""
) -> Response:
    """Statuses and notices that a partner would not take, the oldest first."""
    del caller  # support reads every office's
    page = await front.queries.undelivered(cursor=cursor or None, limit=ROWS)
    return render(request, "console/undelivered.html", rows=page.items, next=page.next)


@router.get("/callbacks")
@needs("support:read")
async def callbacks(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    state: InboxState = InboxState.UNMATCHED,
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Agencies' late answers that came to no dossier, or were refused by theirs, the newest first."""
    del caller
    page = await front.queries.callbacks(state, cursor=cursor or None, limit=ROWS)
    return render(request, "console/callbacks.html", rows=page.items, next=page.next, state=state)


@router.get("/search")
@needs("support:read")
async def no_search() -> Response:
    """Nothing was asked for."""
    return RedirectResponse("/support", 303)


@router.post("/search")
@needs("support:read")
async def search(request: Request, caller: CallerDep, front: FrontDep, text: Annotated[str, Form()] = "") -> Response:
    """Dossiers by code, name or personal number; names are not shown to whoever gave no reason."""
    body = searching.asked(text)
    found = await support.found(body, caller, front, HITS + 1) if body else []
    shown, more = found[:HITS], len(found) > HITS
    return render(request, "console/found.html", text=text, hits=shown, more=more, understood=body is not None)
