"""One act, from the wish to the proof; the second person decides here, and finds here what waits for them."""

import hashlib
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import acts, unmasking
from api.act_bodies import ApprovalBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.web.pages import FILE_HEADERS, render
from api.web.route import PageRoute
from api.web.trouble import TROUBLE, UNKNOWN, problem_of
from contracts.acts import ActState, ActView
from contracts.reopenings import asked_again

ROWS = 25
SEE_OTHER = 303
FINAL = frozenset({ActState.VERIFIED, ActState.REOPENED, ActState.DECLINED, ActState.EXPIRED, ActState.FAILED})

router = APIRouter(prefix="/support", route_class=PageRoute)
ActId = Annotated[str, Path(max_length=64)]
Seen = Annotated[str, Query(max_length=64)]
Cursor = Annotated[str, Query(max_length=400)]


@router.get("/approvals")
@needs("support:read")
async def approvals(request: Request, caller: CallerDep, front: FrontDep, cursor: Cursor = "") -> Response:
    """What waits for a second person, the oldest first."""
    page = await acts.listing(caller, front, ActState.WAITING, cursor or None, ROWS)
    return render(request, "console/approvals.html", items=page["items"], next=page["next"], me=caller.subject)


@router.get("/acts/{act_id}")
@needs("support:read")
async def show(request: Request, act_id: ActId, caller: CallerDep, front: FrontDep) -> Response:
    """The act."""
    return await _page(request, front, caller, act_id)


@router.get("/acts/{act_id}/live")
@needs("support:read")
async def live(
    request: Request, act_id: ActId, caller: CallerDep, front: FrontDep, seen: Seen = "", state: Seen = ""
) -> Response:
    """How far it is, for a page that is open; nothing where nothing has changed, the whole page once it is decided."""
    shown = await _shown(front, caller, act_id)
    if shown["mark"] == seen:
        return Response(status_code=204)
    if state == ActState.WAITING != shown["act"].state:
        return Response(headers={"HX-Refresh": "true"})
    return render(request, "console/act_state.html", **shown)


@router.post("/acts/{act_id}/approval")
@needs("support:approve")
async def decide(
    request: Request,
    act_id: ActId,
    caller: CallerDep,
    front: FrontDep,
    key: Annotated[str, Form(min_length=1, max_length=64)],
    decision: Annotated[str, Form()] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
    asked_hash: Annotated[str, Form()] = "",
) -> Response:
    """A second person approves or declines."""
    told = {"decision": decision, "reason": reason, "asked_hash": asked_hash}
    try:
        await acts.approve(act_id, _body(told), key, caller, front)
    except TROUBLE as err:
        problem = problem_of(err)
        kept = key if problem.name == UNKNOWN else uuid4().hex
        return await _page(request, front, caller, act_id, problem, kept, reason)
    return RedirectResponse(f"/support/acts/{act_id}", SEE_OTHER)


@router.get("/acts/{act_id}/evidence")
@needs("support:read")
async def evidence(act_id: ActId, caller: CallerDep, front: FrontDep) -> Response:
    """The paper on which a result was recorded, for whoever gave their reason to see it."""
    if (await _shown(front, caller, act_id))["covered"]:
        return RedirectResponse(f"/support/acts/{act_id}", SEE_OTHER)
    answer = await acts.evidence(act_id, caller, front)
    answer.headers.update(FILE_HEADERS)
    return answer


async def _page(  # a form and what it was filled with
    request: Request,
    front: Front,
    caller: Caller,
    act_id: str,
    problem: Problem | None = None,
    key: str = "",
    reason: str = "",
) -> Response:
    shown = await _shown(front, caller, act_id)
    shown |= {"problem": problem, "key": key or uuid4().hex, "reason": reason}
    return render(request, "console/act.html", problem.status if problem else 200, **shown)


async def _shown(front: Front, caller: Caller, act_id: str) -> dict[str, Any]:
    act = ActView.model_validate(await acts.act(act_id, caller, front))
    until, again = await unmasking.until(front, caller, act.dossier), asked_again(act)
    told = repr((act, until))
    personal = bool((act.told.corrections and not again) or act.told.result or act.told.evidence)
    return {
        "act": act,
        "again": again,
        "covered": personal and until is None,
        "until": until,
        "final": act.state in FINAL,
        "decides": act.state is ActState.WAITING and caller.may("support:approve") and caller.subject != act.by,
        "own": caller.subject == act.by,
        "mark": hashlib.sha256(told.encode()).hexdigest()[:16],
    }


def _body(told: dict[str, str]) -> ApprovalBody:
    try:
        return ApprovalBody.model_validate(told)
    except ValidationError:
        raise Problem(422, "invalid", "the form is not complete") from None
