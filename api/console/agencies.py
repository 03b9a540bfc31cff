"""Agencies at the console: how each answers, what waits for it, and the switch of one of them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import agencies
from api.agencies import AgencyName, SwitchBody, TaskQueuesDep
from api.deps import Front, FrontDep
from api.gate import CallerDep, needs
from api.problems import Problem
from api.web.pages import render
from api.web.route import PageRoute
from api.web.trouble import attempted
from api.web.words import LEGAL_ZONE
from contracts import queues
from contracts.agencies import Agency
from runtime.task_queues import TaskQueues

SEE_OTHER, UNKNOWN = 303, 503
Seen = Annotated[str, Query(max_length=64)]

router = APIRouter(prefix="/support/agencies", route_class=PageRoute)


@dataclass(frozen=True)
class Wish:
    """The form as somebody filled it in; `until` is a moment in Viet Nam."""

    what: Annotated[str, Form(max_length=10)] = ""
    rate: Annotated[str, Form(max_length=10)] = ""
    until: Annotated[str, Form(max_length=25)] = ""
    reason: Annotated[str, Form(max_length=1000)] = ""
    key: Annotated[str, Form(max_length=64)] = ""

    def body(self) -> SwitchBody:
        """What it asks for; raises `ValueError`."""
        match self.what:
            case "off":
                rate: float | None = 0.0
            case "limited":
                rate = float(self.rate.replace(",", "."))
            case "open":
                rate = None
            case _:
                raise ValueError("nothing was chosen")
        ends = datetime.fromisoformat(self.until).replace(tzinfo=LEGAL_ZONE).isoformat() if self.until else None
        return SwitchBody.model_validate({"rate": rate, "reason": self.reason, "until": ends})


@router.get("")
@needs("support:read")
async def show(request: Request, caller: CallerDep, front: FrontDep, engine: TaskQueuesDep) -> Response:
    """Every agency, how it is."""
    del caller  # support reads every agency
    return render(request, "console/agencies.html", **await _shown(front, engine, queues.AGENCIES))


@router.get("/rows")
@needs("support:read")
async def rows(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    engine: TaskQueuesDep,
    seen: Seen = "",
    one: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The list alone, or one line of it, for a page that is open; nothing where nothing has changed."""
    del caller
    shown = await _shown(front, engine, (agencies.known(one),) if one else queues.AGENCIES, one)
    if shown["mark"] == seen:
        return Response(status_code=204)
    return render(request, "console/agency_rows.html", **shown)


@router.get("/{agency}")
@needs("support:read")
async def one(
    request: Request, agency: AgencyName, caller: CallerDep, front: FrontDep, engine: TaskQueuesDep, done: bool = False
) -> Response:
    """One agency, its switch, and how it was switched before."""
    return await _page(
        request, agencies.known(agency), front, engine, Wish(), done=done, acts=caller.may("support:act")
    )


@router.post("/{agency}/switch")
@needs("support:act")
async def switch(
    request: Request,
    agency: AgencyName,
    caller: CallerDep,
    front: FrontDep,
    engine: TaskQueuesDep,
    wish: Annotated[Wish, Depends()],
) -> Response:
    """Turn the switch; what cannot be is told beside what was written."""
    which = agencies.known(agency)
    try:
        body = wish.body()
    except ValueError:  # pydantic's own among them
        problem: Problem | None = Problem(422, "invalid", "the form is not right")
    else:
        problem = await attempted(agencies.turn(front, engine, caller, which, body, wish.key))
    if problem is None:
        return RedirectResponse(f"/support/agencies/{which}?done=true", SEE_OTHER)
    return await _page(request, which, front, engine, wish, problem=problem, acts=True)


async def _page(
    request: Request,
    agency: Agency,
    front: Front,
    engine: TaskQueues,
    wish: Wish,
    *,
    acts: bool,
    done: bool = False,
    problem: Problem | None = None,
) -> Response:
    status = problem.status if problem else 200
    told = {
        "agency": agency,
        "turns": await front.switches.history(agency),
        "wish": wish,
        "key": wish.key if status == UNKNOWN else uuid4().hex,  # the same button again, or another wish
        "acts": acts,
        "done": done,
        "problem": problem,
    }
    return render(request, "console/agency.html", status, **told, **await _shown(front, engine, (agency,), agency))


async def _shown(front: Front, engine: TaskQueues, wanted: tuple[Agency, ...], one: str = "") -> dict[str, Any]:
    found = await agencies.states(front, engine, wanted)
    return {"found": found, "one": one, "mark": hashlib.sha256(repr(found).encode()).hexdigest()[:16]}
