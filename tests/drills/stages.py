"""Dossiers at every place where a call can find one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cli import scripted
from cli.samples import new_family
from cli.stack import Role, Stack
from contracts.dossier import Stage, TaskKind

REVIEWS = 2
NOBODYS = "http://127.0.0.1:9/calls"
"""Where a webhook leads and nobody listens."""


@dataclass(frozen=True)
class Stages:
    """What there is to call about, by the names that calls have for it."""

    codes: list[str]
    reviews: list[str]
    signature: str
    draft: str
    """SHA-256 of what the signature task shows."""
    incident: str
    asked: str
    """The dossier that waits for its citizen."""
    request: str
    returned: str
    document: str
    """The returned dossier's certificate."""
    webhook: str
    webhook_to_delete: str
    deliveries: list[str]


async def at_every_stage(stack: Stack) -> Stages:
    """In review, with the citizen, before the chair, parked, rejected, returned."""
    hook, other = [(await stack.send("/v1/webhooks", Role.PORTAL, {"url": NOBODYS}))["id"] for _ in range(2)]
    await stack.agency("PUT", "population/control/faults", {"pending_rate": 0.0, "refuse_rate": 1.0})
    parked, incident = await _parked(stack)
    await stack.agency("PUT", "population/control/faults", {"pending_rate": 0.0})
    (asked, request), rejected, (signature, draft), (returned, document) = await asyncio.gather(
        _with_the_citizen(stack), _rejected(stack), signable(stack), _returned(stack)
    )
    reviews = await asyncio.gather(*(_reviewable(stack) for _ in range(REVIEWS)))
    deliveries = await _deliveries(stack, hook)
    await stack.agency("DELETE", "population/control/faults")
    return Stages(
        codes=[parked, asked, rejected, returned, *(dossier_of(task) for task in [*reviews, signature])],
        reviews=reviews,
        signature=signature,
        draft=draft,
        incident=incident,
        asked=asked,
        request=request,
        returned=returned,
        document=document,
        webhook=hook,
        webhook_to_delete=other,
        deliveries=[each["id"] for each in deliveries],
    )


async def seen(stack: Stack, code: str, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The dossier's view as soon as it is as wanted."""
    async with asyncio.timeout(scripted.PATIENCE_S):
        while True:
            view: dict[str, Any] = await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
            if wanted(view):
                return view
            await asyncio.sleep(scripted.LOOK_EVERY_S)


async def _deliveries(stack: Stack, hook: str) -> list[dict[str, Any]]:
    """Some of what was brought, or tried to be; couriers do it in their own time."""
    async with asyncio.timeout(scripted.PATIENCE_S):
        while True:
            page = await stack.read(f"/v1/webhooks/{hook}/deliveries", Role.PORTAL, limit="3")
            if page["items"]:
                return list(page["items"])
            await asyncio.sleep(scripted.LOOK_EVERY_S)


async def filed(stack: Stack) -> str:
    view = await stack.send("/v1/dossiers", Role.PORTAL, (await new_family(stack, paper=True)).filing)
    return str(view["code"])


async def _reviewable(stack: Stack) -> str:
    return await scripted.open_task(stack, await filed(stack), TaskKind.REVIEW)


def dossier_of(task: str) -> str:
    """A task's id begins with its dossier's code, whose parts are three."""
    return ".".join(task.split(".")[:3])


async def signable(stack: Stack) -> tuple[str, str]:
    review = await _reviewable(stack)
    await scripted.accept(stack, review)
    task = await scripted.open_task(stack, dossier_of(review), TaskKind.SIGNATURE)
    shown = await stack.read(f"/v1/tasks/{task}", Role.CHAIR)
    return task, shown["document_sha256"]


async def _parked(stack: Stack) -> tuple[str, str]:
    review = await _reviewable(stack)
    await scripted.accept(stack, review)
    view = await seen(stack, dossier_of(review), lambda view: view["incidents"])
    return view["code"], view["incidents"][0]["id"]


async def _with_the_citizen(stack: Stack) -> tuple[str, str]:
    task = await _reviewable(stack)
    shown = await stack.read(f"/v1/tasks/{task}", Role.CLERK)
    await scripted.ask_supplement(stack, task, shown["choices"]["papers"][:1], "Xin bổ sung giấy tờ")
    view = await stack.read(f"/v1/dossiers/{dossier_of(task)}", Role.PORTAL)
    return view["code"], view["supplement"]["id"]


async def _rejected(stack: Stack) -> str:
    task = await _reviewable(stack)
    shown = await stack.read(f"/v1/tasks/{task}", Role.CLERK)
    body = {"decision": "reject", "reason": shown["choices"]["reasons"][0]}
    return str((await stack.send(f"/v1/tasks/{task}/review", Role.CLERK, body))["code"])


async def _returned(stack: Stack) -> tuple[str, str]:
    view: dict[str, Any] = await scripted.walk(stack, await filed(stack))
    assert view["stage"] == Stage.RETURNED
    return view["code"], view["documents"][-1]["id"]
