"""One page a dossier: its legs over time, its documents, what was done, and what its citizen sees."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from api import unmasking
from api.deps import Front, FrontDep
from api.desk.asking import Tried, thread
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.sight import seen, standing
from api.web import history, lifecycle
from api.web.pages import language, render
from api.web.route import PageRoute
from api.web.telling import person, results, sections
from api.web.words import words
from contracts.base import DOSSIER_CODE

SEE_OTHER = 303

router = APIRouter(prefix="/desk/dossiers", route_class=PageRoute)


@router.get("/{code}")
@needs("tasks:read", "support:read")
async def show(
    request: Request, code: Annotated[str, Path(pattern=DOSSIER_CODE)], caller: CallerDep, front: FrontDep
) -> Response:
    """The dossier; support is led to its page at the console, where nobody's data is open to them at once."""
    if not unmasking.by_right(caller, await seen(front, caller, code)):
        return RedirectResponse(f"/support/dossiers/{code}", SEE_OTHER)
    return await page(request, front, caller, code)


async def page(request: Request, front: Front, caller: Caller, code: str, tried: Tried | None = None) -> Response:
    """The dossier's page; `tried`: a form on it that did not go through."""
    header = await seen(front, caller, code)
    state = await standing(front, code)
    w = words(language(request))
    filing, entries = await front.claims.filing(code), await front.queries.journal(code)
    return render(
        request,
        "desk/dossier.html",
        tried.problem.status if tried and tried.problem else 200,
        state=state,
        name=person(filing),
        office=await front.offices.get(state.office, entries[-1]["at"]),
        sections=sections(filing, w) if filing else [],
        papers=filing.papers if filing else (),
        clock=history.clock(state, entries),
        journal=await history.journal(front, entries, w),
        tracks=history.tracks(state, entries, front.now()),
        answered={leg.kind: results(leg.result, w) for leg in state.legs},
        documents=await history.documents(front, state),
        paths=lifecycle.paths(state, entries),
        **await thread(front, caller, header, tried),
    )


lost = APIRouter(prefix="/desk", route_class=PageRoute)


@lost.get("/{anywhere:path}")
@needs("tasks:read", "support:read")
async def nowhere(anywhere: str) -> Response:
    """No page of ours."""
    del anywhere
    raise Problem(404, "not-found", "there is no such page")
