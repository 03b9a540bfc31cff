"""Lost turns: written by a worker that died before the engine had them. Where they stand, and how they are cut off."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from contracts.journal import Entry, JournalWrite
from records import chain
from records.tables import journal
from records.tables.base import core

_ENTRIES = core(journal.JournalEntry)
CHAIN = select(_ENTRIES).where(_ENTRIES.c.dossier == bindparam("code")).order_by(_ENTRIES.c.position)
_CUT = delete(_ENTRIES).where(_ENTRIES.c.dossier == bindparam("code"), _ENTRIES.c.position >= bindparam("from_"))


def cut(connection: Connection, rows: Sequence[Row[Any]], first: int) -> dict[str, Any]:
    """Take the chain's end away, from this place on; the dossier's columns that tell what is left."""
    connection.execute(_CUT, {"code": rows[first].dossier, "from_": rows[first].position})
    last_hash = rows[first - 1].hash if first else chain.GENESIS
    return {"seq": rows[first].seq - 1, "position": rows[first].position - 1, "last_hash": last_hash}


def replaced(write: JournalWrite, rows: Sequence[Row[Any]]) -> int:
    """The place in the chain from which a turn that was made again replaces what the lost one had left.

    The engine makes it again, later, and perhaps from more.
    """
    made_again = {(write.epoch, entry.seq): entry.at for entry in write.entries}
    return next((n for n, row in enumerate(rows) if row.at < made_again.get((row.epoch, row.seq), row.at)), len(rows))


def said(entry: Entry) -> tuple[Any, ...]:
    """What an entry tells portals and partners."""
    return entry.kind, entry.leg, entry.actor, entry.data


def mark(key: bytes, entry: Entry) -> str:
    """The same as a hash that only the dossier's own key gives."""
    told = json.dumps([entry.kind, entry.leg, entry.actor, entry.data], ensure_ascii=False, sort_keys=True)
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


def was_said(key: bytes, row: Row[Any]) -> tuple[Any, ...]:
    """The same of one that is stored."""
    return row.kind, row.leg, row.actor, chain.entry_data(key, row.dossier, row.epoch, row.seq, row.sealed)
