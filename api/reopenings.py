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
from contracts.acts import ActAsked, ActPreview, ActView, Call, Meaning, Target
from contracts.causes import Act, Cause
from contracts.dossier import DossierState, LegKind
from contracts.offers import Place, calls, latest, place_of
from contracts.reopenings import LEGS, repeatable
from contracts.standings import StandingQuestion
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


async def preview(front: Front, code: str, target: Target) -> ActPreview:
    """What doing a leg of a closed dossier once more sends; each call says how it stands under the key used last."""
    state = await standing(front, code)
    place = place_of(state, target)
    possible = place.leg is not None and place.leg.kind in await legs_of(front, state)
    return ActPreview(
        dossier=code,
        act=Act.REPLAY,
        target=place.target,
        cause=Cause.VIEWS_DIFFER,
        offered=(Act.REPLAY,) if possible else (),
        possible=possible,
        why_not=None if possible else "not-reopenable",
        calls=await _sent(front, place) if possible else (),
        second_person=True,
        evidence=False,
    )


async def _sent(front: Front, place: Place) -> tuple[Call, ...]:
    """The keys are those of a dossier that is not there yet."""
    last = {key.rsplit(":", 1)[0]: key for key in latest(place.leg.keys if place.leg else ())}
    made = [(call, last.get((call.key or "").rsplit(":", 1)[0])) for call in calls(place, Act.REPLAY)]
    code = place.state.code
    asked = tuple(StandingQuestion(agency=call.agency, dossier=code, key=key) for call, key in made if key)
    told = {each.key: each.standing for each in await front.orchestrator.ask_agencies(asked) if each}
    return tuple(
        call.model_copy(update={"key": None, "meaning": Meaning.SENT, "before": told.get(key or "")})
        for call, key in made
    )
