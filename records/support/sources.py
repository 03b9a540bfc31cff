"""Where the database shows that something does not go on: each source a question that gives places as they stand now.

A place is looked for by its id, so that one which is known costs one look into an index, and only what came or went
leaves the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, exists, func, literal, not_, null, or_, select
from sqlalchemy import cast as sql_cast

from contracts.agencies import Agency
from contracts.dossier import LegState, TaskState
from records.edge.inbox import InboxState
from records.support.acts import did_not_hold
from records.tables import edge, journal, support
from records.tables.base import core
from records.tables.outbox import OutboxRow

_DOSSIERS, _LEGS, _TASKS = core(journal.Dossier), core(journal.Leg), core(journal.Task)
_INCIDENTS, _ENTRIES, _CLAIMS = core(journal.Incident), core(journal.JournalEntry), core(edge.Claim)
_CALLBACKS, _OUTBOX, _DISCREPANCIES = core(edge.Callback), core(OutboxRow), core(support.Discrepancy)
_ACTS = core(support.SupportAct)
_EARLIER = _OUTBOX.alias("earlier")
_PARTNERS = (Agency.ONE_STOP, Agency.NATIONAL_PORTAL, Agency.NOTIFICATION)
NEVER_STARTED_AFTER = timedelta(seconds=30)
HELD_LONG_AFTER = timedelta(days=1)
CALLBACKS_SHOWN = timedelta(days=7)
"""What an agency said for nobody stays in the inbox; on support's list for so long."""


class Source(StrEnum):
    """Where a place was seen; `quiet`, `turn`: not by a question to the database."""

    LEG = "leg"
    TASK = "task"
    INCIDENT = "incident"
    CLAIM = "claim"
    HELD = "held"
    CALLBACK = "callback"
    OUTBOX = "outbox"
    DIFFERENCE = "difference"
    ACT = "act"
    """Support acted, and the agency does not agree."""
    QUIET = "quiet"
    TURN = "turn"


@dataclass(frozen=True)
class Moments:
    """When one looks, and after how long an answer is overdue."""

    now: datetime
    expected: timedelta


COLUMNS = ("dossier", "group", "office", "agency", "leg", "step", "incident", "hint")


def _places(place: ColumnElement[str], since: ColumnElement[Any], **known: ColumnElement[Any]) -> Select[Any]:
    """One row a place; `hint`: what the source knows of the cause."""
    columns = [(known[name] if name in known else sql_cast(null(), String)).label(name) for name in COLUMNS]
    more = [known.get("attempts", literal(0)).label("attempts")]
    more.append(known.get("next_attempt_at", sql_cast(null(), since.type)).label("next_attempt_at"))
    return select(place.label("id"), since.label("since"), *columns, *more)


def _of_dossier() -> dict[str, ColumnElement[Any]]:
    return {"dossier": _DOSSIERS.c.code, "group": _DOSSIERS.c.group, "office": _DOSSIERS.c.office}


def _legs(at: Moments) -> Select[Any]:
    """Asked, and overdue; a leg with an incident is seen there, one of a dossier that is held is not expected."""
    parked = exists().where(_INCIDENTS.c.dossier == _LEGS.c.dossier, _INCIDENTS.c.leg == _LEGS.c.kind)
    place = literal("leg.") + _LEGS.c.dossier + "." + _LEGS.c.kind
    return (
        _places(place, _LEGS.c.late_at, **_of_dossier(), leg=_LEGS.c.kind, hint=_LEGS.c.state)
        .select_from(_DOSSIERS.join(_LEGS, _LEGS.c.dossier == _DOSSIERS.c.code))
        .where(_DOSSIERS.c.late_at < at.now, _LEGS.c.late_at < at.now, not_(_DOSSIERS.c.held))
        .where(_LEGS.c.state.in_([LegState.SENT.value, LegState.PENDING.value]))
        .where(or_(_DOSSIERS.c.open_incidents == 0, ~parked))
    )


def _tasks(at: Moments) -> Select[Any]:
    of = {**_of_dossier(), "office": _TASKS.c.office}
    return (
        _places(literal("task.") + _TASKS.c.id, _TASKS.c.due_at, **of, hint=_TASKS.c.kind)
        .select_from(_TASKS.join(_DOSSIERS, _DOSSIERS.c.code == _TASKS.c.dossier))
        .where(_TASKS.c.state == TaskState.OPEN.value, _TASKS.c.due_at < at.now)
    )


def _incidents(_: Moments) -> Select[Any]:
    names = ("agency", "leg", "step", "attempts")
    of = {**_of_dossier(), **{name: _INCIDENTS.c[name] for name in names}}
    place = literal("incident.") + _INCIDENTS.c.id
    return _places(place, _INCIDENTS.c.opened_at, **of, incident=_INCIDENTS.c.id, hint=_INCIDENTS.c.code).select_from(
        _INCIDENTS.join(_DOSSIERS, _DOSSIERS.c.code == _INCIDENTS.c.dossier)
    )


def _claims(at: Moments) -> Select[Any]:
    of = {"dossier": _CLAIMS.c.code, "group": _CLAIMS.c.group, "office": _CLAIMS.c.office}
    return _places(literal("claim.") + _CLAIMS.c.code, _CLAIMS.c.claimed_at, **of).where(
        not_(_CLAIMS.c.started), _CLAIMS.c.claimed_at < at.now - NEVER_STARTED_AFTER
    )


def _held(at: Moments) -> Select[Any]:
    since = (
        select(func.max(_ENTRIES.c.at))
        .where(_ENTRIES.c.dossier == _DOSSIERS.c.code, _ENTRIES.c.kind == "held")
        .scalar_subquery()
    )
    return _places(literal("held.") + _DOSSIERS.c.code, since, **_of_dossier()).where(
        _DOSSIERS.c.held, since < at.now - HELD_LONG_AFTER
    )


def _callbacks(at: Moments) -> Select[Any]:
    of = {**_of_dossier(), "dossier": _CALLBACKS.c.dossier, "agency": _CALLBACKS.c.agency, "step": _CALLBACKS.c.step}
    place = literal("callback.") + _CALLBACKS.c.agency + "." + _CALLBACKS.c.message_id
    return (
        _places(place, _CALLBACKS.c.received_at, **of, hint=_CALLBACKS.c.state)
        .select_from(_CALLBACKS.outerjoin(_DOSSIERS, _DOSSIERS.c.code == _CALLBACKS.c.dossier))
        .where(_CALLBACKS.c.state.in_([InboxState.UNMATCHED.value, InboxState.REFUSED.value]))
        .where(_CALLBACKS.c.received_at > at.now - CALLBACKS_SHOWN)
    )


def _outbox(at: Moments) -> Select[Any]:
    """The first message of each dossier to each partner; the later ones wait for it."""
    earlier = exists().where(
        _EARLIER.c.dossier == _OUTBOX.c.dossier,
        _EARLIER.c.partner == _OUTBOX.c.partner,
        _EARLIER.c.number < _OUTBOX.c.number,
        _EARLIER.c.settled_at.is_(None),
    )
    place = literal("outbox.") + _OUTBOX.c.partner + "." + _OUTBOX.c.dossier
    of = {**_of_dossier(), "agency": _OUTBOX.c.partner, "step": func.coalesce(_OUTBOX.c.notice, "status")}
    sent = {"attempts": _OUTBOX.c.attempts, "next_attempt_at": _OUTBOX.c.not_before}
    late = and_(_OUTBOX.c.problem.is_(None), _OUTBOX.c.not_before < at.now - at.expected)
    return (
        _places(place, _OUTBOX.c.at, **of, **sent, hint=_OUTBOX.c.problem)
        .select_from(_OUTBOX.join(_DOSSIERS, _DOSSIERS.c.code == _OUTBOX.c.dossier))
        .where(_OUTBOX.c.settled_at.is_(None), _OUTBOX.c.partner.in_([each.value for each in _PARTNERS]))
        .where(or_(_OUTBOX.c.problem.is_not(None), late), ~earlier)
    )


def _differences(_: Moments) -> Select[Any]:
    place = literal("difference.") + _DISCREPANCIES.c.agency + "." + _DISCREPANCIES.c.key
    of = {**_of_dossier(), "dossier": _DISCREPANCIES.c.dossier, "agency": _DISCREPANCIES.c.agency}
    return (
        _places(place, _DISCREPANCIES.c.found_at, **of, hint=_DISCREPANCIES.c.kind)
        .select_from(_DISCREPANCIES.outerjoin(_DOSSIERS, _DOSSIERS.c.code == _DISCREPANCIES.c.dossier))
        .where(_DISCREPANCIES.c.settled_at.is_(None), _DISCREPANCIES.c.agency.in_([each.value for each in Agency]))
    )


def _acts(_: Moments) -> Select[Any]:
    of = {**_of_dossier(), "leg": _ACTS.c.leg, "step": _ACTS.c.step, "hint": _ACTS.c.problem}
    return (
        _places(literal("act.") + _ACTS.c.id, _ACTS.c.done_at, **of)
        .select_from(_ACTS.join(_DOSSIERS, _DOSSIERS.c.code == _ACTS.c.dossier))
        .where(did_not_hold())
    )


SOURCES: dict[Source, Callable[[Moments], Select[Any]]] = {
    Source.LEG: _legs,
    Source.TASK: _tasks,
    Source.INCIDENT: _incidents,
    Source.CLAIM: _claims,
    Source.HELD: _held,
    Source.CALLBACK: _callbacks,
    Source.OUTBOX: _outbox,
    Source.DIFFERENCE: _differences,
    Source.ACT: _acts,
}
DUE_AFTER: dict[Source, timedelta] = {Source.CLAIM: NEVER_STARTED_AFTER, Source.HELD: HELD_LONG_AFTER}
"""From when on a place is due, counted from what its row tells; all others at once."""
