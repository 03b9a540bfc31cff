"""The journal's chain: each entry's hash covers the dossier's previous hash and the stored form of the entry."""

import json
from hashlib import sha256
from typing import Any

from contracts.journal import Entry
from records.sealing import seal_fixed, unseal

GENESIS = bytes(32)
"""What the first entry is chained to."""


def entry_row(key: bytes, dossier: str, epoch: str, entry: Entry) -> dict[str, Any]:
    """The row for an entry, before it is given its place in the chain."""
    data = json.dumps(entry.data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return {
        "dossier": dossier,
        "epoch": epoch,
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind.value,
        "leg": entry.leg.value if entry.leg else None,
        "actor": entry.actor,
        "sealed": seal_fixed(key, data, _place(dossier, epoch, entry.seq)),
    }


def link(previous: bytes, row: dict[str, Any]) -> bytes:
    """The hash of an entry: over what it is chained to, its sealed content and its clear columns."""
    clear = [row["dossier"], row["epoch"], row["seq"], row["at"].isoformat(), row["kind"], row["leg"], row["actor"]]
    return sha256(previous + sha256(row["sealed"]).digest() + json.dumps(clear).encode()).digest()


def entry_data(key: bytes, dossier: str, epoch: str, seq: int, sealed: bytes) -> dict[str, str | int | bool | None]:
    """An entry's content, opened."""
    data: dict[str, str | int | bool | None] = json.loads(unseal(key, sealed, _place(dossier, epoch, seq)))
    return data


def _place(dossier: str, epoch: str, seq: int) -> str:
    return f"journal/{dossier}/{epoch}/{seq}"
