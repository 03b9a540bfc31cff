"""The daily digest: by office, owner and cause, what came, what went, what is left."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator

from api import openapi
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.portal import vars_of
from api.problems import Problem
from api.sight import offices_of
from contracts.base import Day
from contracts.causes import Owner
from contracts.dossier import ProblemItem
from records.support.digest import Digest, DigestLine
from records.zone import legal_day

router = APIRouter(prefix="/v1/digests", route_class=GuardedRoute, tags=["support"])
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: Any) -> Any:  # noqa: ANN401  # of an address: text
    """Pydantic would read "0" as the first day of 1970."""
    if isinstance(value, str) and not WRITTEN.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


WrittenDay = Annotated[Day, BeforeValidator(_written), Path()]
Office = Annotated[str | None, Query(pattern=r"^[0-9]{5}$")]


@dataclass(frozen=True)
class DigestItem(DigestLine):
    """`told`: a stuck case, a question, or a difference; `open` at the end; `oldest`: when the oldest was due."""


@dataclass(frozen=True)
class DigestView(Digest):
    """A legal day; `until`: its end, for today the moment of asking."""


@router.get("/{day}", responses=openapi.answers(DigestView))
@needs("tasks:read", "support:read")
async def digest(
    day: WrittenDay,
    caller: CallerDep,
    front: FrontDep,
    office: Office = None,
    owner: Owner | None = None,
) -> dict[str, Any]:
    """A day's digest: support's of every office, a clerk's of their own."""
    told = await of(front, caller, day, office, owner)
    return {**vars_of(told), "lines": [vars_of(each) for each in told.lines]}


async def of(front: Front, caller: Caller, day: date, office: str | None, owner: Owner | None) -> Digest:
    """The digest, as this caller may see it; raises a problem for a day to come."""
    now = front.now()
    if day > legal_day(now):
        message = "the day has not begun"
        raise Problem(422, "invalid", message, [ProblemItem(pointer="/day", code="future", message=message)])
    mine = offices_of(caller, office)
    offices = frozenset({office}) if office is not None else mine
    return await front.digests.of(day, now, offices=offices, owner=owner)
