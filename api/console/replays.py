"""One act on many cases: drafted from the list, looked at, approved by a second person, watched, reported."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import replays, stuck
from api.console.cases import NARROWING
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.rehearsing import rehearsed
from api.replay_bodies import RATE, ReplayApprovalBody, ReplayBody, ReplayOrderBody
from api.web.pages import FILE_HEADERS, render
from api.web.route import PageRoute
from api.web.trouble import TROUBLE, UNKNOWN, problem_of
from contracts.causes import CAUSES, Act, Cause
from contracts.places import PROVINCES
from contracts.replays import MANY, ItemState, ReplayOrder, ReplayState

ROWS, FAILED_MOST = 25, 100
CODES_MOST = 40_000
"""Characters of pasted codes."""
SEE_OTHER = 303

router = APIRouter(prefix="/support/replays", route_class=PageRoute)
ReplayId = Annotated[str, Path(max_length=64)]
Seen = Annotated[str, Query(max_length=64)]
Key = Annotated[str, Form(min_length=1, max_length=64)]
Reason = Annotated[str, Form(max_length=500)]
Codes = Annotated[tuple[str, ...], Form(max_length=ROWS)]
Filter = Annotated[str, Form(max_length=400)]


@router.get("")
@needs("support:read")
async def show(
    request: Request, caller: CallerDep, front: FrontDep, cursor: Annotated[str, Query(max_length=400)] = ""
) -> Response:
    """Replays, the newest first."""
    page = await replays.replays(caller, front, cursor=cursor or None, limit=ROWS)
    return render(request, "console/replays.html", items=page["items"], next=page["next"])


@router.get("/new")
@needs("support:act")
async def empty(request: Request) -> Response:
    """A draft of pasted codes."""
    return _form(request, "", "")


@router.post("/new")
@needs("support:act")
async def new(
    request: Request, codes: Codes = (), query: Filter = "", scope: Annotated[str, Form()] = "chosen"
) -> Response:
    """A draft of what was chosen in the list: the rows, or everything that the filter lets through."""
    kept = urlencode([(name, value) for name, value in parse_qsl(query) if name in NARROWING])
    return _form(request, kept, "" if scope == "all" else " ".join(dict.fromkeys(codes)))


@router.post("")
@needs("support:act")
async def draft(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    response: Response,
    key: Key,
    act: Annotated[str, Form()] = "",
    query: Filter = "",
    codes: Annotated[str, Form(max_length=CODES_MOST)] = "",
    reason: Reason = "",
    rate: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Keep the draft: what was selected stays what it is."""
    try:
        selection = _selection(front, query, codes.upper().replace(",", " ").split())
        body = _valid(ReplayBody, {"selection": selection, "act": act, "reason": reason, "rate": rate or RATE})
        told = await replays.draft(body, key, caller, front, response)
    except TROUBLE as err:
        problem = problem_of(err)
        entered = {"act": act, "reason": reason, "rate": rate, "key": _kept(problem, key)}
        return _form(request, query, codes, problem, entered)
    return RedirectResponse(f"/support/replays/{told['id']}", SEE_OTHER)


@router.get("/{replay}")
@needs("support:read")
async def one(request: Request, replay: ReplayId, caller: CallerDep, front: FrontDep) -> Response:
    """A replay: what it means while it is a draft, then how far it is."""
    return await _page(request, front, caller, replay)


@router.get("/{replay}/live")
@needs("support:read")
async def live(
    request: Request, replay: ReplayId, caller: CallerDep, front: FrontDep, seen: Seen = "", state: Seen = ""
) -> Response:
    """How far it is, for a page that is open; nothing where nothing has changed, the whole page once it has begun."""
    shown = await _shown(front, caller, replay)
    if shown["mark"] == seen:
        return Response(status_code=204)
    if state == ReplayState.DRAFT != shown["told"]["state"]:
        return Response(headers={"HX-Refresh": "true"})
    return render(request, "console/replay_state.html", **shown)


@router.post("/{replay}/approval")
@needs("support:approve")
async def decide(
    request: Request,
    replay: ReplayId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    decision: Annotated[str, Form()] = "",
    reason: Reason = "",
    selection_hash: Annotated[str, Form()] = "",
) -> Response:
    """A second person approves or declines."""
    told = {"decision": decision, "reason": reason, "selection_hash": selection_hash}
    try:
        await replays.approve(replay, _valid(ReplayApprovalBody, told), key, caller, front)
    except TROUBLE as err:
        return await _page(request, front, caller, replay, problem_of(err), key, reason)
    return RedirectResponse(f"/support/replays/{replay}", SEE_OTHER)


@router.post("/{replay}/order")
@needs("support:act")
async def order(
    request: Request,
    replay: ReplayId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    order: Annotated[str, Form()] = "",
    rate: Annotated[str, Form(max_length=10)] = "",
    reason: Reason = "",
) -> Response:
    """Pause, resume, stop, or set the rate."""
    told = {"order": order, "reason": reason, "rate": rate if order == "rate" else None}
    try:
        await replays.order(replay, _valid(ReplayOrderBody, told), key, caller, front)
    except TROUBLE as err:
        return await _page(request, front, caller, replay, problem_of(err), key, reason)
    return RedirectResponse(f"/support/replays/{replay}", SEE_OTHER)


@router.get("/{replay}/failed.csv")
@needs("support:read")
async def failed(replay: ReplayId, caller: CallerDep, front: FrontDep) -> Response:
    """Every dossier that failed, with why, as a table."""
    answer = await replays.failed(replay, caller, front)
    answer.headers.update(FILE_HEADERS)
    return answer


def _form(
    request: Request, query: str, codes: str, problem: Problem | None = None, entered: dict[str, str] | None = None
) -> Response:
    narrowed = dict(parse_qsl(query))
    cause = narrowed.get("cause", "")
    helpful = [act for act in CAUSES[Cause(cause)].acts if act in MANY] if cause in set(Cause) else []
    return render(
        request,
        "console/replay_new.html",
        problem.status if problem else 200,
        query=query,
        narrowed=narrowed,
        codes=codes,
        acts=[*helpful, *(act for act in Act if act in MANY and act not in helpful)],
        problem=problem,
        provinces=PROVINCES,
        entered={"act": "", "reason": "", "rate": str(RATE), "key": uuid4().hex} | (entered or {}),
    )


def _selection(front: Front, query: str, codes: Sequence[str]) -> dict[str, Any]:
    """The list's filter as a selection: an age is from when until when."""
    told: dict[str, Any] = {name: value for name, value in parse_qsl(query) if name in NARROWING}
    code, age = told.pop("code", ""), told.pop("age", "")
    if age in set(stuck.Age):
        after, before = stuck.span(stuck.Age(age), front.now())
        told |= {name: at.isoformat() for name, at in (("from", after), ("to", before)) if at is not None}
    named = [*codes, *([code] if code else [])]
    return {**told, "codes": named} if named else told


async def _page(  # a form and what it was filled with
    request: Request,
    front: Front,
    caller: Caller,
    replay: str,
    problem: Problem | None = None,
    key: str = "",
    reason: str = "",
) -> Response:
    shown = await _shown(front, caller, replay)
    known = await front.replays.get(replay, front.now())
    shown |= {
        "preview": await rehearsed(front, known) if known.state is ReplayState.DRAFT else None,
        "may_act": caller.may("support:act"),
        "decides": known.state is ReplayState.DRAFT and caller.may("support:approve") and caller.subject != known.by,
        "own": caller.subject == known.by,
        "problem": problem,
        "key": _kept(problem, key),
        "reason": reason,
    }
    return render(request, "console/replay.html", problem.status if problem else 200, **shown)


async def _shown(front: Front, caller: Caller, replay: str) -> dict[str, Any]:
    told = await replays.one(replay, caller, front)
    told["orders"] = [ReplayOrder.model_validate(each) for each in told["orders"]]
    fell = (await front.replays.items(replay, ItemState.FAILED, cursor=None, limit=FAILED_MOST)).items
    mark = hashlib.sha256(repr((told, fell)).encode()).hexdigest()[:16]
    return {"told": told, "failed": fell, "mark": mark, "over": ReplayState(told["state"]).over}


def _valid(kind: Any, told: dict[str, Any]) -> Any:  # noqa: ANN401  # a body of the API
    try:
        return kind.model_validate(told)
    except ValidationError:
        raise Problem(422, "invalid", "the form is not complete") from None


def _kept(problem: Problem | None, key: str) -> str:
    """Where nobody knows the outcome, the same button asks with the same key."""
    return key if problem is not None and problem.name == UNKNOWN and key else uuid4().hex
