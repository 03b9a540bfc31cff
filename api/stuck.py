"""What does not go on, for support: the list, how it moves, and one case with what was said last."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api import openapi
from api.answers import Page
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.portal import Limit, vars_of
from api.problems import Problem
from api.web.words import Language, words
from contracts.agencies import Agency
from contracts.causes import CAUSES, Cause, Owner
from contracts.dossier import Group
from orchestrator import Reference
from records.support.masking import masked
from records.support.stuck import AGES, StuckFilter, StuckRow

router = APIRouter(prefix="/v1/stuck", route_class=GuardedRoute, tags=["support"])
Office = Annotated[str | None, Query(pattern=r"^[0-9]{5}$")]
Province = Annotated[str | None, Query(pattern=r"^[0-9]{2}$")]
Text = Annotated[str | None, Query(max_length=40)]
Cursor = Annotated[str | None, Query(max_length=400)]


class Age(StrEnum):
    """For how long it has been stuck."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    OLDER = "older"


@dataclass(frozen=True)
class Stuck(StuckRow):
    """`acts`: what may be done, the next best first; `what`: the cause in words, by language."""

    what: dict[str, str]


class Said(BaseModel):
    """One exchange with an agency, nobody's data in it; no status: no answer came."""

    agency: str
    step: str | None
    key: str | None
    attempt: int
    status: int | None
    at: datetime
    duration_ms: float
    request: str
    answer: str | None


class Trying(BaseModel):
    """One call that the engine has under way or will repeat."""

    activity: str
    queue: str
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None


class Words(BaseModel):
    """What is seen, why it is so, and what to do."""

    what: str
    why: str
    do: str


class StuckCase(BaseModel):
    """One case, what was said of it last, and what is tried now."""

    case: Stuck
    words: dict[str, Words]
    said: list[Said]
    trying: list[Trying]


class Moving(BaseModel):
    """How many cases of a cause there are, and how many came and went in the last hour and day."""

    cause: Cause
    owner: Owner
    open: int
    new_hour: int
    gone_hour: int
    new_day: int
    gone_day: int


class Counted(BaseModel):
    """Open cases of one agency or province; none: of those that belong to no one."""

    name: str | None
    open: int


class StuckOverview(BaseModel):
    """`by_age`: by how long ago they were due: within an hour, a day, a week, or longer ago."""

    open: int
    by_cause: list[Moving]
    by_agency: list[Counted]
    by_province: list[Counted]
    by_age: dict[str, int]


@router.get("", responses=openapi.answers(Page[Stuck]))
@needs("support:read")
async def stuck(  # the contract's filters
    caller: CallerDep,
    front: FrontDep,
    cause: Cause | None = None,
    agency: Agency | None = None,
    owner: Owner | None = None,
    office: Office = None,
    province: Province = None,
    group: Group | None = None,
    dossier: Text = None,
    age: Age | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """What does not go on, the longest overdue first; `age`: due within the last hour, before it a day, and so on."""
    del caller  # support reads every office's
    after, before = span(age, front.now())
    wanted = StuckFilter(cause, agency, owner, office, province, group, dossier, before, after)
    page = await front.stuck.listing(wanted, cursor=cursor, limit=limit)
    return {"items": [_shown(row) for row in page.items], "next": page.next}


@router.get("/summary", responses=openapi.answers(StuckOverview))
@needs("support:read")
async def summary(caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """How much does not go on: by cause with its slope, by agency, by province, by age."""
    del caller
    told = asdict(await front.stuck.summary(front.now()))
    for name in ("by_agency", "by_province"):
        told[name] = [{"name": key, "open": count} for key, count in sorted(told[name].items(), key=_most)]
    told["by_cause"] = [{**each, "owner": _owner(each["cause"])} for each in told["by_cause"]]
    return told


@router.get("/{place:path}", responses=openapi.answers(StuckCase))
@needs("support:read")
async def one(place: Annotated[str, Path(max_length=300)], caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One case, gone ones included: the last answers without anybody's data, and what is being tried."""
    del caller
    row = await front.stuck.one(place)
    if row is None:
        raise Problem(404, "stuck-unknown", "nothing was ever stuck there")
    return {
        "case": _shown(row),
        "words": {language.value: _words(language, row.cause) for language in Language},
        "said": [_said(each) for each in await front.stuck.answers(row)],
        "trying": [vars_of(each) for each in await _trying(front, row)],
    }


async def _trying(front: Front, row: StuckRow) -> tuple[Any, ...]:
    if row.dossier is None or row.group is None or row.gone_at is not None:
        return ()
    return await front.orchestrator.step_progress(Reference(Group(row.group), row.dossier))


def _shown(row: StuckRow) -> dict[str, Any]:
    what = {language.value: words(language)(f"cause.{row.cause}.what") for language in Language}
    return {**vars_of(row), "what": what}


def _words(language: Language, cause: str) -> dict[str, str]:
    return {part: words(language)(f"cause.{cause}.{part}") for part in ("what", "why", "do")}


def _said(each: Any) -> dict[str, Any]:  # noqa: ANN401  # an exchange
    told = {name: getattr(each, name) for name in Said.model_fields}
    return {**told, "request": masked(each.request), "answer": masked(each.answer)}


def span(age: Age | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From when until when it was due."""
    if age is None:
        return None, None
    if age is Age.OLDER:
        return None, now - AGES["week"]
    younger = {Age.HOUR: timedelta(0), Age.DAY: AGES["hour"], Age.WEEK: AGES["day"]}[age]
    return now - AGES[age], now - younger if younger else None


def _most(each: tuple[str | None, int]) -> tuple[int, str]:
    return -each[1], each[0] or ""


def _owner(cause: str) -> str:
    return CAUSES[Cause(cause)].owner.value
