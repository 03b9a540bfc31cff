"""From a dossier's state to the clear columns that lists are made of; nothing here names a person."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from contracts.dossier import DossierState, LegView

Row = dict[str, Any]
"""Column to value, as Core inserts take it."""


def late_at(leg: LegView) -> datetime | None:
    """From when on the leg is overdue: the law's date, or when its next event was expected; none once ended."""
    if leg.state.ended:
        return None
    return min((each for each in (leg.due_at, leg.expected_by) if each is not None), default=None)


def dossier_row(state: DossierState, client: str) -> Row:
    """The columns of `dossiers` that follow from the state."""
    legs = () if state.stage.closed else state.legs
    return {
        "code": state.code,
        "group": state.group.value,
        "channel": state.channel.value,
        "office": state.office,
        "client": client,
        "filed_at": state.filed_at,
        "stage": state.stage.value,
        "held": state.held,
        "promised_at": state.promised_at,
        "due_at": _earliest(leg.due_at for leg in legs if not leg.state.ended),
        "late_at": _earliest(late_at(leg) for leg in legs),
        "open_incidents": len(state.incidents),
        "follows": state.follows,
    }


def leg_rows(state: DossierState) -> list[Row]:
    """Rows of `legs`; a closed dossier's legs are never late."""
    closed = state.stage.closed
    return [
        {
            "dossier": state.code,
            "kind": leg.kind.value,
            "state": leg.state.value,
            "office": state.office,
            "filed_at": state.filed_at,
            "late_at": None if closed else late_at(leg),
        }
        for leg in state.legs
    ]


def task_rows(state: DossierState) -> list[Row]:
    """Rows of `tasks`."""
    return [
        {
            "id": task.id,
            "dossier": state.code,
            "kind": task.kind.value,
            "state": task.state.value,
            "office": task.office,
            "due_at": task.due_at,
            "opened_at": task.opened_at,
        }
        for task in state.tasks
    ]


def incident_rows(state: DossierState) -> list[Row]:
    """Rows of `incidents`: the open ones."""
    return [
        {
            "id": incident.id,
            "dossier": state.code,
            "office": state.office,
            "step": incident.step,
            "code": incident.code,
            "leg": incident.leg.value if incident.leg else None,
            "agency": incident.agency,
            "attempts": incident.attempts,
            "opened_at": incident.opened_at,
        }
        for incident in state.incidents
    ]


def changes(
    rows: Callable[[DossierState], list[Row]], key: str, before: DossierState | None, after: DossierState
) -> tuple[list[Row], list[str]]:
    """Rows to write and keys to delete on the way from one state to the next."""
    known = {row[key]: row for row in rows(before)} if before else {}
    wanted = {row[key]: row for row in rows(after)}
    return [row for name, row in wanted.items() if known.get(name) != row], [n for n in known if n not in wanted]


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
