"""The daily digest as a page: at the console every office's, at the desk one's own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import digests
from api.deps import FrontDep
from api.gate import CallerDep, needs
from api.web.pages import render
from api.web.route import PageRoute
from contracts.base import tellable
from contracts.causes import Owner
from records.support.digest import DigestLine, Told
from records.zone import legal_day

desk = APIRouter(prefix="/desk/digest", route_class=PageRoute)
console = APIRouter(prefix="/support/digest", route_class=PageRoute)
Day = Annotated[str, Query(max_length=10)]
Office = Annotated[str, Query(pattern=r"^([0-9]{5})?$")]
Owned = Annotated[str, Query(max_length=20)]
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """Lines of one kind, with their sums."""

    told: Told
    lines: tuple[DigestLine, ...]

    @property
    def new(self) -> int:
        """How many came."""
        return sum(each.new for each in self.lines)

    @property
    def gone(self) -> int:
        """How many went."""
        return sum(each.gone for each in self.lines)

    @property
    def open(self) -> int:
        """How many are left."""
        return sum(each.open for each in self.lines)

    @property
    def oldest(self) -> datetime | None:
        """Since when the oldest of these is due."""
        return min((each.oldest for each in self.lines if each.oldest), default=None)


@desk.get("")
@needs("tasks:read")
async def of_my_offices(
    request: Request, caller: CallerDep, front: FrontDep, day: Day = "", office: Office = "", owner: Owned = ""
) -> Response:
    """What does not go on at one's own offices."""
    return await _page(request, caller, front, day, office, owner)


@console.get("")
@needs("support:read")
async def of_every_office(
    request: Request, caller: CallerDep, front: FrontDep, day: Day = "", office: Office = "", owner: Owned = ""
) -> Response:
    """What does not go on anywhere."""
    return await _page(request, caller, front, day, office, owner)


async def _page(request: Request, caller: CallerDep, front: FrontDep, day: str, office: str, owner: str) -> Response:
    today = legal_day(front.now())
    chosen = min(_read(day) or today, today)
    whose = Owner(owner) if owner in set(Owner) else None
    digest = await digests.of(front, caller, chosen, office or None, whose)
    parts = [Part(told, tuple(each for each in digest.lines if each.told is told)) for told in Told]
    return render(
        request,
        "digest.html",
        digest=digest,
        parts=[part for part in parts if part.lines],
        before=chosen - ONE,
        after=chosen + ONE if chosen < today else None,
        today=today,
        office=office,
        owner=whose,
        owners=Owner,
    )


def _read(day: str) -> date | None:
    """The day that an address asks for; anything else is today."""
    try:
        return tellable(date.fromisoformat(day)) if day else None
    except ValueError:
        return None
