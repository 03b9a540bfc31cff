"""Support: incidents and their resolution, search."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, status

from api import acts, openapi
from api.act_bodies import ActBody, ResolutionBody
from api.answers import Found, Page
from api.bodies import IdempotencyKey, SearchBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import REFUSALS, Problem
from api.sight import offices_of, reference, view
from contracts.acts import ActState, ActView
from contracts.causes import Act
from contracts.dossier import DossierState, ProblemItem
from contracts.incidents import Remedy, Resolution
from orchestrator import OutcomeUnknown
from records.edge import InboxState
from records.queries import FOUND_AT_MOST, CallbackRow, DossierRow, Header, IncidentRow, SearchKind, UndeliveredRow

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["support"])
FOUND = tuple(Found.model_fields)
KEPT = {Remedy.RETRY_WITH: Act.RETRY_WITH, Remedy.RECORD_RESULT: Act.RECORD_RESULT}
"""Decisions with something in them: old and new are kept, a second person agrees where it matters, proof follows."""


@router.get("/incidents", responses=openapi.answers(Page[IncidentRow]))
@needs("support:read")
async def incidents(  # the contract's filters
    caller: CallerDep,
    front: FrontDep,
    code: Annotated[str | None, Query(max_length=64)] = None,
    step: Annotated[str | None, Query(max_length=64)] = None,
    agency: Annotated[str | None, Query(max_length=64)] = None,
    office: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
    dossier: Annotated[str | None, Query(max_length=40)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Open incidents, oldest first."""
    del caller  # support reads every office's
    page = await front.queries.incidents(
        code=code, step=step, agency=agency, office=office, dossier=dossier, cursor=cursor, limit=limit
    )
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.post(
    "/incidents/{incident_id}/resolution",
    responses=openapi.answers(DossierState)
    | openapi.answers(ActView, 202, described="a result, or a correction that waits for a second person"),
)
@needs("support:act")
async def resolve(
    incident_id: Annotated[str, Path(max_length=100)],
    body: ResolutionBody,
    key: IdempotencyKey,
    caller: CallerDep,
    front: FrontDep,
    response: Response,
) -> dict[str, Any]:
    """Decide one incident: retry, retry with corrections, record a result obtained outside, or give the step up.

    A result, and a correction of what is paid or in whose wallet a document ends, takes effect once a second person
    has approved it: it is answered with the act that waits.
    """
    code = incident_id.rsplit(".", 2)[0]
    header = await front.queries.header(code)
    if header is None:
        raise Problem(404, "incident-unknown", "there is no such incident")
    request = await request_id(front, caller, f"resolution/{incident_id}", key, body.model_dump(mode="json"))
    if act := KEPT.get(body.decision):
        asked = ActBody(act=act, incident=incident_id, **body.model_dump(exclude={"decision"}))
        told = await _kept(front, caller, header, asked, request)
        if told["expires_at"] is not None:
            response.status_code = status.HTTP_202_ACCEPTED
            return told
    else:
        resolution = Resolution(incident=incident_id, by=caller.subject, decision=body.decision, reason=body.reason)
        await front.orchestrator.resolve(reference(header), resolution, request)
    return await view(front, caller, code)


async def _kept(front: Front, caller: Caller, header: Header, asked: ActBody, request: str) -> dict[str, Any]:
    """The act: it waits for a second person, or was done. Raises a problem where the dossier refused it."""
    try:
        told = await acts.kept(front, caller, header, asked, request)
    except Problem as problem:
        if problem.name != "act-not-offered":
            raise
        raise Problem(422, "decision-not-possible", "this cannot be decided of this step") from None
    if told["expires_at"] is not None:
        return told
    if told["state"] == ActState.FAILED:
        answered, name = REFUSALS.get(told["problem"].title().replace("-", ""), (409, told["problem"]))
        errors = [ProblemItem.model_validate(each) for each in told["told"]["errors"]]
        raise Problem(answered, name, "the dossier refused it", errors)
    if told["state"] in acts.UNDER_WAY:
        raise OutcomeUnknown("it is being carried out")
    return told


@router.get("/undelivered", responses=openapi.answers(Page[UndeliveredRow]))
@needs("support:read")
async def undelivered(
    caller: CallerDep,
    front: FrontDep,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Statuses and notices that a partner would not take, oldest first; each is tried again, ever more rarely."""
    del caller  # support reads every office's
    page = await front.queries.undelivered(cursor=cursor, limit=limit)
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.get("/callbacks", responses=openapi.answers(Page[CallbackRow]))
@needs("support:read")
async def callbacks(
    caller: CallerDep,
    front: FrontDep,
    state: InboxState = InboxState.UNMATCHED,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Agencies' late answers by what became of them, newest first; by default those for no dossier of ours."""
    del caller  # support reads every office's
    page = await front.queries.callbacks(state, cursor=cursor, limit=limit)
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.post("/searches", responses=openapi.answers(Page[Found]))
@needs("tasks:read", "support:read")
async def search(body: SearchBody, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Dossiers by a person's name (with or without diacritics), a personal ID, or a code; nothing of it in a URL."""
    rows = await found(body, caller, front, FOUND_AT_MOST)
    return {"items": [{name: getattr(row, name) for name in FOUND} for row in rows], "next": None}


async def found(body: SearchBody, caller: Caller, front: Front, at_most: int) -> list[DossierRow]:
    """What a search finds for this caller, the newest first."""
    kind, text = next((SearchKind(name), value) for name, value in body.model_dump(exclude_none=True).items())
    codes = await front.queries.search(kind, text, offices_of(caller), at_most)
    return await front.queries.listed(codes, front.now())
