"""The list of dossiers: which columns it shows, and how each combination of filters is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, exists, or_, select

from contracts.dossier import Group, LegKind, LegState, Stage
from records.paging import Branch, Order, Plan, combinations
from records.tables import journal
from records.tables.base import core

_DOSSIERS, _LEGS, _INCIDENTS = core(journal.Dossier), core(journal.Leg), core(journal.Incident)
_SHOWN = [
    "code",
    "group",
    "stage",
    "held",
    "channel",
    "office",
    "filed_at",
    "promised_at",
    "due_at",
    "late_at",
    "open_incidents",
    "moves_skipped",
]
_LISTED = [_DOSSIERS.c[name] for name in _SHOWN]
_FILED = Order("dossiers", _DOSSIERS.c.filed_at, _DOSSIERS.c.code, newest_first=True)
_LEG_FILED = Order("dossiers", _LEGS.c.filed_at, _LEGS.c.dossier, newest_first=True)
_LATE = Order("overdue", _DOSSIERS.c.late_at, _DOSSIERS.c.code)
_OFFICES_AT_MOST = 8
"""Above, the list's own order is followed and rows are filtered: who has many offices sees most rows anyway."""
_DEATH_LEGS = frozenset(
    {
        LegKind.DEATH_REGISTRATION,
        LegKind.RESIDENCE_REMOVAL,
        LegKind.HEALTH_CARD_LOCK,
        LegKind.FUNERAL,
        LegKind.ONE_OFF,
        LegKind.SURVIVOR,
    }
)


@dataclass(frozen=True)
class DossierRow:
    """A dossier in a list; `overdue`: a leg was, when the list was read."""

    code: str
    group: str
    stage: str
    held: bool
    channel: str
    office: str
    filed_at: datetime
    promised_at: datetime | None
    due_at: datetime | None
    overdue: bool
    open_incidents: int
    moves_skipped: int


@dataclass(frozen=True)
class DossierFilter:
    """What to list; what is none does not narrow.

    `offices`: those that the asker may see. `leg`: has such a leg, `leg_state`: in this state; with `overdue`, that
    very leg is overdue. `incident`: the code of an open incident, or whether there is any.
    """

    offices: frozenset[str] | None = None
    office: str | None = None
    group: Group | None = None
    stage: Stage | None = None
    leg: LegKind | None = None
    leg_state: LegState | None = None
    incident: str | bool | None = None
    overdue: bool | None = None


def plan(wanted: DossierFilter, cursor: str | None, now: datetime) -> Plan:
    """How to read the list: newest first, but the overdue ones longest overdue first. Raises `BadCursor`."""
    narrow = offices_of(_DOSSIERS, wanted.offices, wanted.office)
    if wanted.overdue:
        conditions = [*_leg(wanted, now), *_kind(wanted), *_incident(wanted)]
        return _plan(_DOSSIERS, _LATE, cursor, conditions, combinations(narrow))
    if wanted.leg and wanted.leg_state:
        of_leg = (_LEGS.c.kind == wanted.leg.value) & (_LEGS.c.state == wanted.leg_state.value)
        late = [_is_late(_LEGS.c.late_at, now, late=False)] if wanted.overdue is not None else []
        source = _LEGS.join(_DOSSIERS, _DOSSIERS.c.code == _LEGS.c.dossier)
        conditions = [of_leg, *late, *_kind(wanted), *_incident(wanted)]
        return _plan(
            source, _LEG_FILED, cursor, conditions, combinations(offices_of(_LEGS, wanted.offices, wanted.office))
        )
    conditions = [*_leg(wanted, now), *_incident(wanted)]
    return _plan(_DOSSIERS, _FILED, cursor, conditions, combinations(narrow, *_stages(wanted)))


def _plan(source: FromClause, order: Order, cursor: str | None, conditions: Branch, branches: Sequence[Branch]) -> Plan:
    conditions = [*conditions, *order.after(cursor)]
    return Plan(_DOSSIERS, _DOSSIERS.c.code, _LISTED, source, order, conditions, branches)


def offices_of(table: FromClause, offices: frozenset[str] | None, office: str | None) -> Branch:
    """One condition for each office to be read; where none is allowed, one that nothing meets."""
    if office is not None:
        allowed = [office] if offices is None or office in offices else []
    elif offices is None:
        return []
    else:
        allowed = sorted(offices)
    if not 0 < len(allowed) <= _OFFICES_AT_MOST:
        return [table.c.office.in_(allowed)]
    return [table.c.office == each for each in allowed]


def _stages(wanted: DossierFilter) -> list[Branch]:
    """The index leads by group and stage: where one is wanted, every value of the other is a branch."""
    group = wanted.group or _group_of(wanted.leg)
    if group is None and wanted.stage is None:
        return []
    groups = [_DOSSIERS.c.group == each.value for each in ([group] if group else Group)]
    stages = [_DOSSIERS.c.stage == each.value for each in ([wanted.stage] if wanted.stage else Stage)]
    return [groups, stages]


def _kind(wanted: DossierFilter) -> list[ColumnElement[bool]]:
    group = [_DOSSIERS.c.group == wanted.group.value] if wanted.group else []
    return group + ([_DOSSIERS.c.stage == wanted.stage.value] if wanted.stage else [])


def _leg(wanted: DossierFilter, now: datetime) -> list[ColumnElement[bool]]:
    late, conditions = wanted.overdue, []
    if late is not None and (late or wanted.leg is None):
        conditions.append(_is_late(_DOSSIERS.c.late_at, now, late=late))  # no leg is late before its dossier is
    if wanted.leg is not None:
        matching = [_LEGS.c.dossier == _DOSSIERS.c.code, _LEGS.c.kind == wanted.leg.value]
        matching += [_LEGS.c.state == wanted.leg_state.value] if wanted.leg_state else []
        matching += [] if late is None else [_is_late(_LEGS.c.late_at, now, late=late)]
        conditions.append(exists().where(*matching))
    return conditions


def _incident(wanted: DossierFilter) -> list[ColumnElement[bool]]:
    count = _DOSSIERS.c.open_incidents
    if isinstance(wanted.incident, str):
        coded = _INCIDENTS.c.code == wanted.incident
        return [count > 0, exists().where(_INCIDENTS.c.dossier == _DOSSIERS.c.code, coded)]
    if wanted.incident is None:
        return []
    return [count > 0 if wanted.incident else count == 0]


def _group_of(leg: LegKind | None) -> Group | None:
    if leg is None:
        return None
    return Group.DEATH if leg in _DEATH_LEGS else Group.BIRTH


def _is_late(column: ColumnElement[Any], now: datetime, *, late: bool) -> ColumnElement[bool]:
    return column < now if late else or_(column.is_(None), column >= now)


def these(codes: Collection[str]) -> Select[Any]:
    """The rows of some dossiers."""
    return select(*_LISTED).where(_DOSSIERS.c.code.in_(sorted(codes)))


def dossier_row(row: Row[Any], now: datetime) -> DossierRow:
    return DossierRow(
        code=row.code,
        group=row.group,
        stage=row.stage,
        held=row.held,
        channel=row.channel,
        office=row.office,
        filed_at=row.filed_at,
        promised_at=row.promised_at,
        due_at=row.due_at,
        overdue=row.late_at is not None and row.late_at < now,
        open_incidents=row.open_incidents,
        moves_skipped=row.moves_skipped,
    )
