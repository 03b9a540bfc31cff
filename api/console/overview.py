"""The overview: how much does not go on, by cause, agency, province, age and owner, and how it moves."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.deps import Front, FrontDep
from api.gate import CallerDep, needs
from api.problems import Problem
from api.web.pages import render
from api.web.route import PageRoute
from contracts import queues
from contracts.acts import ActState
from contracts.agencies import Agency
from contracts.causes import CAUSES, Cause, Owner
from contracts.places import PROVINCES
from contracts.replays import ReplayState
from records.support.agency_health import Health
from records.support.stuck import Slope, StuckFilter, StuckRow

OLDEST, MINUTE = 5, timedelta(minutes=1)
COUNTED = 100
"""More than so many are not counted."""
TROUBLED = frozenset({Health.TROUBLED, Health.DOWN})
BAR = 100
"""A bar's full length, in its own units."""

router = APIRouter(prefix="/support", route_class=PageRoute)
lost = APIRouter(prefix="/support", route_class=PageRoute)


@dataclass(frozen=True)
class Count:
    """Open cases of one kind: what it is called, and what the list is narrowed to; `name` none: of none."""

    name: str | None
    open: int
    length: int


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody at the console: approvals of acts and of replays; and what they should know of."""

    approvals: int
    drafts: int
    running: int
    agencies: tuple[Agency, ...]


@dataclass(frozen=True)
class Asked:
    """Clerks' questions that wait for an answer; `minutes`: since when the longest one does, of `within`."""

    open: int
    late: int
    minutes: int
    within: int


@dataclass(frozen=True)
class Overview:
    """Everything that the page shows; `mark` changes with it. `most`: the longest bar of a slope."""

    open: int
    waiting: Waiting
    asked: Asked
    causes: tuple[tuple[Slope, Owner], ...]
    most: int
    agencies: tuple[Count, ...]
    provinces: tuple[Count, ...]
    ages: tuple[Count, ...]
    owners: tuple[Count, ...]
    oldest: tuple[StuckRow, ...]

    @property
    def mark(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@router.get("")
@needs("support:read")
async def show(request: Request, caller: CallerDep, front: FrontDep) -> Response:
    """What does not go on, in numbers; each leads to its list."""
    del caller  # support reads every office's
    return render(request, "console/overview.html", **await _shown(front))


@router.get("/overview")
@needs("support:read")
async def again(
    request: Request, caller: CallerDep, front: FrontDep, seen: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """The numbers alone, for a page that is open; nothing where nothing has changed."""
    del caller
    shown = await _shown(front)
    if shown["told"].mark == seen:
        return Response(status_code=204)
    return render(request, "console/numbers.html", **shown)


async def _shown(front: Front) -> dict[str, Any]:
    return {"told": await told(front, front.now()), "provinces": PROVINCES}


async def told(front: Front, now: datetime) -> Overview:
    """The overview as it is now."""
    summary = await front.stuck.summary(now)
    oldest = await front.stuck.listing(StuckFilter(), limit=OLDEST)
    owners = dict.fromkeys((each.value for each in Owner), 0)
    for each in summary.by_cause:
        owners[_owner(each)] += each.open
    moved = [(each.new_hour, each.gone_hour, each.new_day, each.gone_day) for each in summary.by_cause]
    return Overview(
        open=summary.open,
        waiting=await _waiting(front, now),
        asked=await _asked(front, now),
        causes=tuple((each, _owner(each)) for each in summary.by_cause),
        most=max([1, *(number for numbers in moved for number in numbers)]),
        agencies=_counts(summary.by_agency),
        provinces=_counts(summary.by_province),
        ages=_counts(summary.by_age, ordered=False),
        owners=_counts(owners),
        oldest=tuple(oldest.items),
    )


async def _waiting(front: Front, now: datetime) -> Waiting:
    acts = await front.acts.listing(ActState.WAITING, cursor=None, limit=COUNTED)
    states = (ReplayState.DRAFT, ReplayState.RUNNING, ReplayState.PAUSED)
    pages = [await front.replays.listing(each, now, cursor=None, limit=COUNTED) for each in states]
    drafts, running, paused = (len(page.items) for page in pages)
    health = await front.agency_records.health(queues.AGENCIES, now)
    troubled = tuple(each for each, found in health.items() if found.health in TROUBLED)
    return Waiting(len(acts.items), drafts, running + paused, troubled)


async def _asked(front: Front, now: datetime) -> Asked:
    waiting, within = await front.questions.waiting(now), timedelta(seconds=front.settings.answer_within)
    age = now - (waiting.first_due - within) if waiting.first_due else timedelta()
    return Asked(waiting.open, waiting.late, age // MINUTE, within // MINUTE)


def _owner(slope: Slope) -> Owner:
    return CAUSES[Cause(slope.cause)].owner


def _counts(found: Mapping[Any, int], *, ordered: bool = True) -> tuple[Count, ...]:
    """With the length of each one's bar; most first, unless they have an order of their own."""
    most = max([1, *found.values()])
    counts: Sequence[Count] = [Count(name, number, round(BAR * number / most)) for name, number in found.items()]
    return tuple(sorted(counts, key=lambda each: (-each.open, each.name or "")) if ordered else counts)


@lost.get("/{anywhere:path}")
@needs("support:read")
async def nowhere(anywhere: str) -> Response:
    """No page of ours."""
    del anywhere
    raise Problem(404, "not-found", "there is no such page")
