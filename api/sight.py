"""Who may see which dossier, and how much of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from api.deps import Front
from api.gate import Caller
from api.problems import Problem
from contracts.dossier import DossierState, TaskKind, TaskState, TaskView
from orchestrator import Reference
from records.queries import Header, TaskRow

ME, NOBODY = "me", "nobody"
INSIDE: dict[str, Any] = {"duplicate_of": True, "legs": {"__all__": {"keys"}}}


async def seen(front: Front, caller: Caller, code: str) -> Header:
    """The dossier's header, if this caller may see it; what they may not see does not exist for them."""
    header = await front.queries.header(code)
    if header is None or not may_see(caller, header):
        raise Problem(404, "dossier-unknown", "there is no such dossier")
    return header


async def owned(front: Front, caller: Caller, code: str) -> Header:
    """The dossier's header, if this caller filed it: answering and withdrawing is the applicant's side's alone."""
    header = await seen(front, caller, code)
    if header.client != caller.client:
        raise Problem(403, "not-the-filer", "only who filed the dossier answers for the applicant")
    return header


def may_see(caller: Caller, header: Header) -> bool:
    """Portals see their own, clerks their offices', support all."""
    if caller.sees_all_offices or header.client == caller.client:
        return True
    return header.office in caller.covers


def reference(header: Header) -> Reference:
    """How the engine knows it."""
    return Reference(header.group, header.code)


async def view(front: Front, caller: Caller, code: str) -> dict[str, Any]:
    """The dossier as this caller may see it; 503 while it is claimed and not yet opened."""
    return shown(caller, await standing(front, code))


async def standing(front: Front, code: str) -> DossierState:
    """The dossier as it stands: what its offices cannot sign now is blocked, which is stored nowhere."""
    state = await front.queries.view(code, front.now())
    if state is None:
        raise Problem(503, "outcome-unknown", "the dossier is being opened; repeat the call")
    waiting = frozenset(task.office for task in state.tasks if _waits_for_a_signature(task))
    blocked = await front.readiness.blocked(front.now(), waiting) if waiting else waiting
    if not blocked:
        return state
    tasks = tuple(
        task.model_copy(update={"state": TaskState.BLOCKED})
        if _waits_for_a_signature(task) and task.office in blocked
        else task
        for task in state.tasks
    )
    return state.model_copy(update={"tasks": tasks})


def _waits_for_a_signature(task: TaskView) -> bool:
    return task.kind is TaskKind.SIGNATURE and task.state is TaskState.OPEN


def shown(caller: Caller, state: DossierState) -> dict[str, Any]:
    """Which dossier came first, and by what keys agencies were asked, is told to clerks and support only."""
    inside = caller.sees_all_offices or state.office in caller.covers
    return state.model_dump(mode="json", exclude=None if inside else INSIDE)


def offices_of(caller: Caller, office: str | None = None) -> frozenset[str] | None:
    """The offices whose lists this caller may read; none means all. Asking for another's is a 403."""
    if caller.sees_all_offices:
        return None
    if office is not None and office not in caller.covers:
        raise Problem(403, "wrong-office", "the token does not cover this office")
    return caller.covers


def in_hand(caller: Caller, holder: str | None) -> dict[str, Any]:
    """How a list is narrowed to the tasks that somebody, or nobody, has in hand."""
    if not holder:
        return {}
    return {"free": True} if holder == NOBODY else {"holder": caller.subject if holder == ME else holder}


async def with_names(front: Front, rows: Iterable[TaskRow]) -> list[TaskRow]:
    """Tasks with what those who have them in hand are called, as far as the register of accounts knows."""
    found = list(rows)
    persons = {row.holder.person for row in found if row.holder}
    names = await front.accounts.names(persons) if persons else {}
    return [_named(row, names) for row in found]


def _named(row: TaskRow, names: Mapping[str, str]) -> TaskRow:
    return replace(row, holder=replace(row.holder, name=names.get(row.holder.person))) if row.holder else row
