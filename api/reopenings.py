"""Reopenings: support asks that legs of a closed dossier be done once more; a second person agrees (`…/approval`)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, status

from api import openapi
from api.act_bodies import ReopeningBody
from api.bodies import IdempotencyKey
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import DossierCode
from api.problems import Problem
from api.sight import seen, standing
from contracts.acts import ActAsked, ActView
from contracts.causes import Act, Cause
from contracts.dossier import DossierState, LegKind
from contracts.reopenings import LEGS, repeatable
from records.support.acts import ActUnknown

router = APIRouter(prefix="/v1/dossiers", route_class=GuardedRoute, tags=["acts"])


@router.post(
    "/{code}/reopening",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(ActView, 202, described="asked for; a second person decides"),
)
@needs("support:act")
async def reopen(
    code: DossierCode, body: ReopeningBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Ask for legs of a closed dossier to be done once more, in a dossier that follows it."""
    await seen(front, caller, code)
    told = {"legs": sorted(body.legs), "reason": body.reason}  # a set has no order of its own
    act_id = await request_id(front, caller, f"reopening/{code}", key, told)
    try:
        wish = await front.acts.get(act_id)
    except ActUnknown:
        await possible(front, code, body.legs)
        wish = await front.acts.ask(
            ActAsked(dossier=code, act=Act.REPLAY, reason=body.reason, input={LEGS: sorted(body.legs)}),
            act_id=act_id,
            by=caller.subject,
            now=(now := front.now()),
            cause=Cause.VIEWS_DIFFER,
            expires_at=now + timedelta(seconds=front.settings.approval_within),
        )
    return wish.model_dump(mode="json")


async def possible(front: Front, code: str, legs: Collection[LegKind]) -> None:
    """Raises 409 where these legs cannot be done once more now; it tells which can."""
    found = await legs_of(front, await standing(front, code))
    if not set(legs) <= set(found):
        raise Problem(409, "not-reopenable", "these legs cannot be done once more now", legs=list(found))


async def legs_of(front: Front, state: DossierState) -> tuple[LegKind, ...]:
    """Which legs of a closed dossier can be done once more now."""
    return repeatable(state, [await standing(front, each) for each in state.followed_by])
