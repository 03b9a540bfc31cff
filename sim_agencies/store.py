"""What one agency keeps: an SQLite file that survives kill -9, its transactions short enough for the event loop."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import NamedTuple

SCHEMA = """
CREATE TABLE IF NOT EXISTS cases (
  reference TEXT PRIMARY KEY,
  effect TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  dossier TEXT NOT NULL,
  facts TEXT NOT NULL,
  state TEXT NOT NULL,
  refusal TEXT,              -- decided at the first request, told when the answer is due
  result TEXT,
  identity TEXT,             -- what makes two requests the same fact under different keys
  repeats TEXT,              -- the reference of the first case when this one was already done
  requests INTEGER NOT NULL,
  due_at REAL,
  at TEXT,
  UNIQUE (effect, idempotency_key)
);
CREATE INDEX IF NOT EXISTS cases_of_dossier ON cases (dossier);
CREATE INDEX IF NOT EXISTS cases_of_identity ON cases (effect, identity) WHERE identity IS NOT NULL;
CREATE INDEX IF NOT EXISTS cases_due ON cases (due_at) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS callbacks (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (next_at);
CREATE TABLE IF NOT EXISTS counters (scope TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
"""
LEASE_S = 30.0  # a callback taken by a process that dies is sent again after this


class Callback(NamedTuple):
    """One message that waits to be delivered."""

    id: int
    message_id: str
    body: str
    attempts: int


class Store:
    """The file, its transactions, and the small things agencies keep beside their cases."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;{SCHEMA}")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another transaction it joins that one."""
        with self._lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def rows(self, query: str, *values: str | float | None) -> list[sqlite3.Row]:
        with self._lock:
            return self.db.execute(query, values).fetchall()

    def next_number(self, scope: str) -> int:
        """Count on within a scope, such as one office's register of one year."""
        with self.transaction():
            row = self.db.execute(
                "INSERT INTO counters VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
                (scope,),
            ).fetchone()
        return int(row["value"])

    def put(self, kind: str, key: str, body: str) -> None:
        with self.transaction():
            self.db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, key, body))

    def get(self, kind: str, key: str) -> str | None:
        rows = self.rows("SELECT body FROM records WHERE kind = ? AND id = ?", kind, key)
        return str(rows[0]["body"]) if rows else None

    def beginning_with(self, kind: str, prefix: str) -> list[str]:
        """The bodies of all records of a kind whose id begins so, by id."""
        end = prefix + "\U0010ffff"
        rows = self.rows(
            "SELECT body FROM records WHERE kind = ? AND id >= ? AND id < ? ORDER BY id", kind, prefix, end
        )
        return [str(row["body"]) for row in rows]

    def queue_callback(self, message_id: str, body: str) -> None:
        with self.transaction():
            self.db.execute(
                "INSERT INTO callbacks (message_id, body, next_at) VALUES (?, ?, ?)", (message_id, body, time.time())
            )

    def claim_callbacks(self, limit: int) -> list[Callback]:
        """Take what is due; it comes back by itself unless delivered or postponed."""
        now = time.time()
        rows = self.rows(
            "SELECT id, message_id, body, attempts FROM callbacks WHERE next_at <= ? ORDER BY next_at LIMIT ?",
            now,
            limit,
        )
        if rows:
            with self.transaction():
                self.db.executemany(
                    "UPDATE callbacks SET next_at = ? WHERE id = ?", [(now + LEASE_S, row["id"]) for row in rows]
                )
        return [Callback(*row) for row in rows]

    def drop_callback(self, callback: Callback) -> None:
        with self.transaction():
            self.db.execute("DELETE FROM callbacks WHERE id = ?", (callback.id,))

    def postpone_callback(self, callback: Callback, delay_s: float) -> None:
        with self.transaction():
            self.db.execute(
                "UPDATE callbacks SET attempts = attempts + 1, next_at = ? WHERE id = ?",
                (time.time() + delay_s, callback.id),
            )

    def next_due(self, *, with_callbacks: bool) -> float | None:
        """When the next pending case (or callback) asks for attention."""
        rows = self.rows(
            "SELECT min(due) AS due FROM (SELECT min(due_at) AS due FROM cases WHERE state = 'pending'"
            " UNION ALL SELECT min(next_at) FROM callbacks WHERE ?)",
            with_callbacks,
        )
        due = rows[0]["due"]
        return None if due is None else float(due)
