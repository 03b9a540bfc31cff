"""The ordered feed of events that portals catch up from, and the managers' figures."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import openapi
from api.answers import Events
from api.deps import FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.portal import Limit, vars_of
from records.queries import Statistics

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["feed"])


@router.get("/events", responses=openapi.answers(Events))
@needs("dossiers:read")
async def events(
    caller: CallerDep, front: FrontDep, after: Annotated[int, Query(ge=0, le=2**62)] = 0, limit: Limit = 100
) -> dict[str, Any]:
    """Everything that happened to my dossiers after an event, in order; `next` is where to go on, also when empty."""
    found = await front.queries.events(caller.client, after, limit)
    return {"items": [vars_of(event) for event in found], "next": found[-1].id if found else after}


@router.get("/statistics/dossiers", responses=openapi.answers(Statistics))
@needs("statistics:read")
async def statistics(caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Dossiers by office, group and stage, and how many were returned in time."""
    del caller
    found = await front.queries.statistics()
    return {name: [vars_of(row) for row in rows] for name, rows in vars_of(found).items()}
