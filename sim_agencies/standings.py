"""How cases stand, for whoever asks by key or by day; asking changes nothing, and faults apply."""

import json
import sqlite3
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

if TYPE_CHECKING:
    from sim_agencies.desk import Desk

PAGE = 500
_BY_KEY = "SELECT * FROM cases WHERE idempotency_key = ? ORDER BY rowid LIMIT 1"
_OF_DAY = "SELECT rowid, * FROM cases WHERE (at IS NULL OR substr(at, 1, 10) = ?) AND rowid > ? ORDER BY rowid LIMIT ?"
"""What was decided on the day, and what is in hand still."""


def standings_router(desk: "Desk") -> APIRouter:
    """`/standings` of one agency."""
    router = APIRouter(prefix="/standings", tags=["standings"])

    @router.get("")
    async def of_day(day: date, cursor: Annotated[int, Query(ge=0)] = 0) -> dict[str, object]:
        """Everything decided on a day, and all that is pending, in pages."""
        async with desk.exchange("standings"):
            rows = desk.store.rows(_OF_DAY, day.isoformat(), cursor, PAGE + 1)
        page = rows[:PAGE]
        lines = [
            {"dossier": row["dossier"], "key": row["idempotency_key"], "standing": row["state"], "at": row["at"]}
            for row in page
        ]
        return {"lines": lines, "cursor": page[-1]["rowid"] if len(rows) > PAGE else None}

    @router.get("/{key:path}")
    async def of_key(key: str) -> dict[str, object]:
        """What became of the request under this key; of a result each value's digest, nothing to read."""
        async with desk.exchange("standing"):
            rows = desk.store.rows(_BY_KEY, key)
        return _standing(key, rows[0] if rows else None)

    return router


def _standing(key: str, row: sqlite3.Row | None) -> dict[str, object]:
    if row is None:
        return {"key": key, "standing": "unknown", "since": None, "reference": None, "reason": None, "result": None}
    refused = row["state"] == "refused"
    given = json.loads(row["result"] or "{}") if row["state"] == "granted" else {}
    return {
        "key": key,
        "standing": row["state"],
        "since": row["at"],
        "reference": row["reference"],
        "reason": json.loads(row["refusal"])["reason"] if refused else None,
        "result": {name: sha256(str(value).encode()).hexdigest() for name, value in given.items()},
    }
