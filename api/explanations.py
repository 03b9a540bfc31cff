"""A case in words: where it stands, what it waits for, since when and until when, who moves next; names nobody."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api import openapi
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.portal import DossierCode
from api.sight import reference, seen, standing
from api.web import history
from api.web.history import Entry
from api.web.words import Language, Words, words
from contracts.causes import CAUSES, Cause, cause_of
from contracts.dossier import DossierState, IncidentView, LegState, LegView, TaskState, TaskView
from contracts.journal import EventKind
from records.support.stuck import StuckRow

router = APIRouter(prefix="/v1/dossiers", route_class=GuardedRoute, tags=["support"])
ASKED = frozenset({LegState.SENT, LegState.PENDING})


class Part(BaseModel):
    """Some lines under a heading."""

    heading: str
    lines: list[str]


class Explanation(BaseModel):
    """A case, part by part, in one language."""

    code: str
    language: Language
    parts: list[Part]


@router.get("/{code}/explanation", responses=openapi.answers(Explanation))
@needs("support:read")
async def explanation(
    code: DossierCode, caller: CallerDep, front: FrontDep, language: Annotated[Language, Query()] = Language.VI
) -> dict[str, Any]:
    """The case in words, without anybody's data."""
    header = await seen(front, caller, code)
    state, entries, w = await standing(front, code), await front.queries.journal(code), words(language)
    office = (await front.offices.names({state.office}, front.now())).get(state.office, state.office)
    trying = () if state.stage.closed else await front.orchestrator.step_progress(reference(header))
    stuck = await front.stuck.of(code)
    told = {
        "stands": _stands(state, office, w),
        "waits": [*_waits(state, entries, w, front.now()), *_tried(trying, w)],
        "troubled": [*_incidents(state.incidents, w), *_stuck(stuck, w)],
        "happened": await _happened(front, entries, w),
    }
    parts = [{"heading": w(f"explain.{name}"), "lines": list(lines)} for name, lines in told.items() if lines]
    return {"code": code, "language": language, "parts": parts}


def _stands(state: DossierState, office: str, w: Words) -> list[str]:
    told = history.clock(state, ())
    lines = [
        w("explain.stage", group=w.of(state.group), stage=w.of(state.stage), office=office),
        w("explain.filed", at=w.instant(state.filed_at)),
    ]
    if told.promised_at:
        lines.append(w("explain.promised", at=w.instant(told.promised_at)))
    if told.articles:
        lines.append(w("explain.law", articles="; ".join(w.law(each) for each in told.articles)))
    if state.held:
        lines.append(w("explain.held"))
    if state.follows:
        lines.append(w("explain.follows", code=state.follows))
    return [*lines, *(w("explain.followed", code=each) for each in state.followed_by)]


def _waits(state: DossierState, entries: Sequence[Entry], w: Words, now: datetime) -> Iterator[str]:
    """What has not ended; nothing of a closed dossier."""
    if state.stage.closed:
        return
    for leg in state.legs:
        if not leg.state.ended:
            yield _leg(leg, _since(leg, entries), w, now)
    for task in state.tasks:
        if task.state in {TaskState.OPEN, TaskState.BLOCKED}:
            yield _task(task, w, now)
    if state.supplement:
        yield w("explain.supplement", at=w.instant(state.supplement.due_at), mover=w("explain.citizen"))


def _leg(leg: LegView, since: datetime | None, w: Words, now: datetime) -> str:
    agency = w.code("Agency", leg.agency)
    parts = [w("explain.leg", leg=w.of(leg.kind), state=w.of(leg.state))]
    if since:
        parts.append(w("explain.since", at=w.instant(since)))
    if leg.due_at:
        parts.append(_due(leg.due_at, w, now))
    if leg.state is LegState.PARKED:
        parts.append(w("explain.moves", mover=w("explain.support")))
    elif leg.state is LegState.WAITING:
        parts.append(w("explain.moves", mover=w("explain.before")))
    else:
        parts.append(w("explain.moves", mover=agency if leg.state in ASKED else w("explain.citizen")))
    return "; ".join(parts)


def _task(task: TaskView, w: Words, now: datetime) -> str:
    parts = [
        w("explain.task", task=w.of(task.kind), state=w.of(task.state)),
        w("explain.since", at=w.instant(task.opened_at)),
        _due(task.due_at, w, now),
        w("explain.moves", mover=w("explain.office", office=task.office)),
    ]
    return "; ".join(parts)


def _due(at: datetime, w: Words, now: datetime) -> str:
    return w("explain.late" if at < now else "explain.due", at=w.instant(at))


def _since(leg: LegView, entries: Sequence[Entry]) -> datetime | None:
    """When it came to stand as it does."""
    moves = [each for each in entries if each["kind"] == EventKind.LEG_CHANGED and each["leg"] == leg.kind]
    return moves[-1]["at"] if moves else None


def _tried(trying: Sequence[Any], w: Words) -> Iterator[str]:
    for each in trying:
        line = w("explain.trying", activity=each.activity, attempts=each.attempts)
        if each.last_failure:
            line += "; " + w("explain.failure", failure=each.last_failure)
        if each.next_attempt_at:
            line += "; " + w("explain.next", at=w.instant(each.next_attempt_at))
        yield line


def _incidents(incidents: Sequence[IncidentView], w: Words) -> Iterator[str]:
    for each in incidents:
        yield w("explain.incident", id=each.id, at=w.instant(each.opened_at))
        yield from _cause(cause_of(each.code), w)


def _stuck(rows: Sequence[StuckRow], w: Words) -> Iterator[str]:
    for row in rows:
        if row.incident is None:
            yield w("explain.stuck", at=w.instant(row.noticed_at))
            yield from _cause(Cause(row.cause), w)


def _cause(cause: Cause, w: Words) -> Iterator[str]:
    row = CAUSES[cause]
    yield "  " + w(f"cause.{cause}.what")
    yield "  " + w("explain.why", why=w(f"cause.{cause}.why"))
    yield "  " + w("explain.do", do=w(f"cause.{cause}.do"))
    acts = ", ".join(w.of(each) for each in row.acts) or "–"
    yield "  " + w("explain.owner", owner=w.of(row.owner), acts=acts)


async def _happened(front: Front, entries: Sequence[Entry], w: Words) -> list[str]:
    """The journal, oldest first; actors by their accounts."""
    told = await history.journal(front, history.codes_alone(entries, w), w)
    lines = []
    for entry, each in zip(entries, reversed(told), strict=True):
        by = f" ({entry['actor']})" if entry["actor"] else ""
        lines.append(f"{w.instant(each.at)}  {each.what}{': ' if each.detail else ''}{each.detail}{by}")
    return lines
