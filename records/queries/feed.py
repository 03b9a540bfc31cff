"""The ordered feed of events, and counts of how dossiers fare."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select

from records.database import Database
from records.tables.base import core
from records.tables.journal import Dossier, FeedEvent

_FEED, _DOSSIERS = core(FeedEvent), core(Dossier)
_AFTER = (
    select(_FEED)
    .where(_FEED.c.client == bindparam("client_"), _FEED.c.id > bindparam("after"))
    .order_by(_FEED.c.id)
    .limit(bindparam("limit_"))
)
_COUNTS = select(_DOSSIERS.c.office, _DOSSIERS.c.group, _DOSSIERS.c.stage, func.count().label("dossiers")).group_by(
    _DOSSIERS.c.office, _DOSSIERS.c.group, _DOSSIERS.c.stage
)
_IN_TIME = (
    select(
        _DOSSIERS.c.office,
        _DOSSIERS.c.group,
        func.count().label("closed"),
        func.sum(case((_DOSSIERS.c.closed_at <= _DOSSIERS.c.promised_at, 1), else_=0)).label("on_time"),
    )
    .where(_DOSSIERS.c.stage == "returned")
    .group_by(_DOSSIERS.c.office, _DOSSIERS.c.group)
)


@dataclass(frozen=True)
class Event:
    """One thing that happened to one of a client's dossiers; `stage`: after the turn in which it happened."""

    id: int
    dossier: str
    seq: int
    at: datetime
    kind: str
    leg: str | None
    stage: str


@dataclass(frozen=True)
class StageCount:
    """How many dossiers of an office and a group are in a stage."""

    office: str
    group: str
    stage: str
    dossiers: int


@dataclass(frozen=True)
class InTime:
    """How many dossiers were returned, and how many of them by the promised date."""

    office: str
    group: str
    returned: int
    on_time: int


@dataclass(frozen=True)
class Statistics:
    """Counts over all dossiers."""

    stages: tuple[StageCount, ...]
    in_time: tuple[InTime, ...]


class Feed:
    """Questions about many dossiers at once."""

    _database: Database

    async def events(self, client: str, after: int, limit: int) -> list[Event]:
        """A client's events with a number above `after`, in order; none is ever added below one already read."""
        wanted = {"client_": client, "after": after, "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_AFTER, wanted).all())
        return [Event(row.id, row.dossier, row.seq, row.at, row.kind, row.leg, row.stage) for row in rows]

    async def statistics(self) -> Statistics:
        """Dossiers by office, group and stage, and how many came back in time."""
        stages, in_time = await self._database.read(
            lambda connection: (connection.execute(_COUNTS).all(), connection.execute(_IN_TIME).all())
        )
        return Statistics(
            tuple(StageCount(*row) for row in stages),
            tuple(InTime(row.office, row.group, row.closed, int(row.on_time)) for row in in_time),
        )
