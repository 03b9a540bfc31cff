"""The list of what does not go on: narrowed, kept under a name, looked at again."""

import hashlib
from dataclasses import dataclass, fields
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import stuck
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.web.pages import render
from api.web.route import PageRoute
from contracts.agencies import Agency
from contracts.causes import Cause, Owner
from contracts.dossier import Group
from contracts.places import PROVINCES

ROWS = 25
SAVED_MOST = 30
SEE_OTHER = 303

router = APIRouter(prefix="/support/cases", route_class=PageRoute)
Name = Annotated[str, Form(min_length=1, max_length=60)]


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to, and from where on it is shown; empty: not at all."""

    cause: Annotated[str, Query(max_length=40)] = ""
    agency: Annotated[str, Query(max_length=40)] = ""
    owner: Annotated[str, Query(max_length=20)] = ""
    province: Annotated[str, Query(pattern=r"^([0-9]{2})?$")] = ""
    office: Annotated[str, Query(pattern=r"^([0-9]{5})?$")] = ""
    age: Annotated[str, Query(max_length=10)] = ""
    group: Annotated[str, Query(max_length=10)] = ""
    code: Annotated[str, Query(max_length=40)] = ""
    cursor: Annotated[str, Query(max_length=400)] = ""

    @property
    def query(self) -> str:
        """The narrowing alone, as it stands in an address."""
        told = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "cursor"}
        return urlencode({name: value for name, value in told.items() if value})


AskedDep = Annotated[Asked, Depends()]
NARROWING = frozenset(each.name for each in fields(Asked)) - {"cursor"}


@router.get("")
@needs("support:read")
async def show(request: Request, caller: CallerDep, front: FrontDep, asked: AskedDep) -> Response:
    """The list, and the filters kept."""
    saved = await front.saved_filters.of(caller.subject)
    choices: dict[str, Any] = {"causes": Cause, "agencies": Agency, "owners": Owner, "ages": stuck.Age, "groups": Group}
    shown = await _shown(front, caller, asked, ())
    return render(request, "console/cases.html", saved=saved, provinces=PROVINCES, **choices, **shown)


@router.get("/rows")
@needs("support:read")
async def rows(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    asked: AskedDep,
    seen: Annotated[str, Query(max_length=64)] = "",
    codes: Annotated[tuple[str, ...], Query(max_length=ROWS)] = (),
) -> Response:
    """The list alone, for a page that is open; nothing where nothing has changed. `codes`: what was chosen by now."""
    shown = await _shown(front, caller, asked, codes)
    if shown["mark"] == seen:
        return Response(status_code=204)
    return render(request, "console/rows.html", **shown)


@router.post("/filters")
@needs("support:read")
async def save(caller: CallerDep, front: FrontDep, name: Name, query: Annotated[str, Form()] = "") -> Response:
    """Keep the filter under a name."""
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key in NARROWING])
    told = " ".join(name.split())
    known = {each.name for each in await front.saved_filters.of(caller.subject)}
    if not told or len(known | {told}) > SAVED_MOST:
        raise Problem(422, "invalid", "a filter needs a name, and nobody needs so many")
    await front.saved_filters.save(caller.subject, told, kept)
    return RedirectResponse(f"/support/cases?{kept}", SEE_OTHER)


@router.post("/filters/delete")
@needs("support:read")
async def delete(caller: CallerDep, front: FrontDep, name: Name) -> Response:
    """Forget a filter."""
    await front.saved_filters.delete(caller.subject, name)
    return RedirectResponse("/support/cases", SEE_OTHER)


async def _shown(front: Front, caller: Caller, asked: Asked, chosen: tuple[str, ...]) -> dict[str, Any]:
    page = await stuck.stuck(
        caller,
        front,
        cause=_known(Cause, asked.cause),
        agency=_known(Agency, asked.agency),
        owner=_known(Owner, asked.owner),
        office=asked.office or None,
        province=asked.province or None,
        group=_known(Group, asked.group),
        dossier=asked.code.strip().upper() or None,
        age=_known(stuck.Age, asked.age),
        cursor=asked.cursor or None,
        limit=ROWS,
    )
    items = page["items"]
    told = repr([(each["id"], each["spell"], each["changed_at"], each["attempts"]) for each in items])
    mark = hashlib.sha256(told.encode()).hexdigest()[:16]
    may_act = caller.may("support:act")
    return {"items": items, "next": page["next"], "asked": asked, "chosen": chosen, "mark": mark, "may_act": may_act}


def _known(kind: Any, value: str) -> Any:  # noqa: ANN401  # an enumeration and its member
    """What was chosen; an address may hold what never was to choose."""
    return kind(value) if value in set(kind) else None
