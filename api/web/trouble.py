"""Trouble told as a page: what happened, whether anything was done, and that the same button may be pressed again."""

from collections.abc import Awaitable
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.exc import InterfaceError, OperationalError

from api.problems import Problem, refusal
from api.web.pages import render
from orchestrator import DoorError, DossierClosed, DossierUnknown, Refusal, TooBusy

UNKNOWN = "outcome-unknown"


TROUBLE = (Problem, DoorError, OperationalError, InterfaceError)


async def attempted(act: Awaitable[Any]) -> Problem | None:
    """What stood in the way of what somebody asked for; none where it was done."""
    try:
        await act
    except TROUBLE as err:
        return problem_of(err)
    return None


def problem_of(err: Exception) -> Problem:
    """What is told of it; what nobody knows the outcome of may be asked for again."""
    match err:
        case Problem():
            return err
        case Refusal():
            return refusal(err)
        case TooBusy():
            return Problem(429, "too-busy", "nothing was done")
        case DossierUnknown():
            return Problem(404, "dossier-unknown", "there is no such dossier")
        case DossierClosed():
            return Problem(409, "task-closed", "the dossier has ended")
    return Problem(503, UNKNOWN, "nothing is lost")


def trouble_page(request: Request, problem: Problem, headers: dict[str, str]) -> Response:
    """The page for a problem that no page of ours could show beside its own content."""
    page = render(request, "trouble.html", problem.status, problem=problem)
    page.headers.update(headers)
    return page
