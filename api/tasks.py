"""Clerks: the inbox, reviews, decisions."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api import openapi
from api.answers import Page, Task
from api.bodies import ChoiceBody, IdempotencyKey, ReviewBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import Problem
from api.sight import in_hand, offices_of, standing, view, with_names
from contracts.dossier import DossierState, ProblemItem, TaskKind, TaskState, TaskView
from contracts.tasks import Choice, Decision, Review
from orchestrator import DossierClosed, Reference
from records.edge import InHand
from records.queries import TaskRow

router = APIRouter(prefix="/v1/tasks", route_class=GuardedRoute, tags=["tasks"])
TaskId = Annotated[str, Path(max_length=100)]


@router.get("", responses=openapi.answers(Page[TaskRow]))
@needs("tasks:read")
async def inbox(  # the contract's filters
    caller: CallerDep,
    front: FrontDep,
    office: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
    kind: TaskKind | None = None,
    state: TaskState | None = TaskState.OPEN,
    holder: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """My offices' tasks, who breaches first on top; open ones unless another state is asked for.

    `holder`: `me`, `nobody` or an account, who has them in hand. Blocked are signatures that their office cannot give.
    """
    offices = offices_of(caller, office)
    page = await front.queries.tasks(
        offices=offices,
        office=office,
        kind=kind,
        state=state,
        blocked=await front.readiness.blocked(front.now(), offices),
        cursor=cursor,
        limit=limit,
        **in_hand(caller, holder),
    )
    return {"items": [vars_of(row) for row in await with_names(front, page.items)], "next": page.next}


@router.get("/{task_id}", responses=openapi.answers(Task))
@needs("tasks:read")
async def task(task_id: TaskId, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One task: what to decide, on what, by when."""
    row, state = await task_of(front, caller, task_id)
    [row] = await with_names(front, [row])
    asked = shown(state, row)
    filing = await front.claims.filing(row.dossier)
    return {
        **asked.model_dump(mode="json"),
        "dossier": row.dossier,
        "declaration": filing.declaration.model_dump(mode="json") if filing else None,
        "applicant": filing.applicant.model_dump(mode="json") if filing else None,
        "papers": [paper.model_dump(mode="json") for paper in filing.papers] if filing else [],
        "document_sha256": asked.document.sha256 if asked.document else None,
        "holder": row.holder,
    }


@router.post("/{task_id}/review", responses=openapi.answers(DossierState))
@needs("tasks:act")
async def review(
    task_id: TaskId, body: ReviewBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Accept, ask for a supplement, or reject with a reason."""
    row, state = await task_of(front, caller, task_id)
    await not_with_another(front, caller, row)
    request = await request_id(front, caller, f"review/{task_id}", key, body.model_dump(mode="json"))
    rejecting = body.decision is Decision.REJECT
    decided = Review(
        task=task_id,
        by=caller.subject,
        decision=body.decision,
        reason=_reason(body, shown(state, row)) if rejecting else None,
        reason_text=body.reason_text if rejecting else body.reason_text or body.reason,
        documents=body.documents,
    )
    try:
        await front.orchestrator.review(Reference(state.group, row.dossier), decided, request)
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    await put_down(front, row)
    return await view(front, caller, row.dossier)


def _reason(body: ReviewBody, task: TaskView) -> str:
    if body.reason is None or body.reason not in task.choices.get("reasons", ()):
        message = "the reason is not among the task's choices"
        raise Problem(422, "invalid", message, [ProblemItem(pointer="/reason", code="not-a-choice", message=message)])
    return body.reason


@router.post("/{task_id}/decision", responses=openapi.answers(DossierState))
@needs("tasks:act")
async def decide(
    task_id: TaskId, body: ChoiceBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Decide what the law leaves open, or what becomes of money that came back."""
    row, state = await task_of(front, caller, task_id)
    await not_with_another(front, caller, row)
    request = await request_id(front, caller, f"decision/{task_id}", key, body.model_dump(mode="json"))
    choice = Choice(task=task_id, by=caller.subject, choice=body.choice, reason=body.reason, payment=body.payment)
    try:
        await front.orchestrator.decide(Reference(state.group, row.dossier), choice, request)
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    await put_down(front, row)
    return await view(front, caller, row.dossier)


async def task_of(front: Front, caller: Caller, task_id: str) -> tuple[TaskRow, DossierState]:
    """A task of one of the caller's offices, and its dossier."""
    row = await row_of(front, caller, task_id)
    return row, await standing(front, row.dossier)


async def row_of(front: Front, caller: Caller, task_id: str) -> TaskRow:
    """A task of one of the caller's offices, as lists have it."""
    row = await front.queries.task(task_id)
    if row is None:
        raise Problem(404, "task-unknown", "there is no such task")
    if not caller.sees_all_offices and row.office not in caller.covers:
        raise Problem(403, "wrong-office", "the token does not cover this office")
    return row


async def not_with_another(front: Front, caller: Caller, row: TaskRow) -> None:
    """Nobody acts on what somebody else has in hand; what nobody has is acted on without taking it first."""
    if row.holder is not None and row.holder.person != caller.subject:
        raise await held(front, row.holder)


async def held(front: Front, present: InHand) -> Problem:
    """Who has the task in hand, and since when."""
    names = await front.accounts.names([present.person])
    more = {"holder": present.person, "holder_name": names.get(present.person), "since": present.since.isoformat()}
    return Problem(409, "task-held", "somebody else has the task in hand", (), **more)


async def put_down(front: Front, row: TaskRow) -> None:
    """A task that was decided is in nobody's hand any more."""
    if row.holder is not None:
        await front.holding.done(row.id)


def shown(state: DossierState, row: TaskRow) -> TaskView:
    """The task as its dossier tells it."""
    return next(task for task in state.tasks if task.id == row.id)
