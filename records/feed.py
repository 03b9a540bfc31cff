"""The feed of events: written in the order of commits; and whose journal was written lately, by its numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, insert, select, text

from contracts.dossier import Group
from contracts.journal import Entry, JournalWrite
from records.database import Database
from records.tables import journal
from records.tables.base import core

_DOSSIERS, _FEED, _ENTRIES = core(journal.Dossier), core(journal.FeedEvent), core(journal.JournalEntry)
_APPEND = insert(_FEED)
_LOCK = text("SELECT pg_advisory_xact_lock(7420119)")
_LAST = and_(_FEED.c.dossier == _DOSSIERS.c.code, _FEED.c.epoch == _DOSSIERS.c.epoch, _FEED.c.seq == _DOSSIERS.c.seq)
_STANDING = (
    select(*(_DOSSIERS.c[name] for name in ("code", "group", "epoch", "seq", "last_hash")), _FEED.c.id)
    .join_from(_FEED, _DOSSIERS, _LAST)
    .where(_FEED.c.id > bindparam("after"), _FEED.c.id <= bindparam("until"))
    .order_by(_FEED.c.id)
    .limit(bindparam("limit_"))
)
_AT_OR_BELOW = select(_FEED.c.id, _FEED.c.at).where(_FEED.c.id <= bindparam("id_")).order_by(_FEED.c.id.desc()).limit(1)
_NEWEST = select(_FEED.c.id, _FEED.c.at).order_by(_FEED.c.id.desc()).limit(1)
_LATEST = (
    select(_ENTRIES.c.dossier, func.max(_ENTRIES.c.at).label("at"))
    .where(_ENTRIES.c.dossier.in_(bindparam("dossiers", expanding=True)))
    .group_by(_ENTRIES.c.dossier)
)
_STEP = 1000


def append(connection: Connection, write: JournalWrite, entries: Sequence[Entry]) -> None:
    """Add entries, with the dossier's stage after them."""
    if not entries:
        return
    if connection.dialect.name != "sqlite":
        # Numbers are given in the order of commits: a reader never passes one that is committed later.
        connection.execute(_LOCK)
    rows = [
        {
            "client": write.client,
            "dossier": write.dossier,
            "epoch": write.epoch,
            "seq": entry.seq,
            "at": entry.at,
            "kind": entry.kind.value,
            "leg": entry.leg.value if entry.leg else None,
            "stage": write.state.stage.value,
        }
        for entry in entries
    ]
    connection.execute(_APPEND, rows)


@dataclass(frozen=True)
class Standing:
    """How far a dossier's journal is; `number`: that of its last entry in the feed."""

    dossier: str
    group: Group
    epoch: str
    seq: int
    last_hash: bytes
    number: int


class Standings:
    """Which journals were written lately, by the feed's numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> int:
        """The feed's last number."""
        row = await self._database.read(lambda connection: connection.execute(_NEWEST).first())
        return row.id if row else 0

    async def before(self, window: timedelta) -> int:
        """A number from before the feed's last `window`, counted back from its last entry, not from now."""
        return await self._database.read(lambda connection: _before(connection, window))

    async def written(self, after: int, until: int, limit: int) -> list[Standing]:
        """Dossiers whose last entry lies between two numbers, the lower one excluded, in order."""
        place = {"after": after, "until": until, "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_STANDING, place).all())
        return [Standing(row.code, Group(row.group), row.epoch, row.seq, row.last_hash, row.id) for row in rows]

    async def latest(self, dossiers: Collection[str]) -> dict[str, datetime]:
        """By dossier: when its last entry was written."""
        wanted = {"dossiers": sorted(dossiers)}
        rows = await self._database.read(lambda connection: connection.execute(_LATEST, wanted).all())
        return {row.dossier: row.at for row in rows}


def _before(connection: Connection, window: timedelta) -> int:
    newest = connection.execute(_NEWEST).first()
    if newest is None:
        return 0
    step = _STEP
    while (row := connection.execute(_AT_OR_BELOW, {"id_": newest.id - step}).first()) is not None:
        if row.at < newest.at - window:
            return int(row.id)
        step *= 2
    return 0
