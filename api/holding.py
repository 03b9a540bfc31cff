"""Tasks in hand: a clerk takes one, takes one over, puts it back, or hands it over."""

from typing import Any

from fastapi import APIRouter

from api import openapi, tasks
from api.answers import Task
from api.bodies import ClaimBody, HandOverBody, IdempotencyKey
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.problems import Problem
from api.tasks import TaskId, held, row_of
from contracts.dossier import ProblemItem, TaskState
from records.edge import TaskHeld
from records.queries import TaskRow

router = APIRouter(prefix="/v1/tasks", route_class=GuardedRoute, tags=["tasks"])


@router.post("/{task_id}/claim", responses=openapi.answers(Task))
@needs("tasks:act")
async def claim(
    task_id: TaskId, body: ClaimBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Take a task in hand; one that somebody else has, by naming them."""
    await _open(front, caller, task_id)
    await request_id(front, caller, f"claim/{task_id}", key, body.model_dump(mode="json"))
    try:
        await front.holding.take(task_id, caller.subject, front.now(), body.taken_from)
    except TaskHeld as err:
        raise await held(front, err.present) from None
    return await tasks.task(task_id, caller, front)


@router.post("/{task_id}/release", responses=openapi.answers(Task))
@needs("tasks:act")
async def release(task_id: TaskId, key: IdempotencyKey, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Put a task back for anyone to take."""
    await _open(front, caller, task_id)
    await request_id(front, caller, f"release/{task_id}", key, {})
    try:
        await front.holding.put_back(task_id, caller.subject, front.now())
    except TaskHeld as err:
        raise await held(front, err.present) from None
    return await tasks.task(task_id, caller, front)


@router.post("/{task_id}/handover", responses=openapi.answers(Task))
@needs("tasks:act")
async def hand_over(
    task_id: TaskId, body: HandOverBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Give a task, free or one's own, into the hand of somebody with a role at its office."""
    row = await _open(front, caller, task_id)
    await request_id(front, caller, f"handover/{task_id}", key, body.model_dump(mode="json"))
    if body.to not in {each.person for each in await front.duty.colleagues(row.office, front.now())}:
        message = "nobody of that name has a role at this office now"
        raise Problem(422, "invalid", message, [ProblemItem(pointer="/to", code="no-colleague", message=message)])
    try:
        await front.holding.hand_over(task_id, caller.subject, body.to, front.now(), body.reason)
    except TaskHeld as err:
        raise await held(front, err.present) from None
    return await tasks.task(task_id, caller, front)


async def _open(front: Front, caller: Caller, task_id: str) -> TaskRow:
    row = await row_of(front, caller, task_id)
    if row.state != TaskState.OPEN:
        raise Problem(409, "task-closed", "the task is closed")
    return row
