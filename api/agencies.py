"""Agencies as support sees them: how they answer, how much waits for them, and the switch that limits what we send."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api import openapi
from api.answers import Page
from api.bodies import IdempotencyKey
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.problems import Problem
from contracts import queues
from contracts.agencies import Agency
from contracts.base import Instant, Line, Message
from contracts.dossier import ProblemItem
from contracts.queues import LimitedBy
from records.support.agency_health import Health
from records.support.switches import Switch as Turn
from runtime.task_queues import EngineAway, QueueSight, TaskQueues

router = APIRouter(prefix="/v1/agencies", route_class=GuardedRoute, tags=["agencies"])
AgencyName = Annotated[str, Path(max_length=40)]
EXAMPLE: dict[str, Any] = {"rate": 0, "reason": "Bảo trì đường truyền", "until": "2026-12-01T17:00:00+07:00"}


def task_queues(request: Request) -> TaskQueues:
    """The engine's queues, as this process sees them."""
    found: TaskQueues = request.app.state.task_queues
    return found


TaskQueuesDep = Annotated[TaskQueues, Depends(task_queues)]


class SwitchBody(Message):
    """`rate`: nothing more goes out (0), so many calls a second at most, or (null) as many as there are, from now on.

    `until`: it ends by itself.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    rate: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None
    reason: Line
    until: Instant | None = None

    @model_validator(mode="after")
    def _open_has_no_end(self) -> "SwitchBody":
        if self.rate is None and self.until is not None:
            raise ValueError("what is opened has no end")
        return self


class Switch(BaseModel):
    """`until`: its end, as planned or when another took its place; `planned`: the end that was named at first."""

    rate: float | None
    by: str
    since: datetime
    until: datetime | None
    planned: datetime | None
    reason: str


class AgencyState(BaseModel):
    """One agency now.

    `answers` and `failures`: of the last five minutes. `held`: since when it is given up for now and only probed.
    `backlog`, `oldest_s`: calls that wait to go out; `served`: a worker sends them; `rate`: the limit in force, none
    where there is none. These are null while the engine is away. `overdue`: legs beyond the time of its answer.
    """

    agency: Agency
    health: Health
    answers: int
    failures: int
    p50_ms: float | None
    p95_ms: float | None
    last_success: datetime | None
    last_failure: datetime | None
    held: datetime | None
    backlog: int | None
    oldest_s: float | None
    served: bool | None
    rate: float | None
    switch: Switch | None
    overdue: int


@router.get("", responses=openapi.answers(Page[AgencyState]))
@needs("support:read")
async def agencies(caller: CallerDep, front: FrontDep, engine: TaskQueuesDep) -> dict[str, Any]:
    """Every agency that steps are sent to."""
    del caller  # support reads every agency
    found = await states(front, engine, queues.AGENCIES)
    return {"items": [each.model_dump(mode="json") for each in found], "next": None}


@router.get("/{agency}/switches", responses=openapi.answers(Page[Switch]))
@needs("support:read")
async def switches(agency: AgencyName, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """How an agency was switched, by whom and why; the last turn first."""
    del caller
    turns = await front.switches.history(known(agency))
    return {"items": [_shown(each).model_dump(mode="json") for each in turns], "next": None}


@router.put("/{agency}/switch", responses=openapi.answers(AgencyState, described="as it stands from now on"))
@needs("support:act")
async def switch(
    agency: AgencyName, body: SwitchBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep, engine: TaskQueuesDep
) -> dict[str, Any]:
    """Send nothing more to an agency, so much at most, or everything again; breakers have no say meanwhile."""
    which = known(agency)
    await turn(front, engine, caller, which, body, key)
    [state] = await states(front, engine, (which,))
    return state.model_dump(mode="json")


def known(name: str) -> Agency:
    """The agency of this name, if steps are sent to it."""
    found = next((each for each in queues.AGENCIES if each.value == name), None)
    if found is None:
        raise Problem(404, "agency-unknown", "there is no such agency")
    return found


async def turn(front: Front, engine: TaskQueues, caller: Caller, agency: Agency, body: SwitchBody, key: str) -> None:
    """Turn an agency's switch; it counts at once, and the workers see to it that it goes on counting."""
    call = await request_id(front, caller, f"switch/{agency}", key, body.model_dump(mode="json"))
    now = front.now()
    if await front.switches.turned(call):
        return
    if body.until is not None and body.until <= now:
        wrong = ProblemItem(pointer="/until", code="past", message="this moment is over")
        raise Problem(422, "invalid", "a switch ends later than now", [wrong])
    await front.switches.turn(call, agency, body.rate, by=caller.subject, reason=body.reason, now=now, until=body.until)
    if body.rate is not None:  # what follows on it when it ends, the breaker knows
        try:
            await engine.limit(queues.of(agency), body.rate, LimitedBy.SWITCH)
        except EngineAway:
            return


async def states(front: Front, engine: TaskQueues, wanted: tuple[Agency, ...]) -> list[AgencyState]:
    """How these agencies stand."""
    now = front.now()
    health = await front.agency_records.health(wanted, now)
    standing, overdue = await front.switches.standing(now), await front.agency_records.overdue()
    sights = await asyncio.gather(*(_sight(engine, each) for each in wanted))
    return [
        AgencyState(
            agency=each,
            **asdict(health[each]),
            **_queue(sight),
            switch=_shown(standing[each]) if each in standing else None,
            overdue=overdue.get(each, 0),
        )
        for each, sight in zip(wanted, sights, strict=True)
    ]


async def _sight(engine: TaskQueues, agency: Agency) -> QueueSight | None:
    try:
        return await engine.sight(queues.of(agency))
    except EngineAway:
        return None


def _queue(sight: QueueSight | None) -> dict[str, Any]:
    if sight is None:
        return dict.fromkeys(("held", "backlog", "oldest_s", "served", "rate"))
    limit = sight.limit
    return {
        "held": limit.since if limit and limit.reason == LimitedBy.BREAKER else None,
        "backlog": sight.backlog,
        "oldest_s": sight.oldest.total_seconds() if sight.backlog else 0.0,
        "served": sight.served,
        "rate": limit.rate if limit else None,
    }


def _shown(turn: Turn) -> Switch:
    return Switch(**{name: getattr(turn, name) for name in Switch.model_fields})
