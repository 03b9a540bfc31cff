"""Reversals: an office orders that what a wrongly reported death has set off is taken back."""

from typing import Any

from fastapi import APIRouter, Response, status

from api import effects, openapi
from api.bodies import IdempotencyKey, ReversalBody
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import DossierCode
from api.problems import Problem
from api.sight import reference, seen, view
from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, ProblemItem, Stage
from contracts.followups import Order, ReversalOpening
from contracts.tasks import DeathOpening
from orchestrator import DossierClosed, Refusal, update_id
from records.edge import Claim, Purpose
from records.queries import Header

router = APIRouter(prefix="/v1/dossiers", route_class=GuardedRoute, tags=["dossiers"])


@router.post(
    "/{code}/reversal",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(DossierState, 202, 200, described="ordered, now or before", Location="the reversal"),
)
@needs("tasks:act")
async def reverse(
    code: DossierCode, body: ReversalBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep, response: Response
) -> dict[str, Any]:
    """Order the reversal of a death; answers with the dossier that takes everything back, one for each death."""
    header = await seen(front, caller, code)
    if header.office not in caller.covers:
        raise Problem(403, "wrong-office", "only a clerk of the dossier's office orders its reversal")
    request = await request_id(front, caller, f"reversal/{code}", key, body.model_dump(mode="json"))
    if await front.claims.known(header.client, code, Purpose.REVERSAL) is None:
        await _stop(front, header, body.order, request)
    claim = await _claim(front, code, body)
    if claim.differing:
        errors = [ProblemItem(pointer=at, code="differs", message="differs from the order") for at in claim.differing]
        raise Problem(409, "already-reversed", "another order reversed this death before", errors, reversal=claim.code)
    if not claim.started:
        await front.orchestrator.open(claim.opening, update_id(header.client, "reversal", code))
        await front.claims.mark_started(claim.code)
    if not claim.created:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = f"/v1/dossiers/{claim.code}"
    return await view(front, caller, claim.code)


async def _stop(front: Front, header: Header, order: Order, request: str) -> None:
    """Nothing more is set off from here on; refuses what was never registered as a death."""
    state = await _registered(front, header.code)
    if state.stage is not Stage.IN_PROGRESS:
        return
    try:
        await front.orchestrator.reverse(reference(header), order, request)
    except DossierClosed:
        return  # it ended meanwhile
    except Refusal:
        if (await _state(front, header.code)).stage is Stage.IN_PROGRESS:
            raise


async def _registered(front: Front, code: str) -> DossierState:
    state = await _state(front, code)
    if state.group is not Group.DEATH or state.follows:
        raise Problem(409, "not-reversible", "only the dossier of a reported death can be reversed")
    legs = {leg.kind: leg.state for leg in state.legs}
    if legs.get(LegKind.DEATH_REGISTRATION) is not LegState.GRANTED:
        raise Problem(409, "nothing-to-reverse", "no death was registered; the filing can be withdrawn or rejected")
    return state


async def _state(front: Front, code: str) -> DossierState:
    state = await front.queries.view(code, front.now())
    if state is None:
        raise Problem(503, "outcome-unknown", "the dossier is being opened; repeat the call")
    return state


async def _claim(front: Front, code: str, body: ReversalBody) -> Claim:
    """Kept before it starts, under the first dossier's code: at most one for each death."""
    first, state, now = await front.claims.opening(code), await _registered(front, code), front.now()
    assert isinstance(first, DeathOpening), "a registered death was filed"  # noqa: S101
    followers = [await _state(front, each) for each in state.followed_by]

    def opening(new: str, _: object) -> ReversalOpening:
        return ReversalOpening(
            code=new,
            group=Group.DEATH,
            client=first.client,
            channel=Channel.OFFICE,
            office=state.office,
            province=first.province,
            filed_at=now,
            pace=front.pace,
            filing=first.filing,
            follows=code,
            order=body.order,
            effects=effects.of(state, followers, first.filing),
        )

    return await front.claims.claim(
        client=first.client,
        key=code,
        purpose=Purpose.REVERSAL,
        group=Group.DEATH,
        office=state.office,
        filed_at=now,
        body=body.model_dump(mode="json"),
        uploads=(),
        opening=opening,
    )
