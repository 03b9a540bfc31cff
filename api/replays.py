"""One act on many dossiers: drafted, previewed, approved by a second person, steered, reported."""

import csv
import io
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, status

from api import openapi
from api.answers import Page
from api.bodies import IdempotencyKey
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import Problem
from api.rehearsing import rehearsed
from api.replay_bodies import (
    ReplayApprovalBody,
    ReplayBody,
    ReplayDraft,
    ReplayItemView,
    ReplayOrderBody,
    ReplayPreview,
    ReplaySummary,
    ReplayView,
)
from contracts.dossier import ProblemItem
from contracts.replays import SELECTED_MOST, ItemState, OrderKind, ReplayOrder, ReplayRequest, ReplayState, ReplayTold
from orchestrator import DossierClosed, DossierUnknown
from records.support.replays import ReplayNotWaiting, ReplayRow, ReplayUnknown
from records.support.selecting import TooManySelected

router = APIRouter(prefix="/v1/replays", route_class=GuardedRoute, tags=["replays"])
ReplayId = Annotated[str, Path(max_length=64)]
Cursor = Annotated[str | None, Query(max_length=400)]
FAILED = ("number", "dossier", "place", "problem", "act", "ended_at")
TABLE: openapi.Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=openapi.answers(ReplayDraft, 201, described="drafted", Location="the replay"),
)
@needs("support:act")
async def draft(
    body: ReplayBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep, response: Response
) -> dict[str, Any]:
    """Select stuck cases, once and for all, for one act; nothing happens before somebody else approves."""
    replay = await request_id(front, caller, "replays", key, body.model_dump(mode="json", by_alias=True))
    try:
        known = await front.replays.get(replay, front.now())
    except ReplayUnknown:
        known = await _drafted(front, caller.subject, replay, body)
    response.headers["Location"] = f"/v1/replays/{replay}"
    return {**await _shown(front, known), **await rehearsed(front, known)}


async def _drafted(front: Front, by: str, replay: str, body: ReplayBody) -> ReplayRow:
    try:
        chosen = await front.replays.chosen(body.selection, body.act)
    except TooManySelected as err:
        wrong = ProblemItem(pointer="/selection", code="selection-too-large", message=str(err))
        raise Problem(422, "invalid", f"one replay has at most {SELECTED_MOST} cases", [wrong]) from None
    if not chosen:
        wrong = ProblemItem(pointer="/selection", code="selection-empty", message="nothing of this is stuck")
        raise Problem(422, "invalid", "nothing of this is stuck", [wrong])
    now = front.now()
    return await front.replays.draft(
        chosen,
        replay=replay,
        act=body.act,
        selection=body.selection,
        told=ReplayTold(reason=body.reason, rate=body.rate),
        by=by,
        now=now,
        expires_at=now + timedelta(seconds=front.settings.approval_within),
    )


@router.post("/{replay}/approval", responses=openapi.answers(ReplayView))
@needs("support:approve")
async def approve(
    replay: ReplayId, body: ReplayApprovalBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """A second person decides on a draft, as they saw it; approved, it starts."""
    known = await _replay(front, replay)
    await request_id(front, caller, f"replay-approval/{replay}", key, body.model_dump(mode="json"))
    if caller.subject == known.by:
        raise Problem(403, "same-person", "whoever asked for it does not approve it")
    declined = body.decision == "decline"
    before = known.approved_by == caller.subject and (known.state is ReplayState.DECLINED) is declined
    if not before:
        await _decide(front, known, caller.subject, body)
    if not declined:
        told = await front.replays.told(replay)  # the rate that the hash is of
        request = ReplayRequest(replay=replay, selection_hash=known.selection_hash, rate=told.rate)
        await front.orchestrator.start_replay(request)
    return await _shown(front, await _replay(front, replay))


async def _decide(front: Front, known: ReplayRow, by: str, body: ReplayApprovalBody) -> None:
    if known.state is ReplayState.EXPIRED:
        raise Problem(409, "approval-expired", "nobody decided in time; it is to be drafted anew")
    if known.state is not ReplayState.DRAFT:
        raise Problem(409, "replay-not-waiting", "it waits for no second person")
    fixed = await front.replays.fixed(known.id)
    if not body.selection_hash == known.selection_hash == fixed:
        raise Problem(409, "selection-changed", "what was looked at is not what was drafted")
    change = front.replays.decline if body.decision == "decline" else front.replays.approve
    try:
        await change(known.id, by, body.reason, front.now())
    except ReplayNotWaiting as err:
        raise Problem(409, "replay-not-waiting", str(err)) from None


@router.post("/{replay}/orders", responses=openapi.answers(ReplayView))
@needs("support:act")
async def order(
    replay: ReplayId, body: ReplayOrderBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Pause a running replay, resume or stop it, or set its rate, up to the one that was approved."""
    await _replay(front, replay)
    request = await request_id(front, caller, f"replay-orders/{replay}", key, body.model_dump(mode="json"))
    if (body.order is OrderKind.RATE) != (body.rate is not None):
        wrong = ProblemItem(pointer="/rate", code="rate-misplaced", message="given where the rate is ordered")
        raise Problem(422, "invalid", "a rate is given where the rate is ordered", [wrong])
    told = await front.replays.told(replay)
    if body.rate is not None and body.rate > told.rate:
        wrong = ProblemItem(pointer="/rate", code="rate-not-approved", message=f"{told.rate:g} was approved")
        raise Problem(422, "invalid", "nobody has approved a rate so high; draft another replay", [wrong])
    if all(each.id != request for each in told.orders):  # of a run that has gone on in a fresh history since
        given = ReplayOrder(
            id=request, order=body.order, rate=body.rate, by=caller.subject, at=front.now(), reason=body.reason
        )
        try:
            await front.orchestrator.order_replay(replay, given)
        except DossierUnknown:
            raise Problem(409, "replay-not-running", "it does not run yet") from None
        except DossierClosed:
            raise Problem(409, "replay-over", "the replay has ended") from None
    return await _shown(front, await _replay(front, replay))


@router.get("", responses=openapi.answers(Page[ReplaySummary]))
@needs("support:read")
async def replays(
    caller: CallerDep, front: FrontDep, state: ReplayState | None = None, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Replays, the newest first."""
    del caller  # support reads every office's
    page = await front.replays.listing(state, front.now(), cursor=cursor, limit=limit)
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.get("/{replay}", responses=openapi.answers(ReplayView))
@needs("support:read")
async def one(replay: ReplayId, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One replay: how far it is, and why it stands still."""
    del caller
    return await _shown(front, await _replay(front, replay))


@router.get("/{replay}/preview", responses=openapi.answers(ReplayPreview))
@needs("support:read")
async def preview(replay: ReplayId, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """What it means as things stand now: how its items divide, what would happen to a few, which are left out."""
    del caller
    return await rehearsed(front, await _replay(front, replay))


@router.get("/{replay}/items", responses=openapi.answers(Page[ReplayItemView]))
@needs("support:read")
async def items(
    replay: ReplayId,
    caller: CallerDep,
    front: FrontDep,
    state: ItemState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Its dossiers, in order; of one outcome where it is named."""
    del caller
    await _replay(front, replay)
    page = await front.replays.items(replay, state, cursor=cursor, limit=limit)
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.get("/{replay}/failed.csv", response_class=Response, responses=TABLE)
@needs("support:read")
async def failed(replay: ReplayId, caller: CallerDep, front: FrontDep) -> Response:
    """Every dossier that failed, with why."""
    del caller
    await _replay(front, replay)
    page = await front.replays.items(replay, ItemState.FAILED)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(FAILED)
    table.writerows([vars_of(row)[name] for name in FAILED] for row in page.items)
    named = {"Content-Disposition": f'attachment; filename="replay-{replay}-failed.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=named)


async def _replay(front: Front, replay: str) -> ReplayRow:
    try:
        return await front.replays.get(replay, front.now())
    except ReplayUnknown as err:
        raise Problem(404, "replay-unknown", str(err)) from None


async def _shown(front: Front, known: ReplayRow) -> dict[str, Any]:
    told = await front.replays.told(known.id)
    return {
        **vars_of(known),
        "reason": told.reason,
        "decision_reason": told.decision_reason,
        "orders": [each.model_dump(mode="json") for each in told.orders],
        "counts": vars_of(await front.replays.counts(known.id)),
        "slope": vars_of(await front.replays.lately(known.id, front.now())),
    }
