"""The journal: one transaction a turn writes what happened, what people see, and what partners are to be told."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from contracts.dossier import DocumentState, DossierState
from contracts.filings import Filing, read_filing
from contracts.journal import Entry, JournalWrite
from records import chain, feed, lost, projection, search, telling
from records.database import Database
from records.keys import StoredKeys
from records.outbox import Lanes, Move, moves, unheard
from records.partners import OneStopStatus, PortalStatus
from records.sealing import seal, unseal
from records.statements import insert_or_replace, insert_unless_there
from records.tables import edge, journal
from records.tables.base import core
from records.tables.outbox import OutboxRow

_DOSSIERS, _ENTRIES = core(journal.Dossier), core(journal.JournalEntry)
_TOKENS, _OUTBOX, _KEYS = core(journal.SearchToken), core(OutboxRow), core(edge.DossierKey)
_LISTS: tuple[tuple[Table, str, Any], ...] = (
    (core(journal.Leg), "kind", projection.leg_rows),
    (core(journal.Task), "id", projection.task_rows),
    (core(journal.Incident), "id", projection.incident_rows),
)
_KNOWN = select(*(column for column in _DOSSIERS.c if column.name not in {"sealed_state", "sealed_filing"})).where(
    _DOSSIERS.c.code == bindparam("code")
)
_SEALED_STATE = select(_DOSSIERS.c.sealed_state).where(_DOSSIERS.c.code == bindparam("code"))
_SEALED_FILING = select(_DOSSIERS.c.sealed_filing).where(_DOSSIERS.c.code == bindparam("code"))
_CREATE = insert(_DOSSIERS)
_CHANGE = update(_DOSSIERS).where(_DOSSIERS.c.code == bindparam("known_code"))
_LOCK = select(_KEYS.c.dossier).where(_KEYS.c.dossier == bindparam("code")).with_for_update(key_share=True)
_APPEND = insert(_ENTRIES)
_TOLD = select(_OUTBOX.c.id).where(_OUTBOX.c.dossier == bindparam("code"), _OUTBOX.c.said == bindparam("said"))
_STATES_REMEMBERED = 1024
_PUBLISHED = frozenset({DocumentState.PUBLISHED, DocumentState.SUPERSEDED})


@dataclass(frozen=True)
class _Turn:
    """A write with its dossier's key, at the moment of writing."""

    write: JournalWrite
    key: bytes
    now: datetime
    telling: bool
    """Whether partners and portals are to hear of it."""


class JournalStore:
    """The projection of all dossiers, kept up to date turn by turn."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys
        self._states: OrderedDict[str, tuple[bytes, DossierState]] = OrderedDict()
        """By dossier: the state that was written last from here, and the hash that the chain then ended with."""

    async def write(self, turn: JournalWrite) -> None:
        """Keep a turn; entries known by (dossier, epoch, seq) are skipped, an older state never replaces a newer one.

        The same numbers with a later time are a turn that was made again: they replace what the lost one had left.
        A write without entries changes nothing: nothing tells its age.
        """
        await self._keep(turn, telling=True)

    async def rebuild(self, turn: JournalWrite) -> None:
        """Keep a turn that was written once before: partners and portals have heard of it."""
        await self._keep(turn, telling=False)

    async def take_back(self, turn: JournalWrite, seen: bytes) -> bool:
        """Bring a dossier back to its last turn, where its chain still ends with this hash: nothing beyond happened.

        Portals are told where it stands; what partners have heard stays told.
        """
        key = await self._keys.key_for(turn.dossier)
        back = _Turn(turn, key, datetime.now(UTC), telling=True)
        return await self._database.write(partial(self._take_back, back, seen))

    async def verify_chain(self, dossier: str) -> bool:
        """Whether the dossier's entries are all there, in order, as they were written."""
        place = {"code": dossier}
        known, rows = await self._database.read(
            lambda connection: (
                connection.execute(_KNOWN, place).first(),
                connection.execute(lost.CHAIN, place).mappings().all(),
            )
        )
        previous = chain.GENESIS
        for position, row in enumerate(rows, start=1):
            previous = chain.link(previous, dict(row))
            if (row["position"], row["hash"]) != (position, previous):
                return False
        if known is None:
            return not rows
        return bool((known.position, known.last_hash) == (len(rows), previous))

    async def _keep(self, write: JournalWrite, *, telling: bool) -> None:
        if not write.entries:
            return
        key = await self._keys.key_for(write.dossier)
        turn = _Turn(write, key, datetime.now(UTC), telling)
        last_hash = await self._database.write(partial(self._write, turn))
        if last_hash is not None:
            self._states[write.dossier] = (last_hash, write.state)
            self._states.move_to_end(write.dossier)
            if len(self._states) > _STATES_REMEMBERED:
                self._states.popitem(last=False)

    def _write(self, turn: _Turn, connection: Connection) -> bytes | None:
        """Gives the chain's new end when the turn's state is now the dossier's."""
        write = turn.write
        known, heard = _without_lost(connection, turn, _known(connection, write.dossier))
        fresh, newest = _fresh(connection, known, write)
        if not fresh:
            return None
        before = self._before(connection, turn, known) if known else None
        lanes = _lanes(known)
        published = before is not None and any(each.state in _PUBLISHED for each in before.documents)
        news = [entry for entry in fresh if lost.said(entry) not in heard]
        told_before = partial(_told_before, connection, turn) if known else unheard
        told = moves(news, lanes, published=published, channel=write.state.channel, known=told_before)
        entries = _chained(turn, known, fresh)
        row = _dossier_row(turn, known, entries[-1], newest=newest) | lanes.columns()
        if known is None:
            connection.execute(_CREATE, row)
        else:
            connection.execute(_CHANGE, row | {"known_code": write.dossier})
        connection.execute(_APPEND, entries)
        if newest:
            _write_lists(connection, before, write.state)
        self._write_tokens(connection, before, write)
        if turn.telling:
            _tell(connection, turn, told)
            feed.append(connection, write, news)
        return entries[-1]["hash"] if newest else None

    def _take_back(self, turn: _Turn, seen: bytes, connection: Connection) -> bool:
        write, last = turn.write, turn.write.entries[-1]
        known = _known(connection, write.dossier)
        if known is None or known.last_hash != seen or known.epoch != write.epoch:
            return False
        rows = connection.execute(lost.CHAIN, {"code": write.dossier}).all()
        places = [n for n, row in enumerate(rows) if (row.epoch, row.seq) == (write.epoch, last.seq)]
        if not places or places[0] + 1 == len(rows):
            return False
        before = self._before(connection, turn, known)
        left = _cut(connection, rows, places[0] + 1)
        row = _dossier_row(turn, left, rows[places[0]]._asdict(), newest=True)
        connection.execute(_CHANGE, row | {"known_code": write.dossier})
        _write_lists(connection, before, write.state)
        feed.append(connection, write, [last])
        return True

    def _before(self, connection: Connection, turn: _Turn, known: Row[Any]) -> DossierState:
        last_hash, state = self._states.get(known.code, (None, None))
        if state is not None and last_hash == known.last_hash:
            return state
        sealed = connection.execute(_SEALED_STATE, {"code": known.code}).scalar_one()
        return DossierState.model_validate_json(unseal(turn.key, sealed, f"state/{known.code}"))

    def _write_tokens(self, connection: Connection, before: DossierState | None, write: JournalWrite) -> None:
        tokens = search.result_tokens(self._keys, before, write.state)
        if write.filing:
            tokens |= search.filing_tokens(self._keys, write.filing)
        if tokens:
            rows = [{"token": token, "dossier": write.dossier} for token in tokens]
            connection.execute(insert_unless_there(connection.dialect.name, _TOKENS), rows)


def _dossier_row(turn: _Turn, known: Row[Any] | None, last: dict[str, Any], *, newest: bool) -> dict[str, Any]:
    """The columns that this turn changes; what stays as it is, is left out, so that its indexes stay untouched."""
    write, code, seq = turn.write, turn.write.dossier, turn.write.entries[-1].seq
    row: dict[str, Any] = {"position": last["position"], "last_hash": last["hash"]}
    if write.filing and (known is None or newest or seq > known.filing_seq):
        content = write.filing.model_dump_json().encode()
        row |= {"sealed_filing": seal(turn.key, content, f"filing/{code}"), "filing_seq": seq}
    if not newest:
        return row
    shown = projection.dossier_row(write.state, write.client)
    shown["closed_at"] = (
        (known.closed_at if known and known.closed_at else last["at"]) if write.state.stage.closed else None
    )
    if known is not None:
        before = known._mapping  # noqa: SLF001  # SQLAlchemy's public name for it
        shown = {column: value for column, value in shown.items() if before[column] != value}
    sealed = seal(turn.key, write.state.model_dump_json().encode(), f"state/{code}")
    return row | shown | {"epoch": write.epoch, "seq": seq, "sealed_state": sealed}


def _known(connection: Connection, code: str) -> Row[Any] | None:
    """The dossier as it stands, held against other writers until the transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK, {"code": code})
    return connection.execute(_KNOWN, {"code": code}).first()


def _without_lost(
    connection: Connection, turn: _Turn, known: Row[Any] | None
) -> tuple[Row[Any] | None, list[tuple[Any, ...]]]:
    """The dossier without what this turn replaces at the chain's end, and what was said there.

    A turn whose worker died after writing it never happened: the engine makes it again, later, and perhaps from more.
    """
    write = turn.write
    if known is None or known.epoch != write.epoch or write.entries[0].seq > known.seq:
        return known, []
    rows = connection.execute(lost.CHAIN, {"code": write.dossier}).all()
    first = lost.replaced(write, rows)
    if first == len(rows):
        return known, []
    heard = [lost.was_said(turn.key, row) for row in rows[first:]]
    return _cut(connection, rows, first), heard


def _cut(connection: Connection, rows: Sequence[Row[Any]], first: int) -> Row[Any] | None:
    code = rows[first].dossier
    connection.execute(_CHANGE, {"known_code": code, **lost.cut(connection, rows, first)})
    return connection.execute(_KNOWN, {"code": code}).first()


def _fresh(connection: Connection, known: Row[Any] | None, write: JournalWrite) -> tuple[Sequence[Entry], bool]:
    """The entries not kept yet, and whether the write's state is the newest.

    An epoch is a run of the engine; one that was not seen before is the current one.
    """
    if known is None:
        return write.entries, True
    newest = known.epoch == write.epoch and write.entries[-1].seq > known.seq
    if newest and write.entries[0].seq > known.seq:
        return write.entries, True
    chained = connection.execute(lost.CHAIN, {"code": write.dossier})
    seen = {row.seq: row.at for row in chained if row.epoch == write.epoch}
    if any(entry.at < seen.get(entry.seq, entry.at) for entry in write.entries):
        return (), False  # a lost turn, late: it was made again meanwhile
    fresh = [entry for entry in write.entries if entry.seq not in seen]
    return fresh, newest or not seen


def _chained(turn: _Turn, known: Row[Any] | None, fresh: Sequence[Entry]) -> list[dict[str, Any]]:
    count, previous = (known.position, known.last_hash) if known else (0, chain.GENESIS)
    rows = []
    for position, entry in enumerate(fresh, start=count + 1):
        row = chain.entry_row(turn.key, turn.write.dossier, turn.write.epoch, entry)
        previous = chain.link(previous, row)
        rows.append(row | {"position": position, "hash": previous})
    return rows


def _lanes(known: Row[Any] | None) -> Lanes:
    if known is None:
        return Lanes()
    return Lanes(
        one_stop_status=OneStopStatus(known.one_stop_status) if known.one_stop_status else None,
        one_stop_count=known.one_stop_count,
        portal_status=PortalStatus(known.portal_status) if known.portal_status else None,
        portal_count=known.portal_count,
        notice_count=known.notice_count,
        moves_skipped=known.moves_skipped,
    )


def _told_before(connection: Connection, turn: _Turn, entry: Entry) -> bool:
    wanted = {"code": turn.write.dossier, "said": lost.mark(turn.key, entry)}
    return connection.execute(_TOLD, wanted).first() is not None


def _tell(connection: Connection, turn: _Turn, told: Sequence[Move]) -> None:
    if not told:
        return

    def filing() -> Filing | None:
        if turn.write.filing:
            return turn.write.filing
        code = turn.write.dossier
        sealed = connection.execute(_SEALED_FILING, {"code": code}).scalar()
        return read_filing(unseal(turn.key, sealed, f"filing/{code}")) if sealed else None

    rows = [telling.outbox_row(move, turn.write.state, filing, turn.key, turn.now) for move in told]
    connection.execute(insert_unless_there(connection.dialect.name, _OUTBOX), rows)


def _write_lists(connection: Connection, before: DossierState | None, after: DossierState) -> None:
    for table, key, rows in _LISTS:
        changed, gone = projection.changes(rows, key, before, after)
        if gone:
            mine = (table.c.dossier == after.code) & table.c[key].in_(gone)
            connection.execute(delete(table).where(mine))
        if changed:
            connection.execute(insert_or_replace(connection.dialect.name, table), changed)
