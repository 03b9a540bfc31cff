"""Who may see which dossier, and how much of it."""

from typing import Any

from api.deps import Front
from api.gate import Caller
from api.problems import Problem
from contracts.dossier import DossierState
from orchestrator import Reference
from records.queries import Header

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
    return caller.offices is not None and header.office in caller.offices


def reference(header: Header) -> Reference:
    """How the engine knows it."""
    return Reference(header.group, header.code)


async def view(front: Front, caller: Caller, code: str) -> dict[str, Any]:
    """The dossier as this caller may see it; 503 while it is claimed and not yet opened."""
    state = await front.queries.view(code, front.now())
    if state is None:
        raise Problem(503, "outcome-unknown", "the dossier is being opened; repeat the call")
    return shown(caller, state)


def shown(caller: Caller, state: DossierState) -> dict[str, Any]:
    """Which dossier came first, and by what keys agencies were asked, is told to clerks and support only."""
    inside = caller.sees_all_offices or (caller.offices is not None and state.office in caller.offices)
    return state.model_dump(mode="json", exclude=None if inside else INSIDE)


def offices_of(caller: Caller, office: str | None = None) -> frozenset[str] | None:
    """The offices whose lists this caller may read; none means all. Asking for another's is a 403."""
    if caller.sees_all_offices:
        return None
    mine = caller.offices or frozenset()
    if office is not None and office not in mine:
        raise Problem(403, "wrong-office", "the token does not cover this office")
    return mine
