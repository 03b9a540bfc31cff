"""A scripted clerk and a scripted chair: they do over HTTP what people do at the desk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cli.stack import Role, Stack
from cli.trouble import Problem, Trouble
from contracts.acts import ActState
from contracts.dossier import Stage, TaskKind, TaskState

PIN = "246810"
"""Of the sample chair."""
CHOSEN = "Theo cách hiểu thứ nhất của quy định"
"""By the first reading of the rule."""
LOOK_EVERY_S = 0.25
PATIENCE_S = 60.0
OVERTAKEN = {"task-closed", "stale-document", "task-blocked", "task-unknown"}
"""Somebody else was quicker, or the dossier moved on, perhaps because the turn that opened the task was lost."""
NOT_MADE = "signing-unavailable"
"""As a refusal it is the key's last word: nothing was signed in a whole minute, so sign anew."""
NOTHING_DONE = 502


class Stalled(Trouble):
    """A dossier that did not come as far as was waited for."""

    def __init__(self, code: str, wanted: str) -> None:
        super().__init__(f"{code} was not {wanted} in time; `lienthong follow {code}` shows where it stands")


async def walk(stack: Stack, code: str, *, patience: float = PATIENCE_S, every: float = LOOK_EVERY_S) -> dict[str, Any]:
    """Review and sign whatever comes up until the dossier has closed; its last view."""
    async with _bounded(code, "closed", patience):
        while True:
            view: dict[str, Any] = await stack.read(f"/v1/dossiers/{code}", Role.CLERK)
            if Stage(view["stage"]).closed:
                return view
            for task in view["tasks"]:
                if task["state"] == TaskState.OPEN:
                    await decide(stack, task)
            await asyncio.sleep(every)


async def open_task(
    stack: Stack, code: str, kind: TaskKind, *, patience: float = PATIENCE_S, every: float = LOOK_EVERY_S
) -> str:
    """Wait until the dossier has an open task of this kind; its id."""
    async with _bounded(code, f"waiting for a {kind}", patience):
        while True:
            view = await stack.read(f"/v1/dossiers/{code}", Role.CLERK)
            for task in view["tasks"]:
                if task["kind"] == kind and task["state"] == TaskState.OPEN:
                    return str(task["id"])
            await asyncio.sleep(every)


async def accept(stack: Stack, task: str) -> None:
    """The clerk accepts the filing."""
    await stack.send(f"/v1/tasks/{task}/review", Role.CLERK, {"decision": "accept"})


async def ask_supplement(stack: Stack, task: str, papers: list[str], reason: str) -> None:
    """The clerk asks the family for something."""
    body = {"decision": "supplement", "reason": reason, "documents": papers}
    await stack.send(f"/v1/tasks/{task}/review", Role.CLERK, body)


async def choose(stack: Stack, task: str, choice: str) -> None:
    """The clerk decides what the law leaves open."""
    await stack.send(f"/v1/tasks/{task}/decision", Role.CLERK, {"choice": choice, "reason": CHOSEN})


async def sign(stack: Stack, task: str, pin: str = PIN) -> dict[str, Any]:
    """The chair signs what the task shows, by the remote service; anew where that failed and nothing was signed."""
    while True:
        shown = await stack.read(f"/v1/tasks/{task}", Role.CHAIR)
        body = {"method": "remote", "document_sha256": shown["document_sha256"], "pin": pin}
        try:
            view: dict[str, Any] = await stack.send(f"/v1/tasks/{task}/signature", Role.CHAIR, body)
        except Problem as problem:
            if problem.status != NOTHING_DONE:
                raise
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            return view


async def decide(stack: Stack, task: dict[str, Any]) -> bool:
    """Do what a task asks; false: somebody else was quicker, or the dossier moved on."""
    try:
        if task["kind"] == TaskKind.REVIEW:
            await accept(stack, task["id"])
        elif task["kind"] == TaskKind.SIGNATURE:
            await sign(stack, task["id"])
        elif task["kind"] == TaskKind.DECISION:
            await choose(stack, task["id"], task["readings"][0]["choice"])
    except Problem as problem:
        if problem.name not in {*OVERTAKEN, NOT_MADE}:
            raise
        return False
    return True


async def resolve(stack: Stack, incident: str, decision: dict[str, Any]) -> None:
    """Support decides an incident; a result that it records counts once the approver agrees."""
    told = await stack.send(f"/v1/incidents/{incident}/resolution", Role.SUPPORT, decision)
    if told.get("state") == ActState.WAITING:
        await approve(stack, told, decision["reason"])


async def approve(stack: Stack, act: dict[str, Any], reason: str) -> dict[str, Any]:
    """The approver agrees to what support asked for, as it was looked at."""
    body = {"decision": "approve", "reason": reason, "asked_hash": act["asked_hash"]}
    agreed: dict[str, Any] = await stack.send(f"/v1/acts/{act['id']}/approval", Role.APPROVER, body)
    return agreed


@asynccontextmanager
async def _bounded(code: str, wanted: str, patience: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError as err:
        raise Stalled(code, wanted) from err
