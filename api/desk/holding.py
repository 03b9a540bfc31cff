"""Tasks in hand at the desk: who has one, and the buttons that take it, put it back, hand it over or take it over."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import holding, tasks
from api.bodies import ClaimBody, HandOverBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.sight import with_names
from api.web.pages import render
from api.web.route import PageRoute
from api.web.trouble import attempted
from contracts.dossier import TaskState
from records.queries import TaskRow

SEE_OTHER = 303
FREE, MINE, OTHER = "free", "mine", "other"

router = APIRouter(prefix="/desk/tasks", route_class=PageRoute)
TaskId = Annotated[str, Path(max_length=100)]
Key = Annotated[str, Form(min_length=1, max_length=64)]
Text = Annotated[str, Form(max_length=500)]
Trouble = Annotated[str, Query(pattern=r"^[a-z-]*$", max_length=40)]
"""Why a task did not change hands, told on the page to which the button led back."""


@dataclass(frozen=True)
class Hand:
    """In whose hand a task is: free, mine or other; `mark` changes with it."""

    whose: str
    person: str = ""
    name: str = ""
    since: datetime | None = None

    @property
    def mark(self) -> str:
        """What a page that is open has shown."""
        return f"{self.whose}.{self.since.timestamp() if self.since else ''}"


@dataclass(frozen=True)
class Listed:
    """The list that a button stood in, to come back to; none: it stood on the task's own page."""

    at: Annotated[str, Form(pattern=r"^(list)?$", max_length=4)] = ""
    kind: Annotated[str, Form(max_length=20)] = ""
    office: Annotated[str, Form(max_length=5)] = ""
    holder: Annotated[str, Form(max_length=20)] = ""
    cursor: Annotated[str, Form(max_length=400)] = ""


ListedDep = Annotated[Listed, Depends()]


def hand(caller: Caller, row: TaskRow) -> Hand:
    """In whose hand a task is."""
    present = row.holder
    if present is None:
        return Hand(FREE)
    whose = MINE if present.person == caller.subject else OTHER
    return Hand(whose, present.person, present.name or present.person, present.since)


async def colleagues(front: Front, caller: Caller, office: str) -> list[tuple[str, str, str]]:
    """To whom a task of the office can be handed over: account, name, role."""
    others = {each.person: each.role for each in await front.duty.colleagues(office, front.now())}
    others.pop(caller.subject, None)
    names = await front.accounts.names(others) if others else {}
    return sorted(((who, names.get(who, who), str(role)) for who, role in others.items()), key=lambda each: each[1])


async def shown(front: Front, caller: Caller, row: TaskRow) -> dict[str, Any]:
    """What a task's page says about whose it is."""
    [named] = await with_names(front, [row])
    found = hand(caller, named)
    others = await colleagues(front, caller, row.office) if found.whose == MINE else []
    return {"hand": found, "colleagues": others, "acts": caller.may("tasks:act")}


@router.get("/{task_id}/hand")
@needs("tasks:read")
async def looked(
    request: Request,
    task_id: TaskId,
    caller: CallerDep,
    front: FrontDep,
    seen: Annotated[str, Query(max_length=64)] = "",
    locked: bool = False,
) -> Response:
    """Whose the task is, for a page that is open; nothing where nothing has changed. `locked`: its forms are."""
    row = await tasks.row_of(front, caller, task_id)
    over = row.state != TaskState.OPEN
    if hand(caller, row).mark == seen and not over:
        return Response(status_code=204)
    found = await shown(front, caller, row)
    page: dict[str, Any] = {"task": row, "over": over, "locked": locked, "live": True, "trouble": ""}
    return render(request, "desk/hand.html", key=uuid4().hex, **page, **found)


@router.post("/{task_id}/claim")
@needs("tasks:act")
async def claim(
    task_id: TaskId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    listed: ListedDep,
    taken_from: Annotated[str, Form(alias="from", max_length=100)] = "",
) -> Response:
    """Take it in hand; from whoever has it, where the page named them."""
    body = ClaimBody.model_validate({"from": taken_from or None})
    return await _done(task_id, listed, holding.claim(task_id, body, key, caller, front))


@router.post("/{task_id}/release")
@needs("tasks:act")
async def release(task_id: TaskId, caller: CallerDep, front: FrontDep, key: Key, listed: ListedDep) -> Response:
    """Put it back."""
    return await _done(task_id, listed, holding.release(task_id, key, caller, front))


@router.post("/{task_id}/handover")
@needs("tasks:act")
async def hand_over(
    task_id: TaskId, caller: CallerDep, front: FrontDep, key: Key, to: Text = "", reason: Text = ""
) -> Response:
    """Hand it over to a colleague."""
    try:
        body = HandOverBody(to=to, reason=reason or None)
    except ValidationError:
        return _back(task_id, Listed(), "invalid")
    return await _done(task_id, Listed(), holding.hand_over(task_id, body, key, caller, front))


async def _done(task_id: str, listed: Listed, act: Awaitable[Any]) -> Response:
    problem = await attempted(act)
    return _back(task_id, listed, problem.name if problem else "")


def _back(task_id: str, listed: Listed, trouble: str) -> Response:
    """To where the button stood: what is now so is seen there, and why it is not as wished."""
    view = {name: getattr(listed, name) for name in ("kind", "office", "holder", "cursor") if listed.at}
    told = urlencode({name: value for name, value in (view | {"trouble": trouble}).items() if value})
    page = "/desk" if listed.at else f"/desk/tasks/{task_id}"
    return RedirectResponse(f"{page}?{told}" if told else page, SEE_OTHER)
