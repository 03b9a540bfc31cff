"""The cases of one agency: each request once per key, pending or decided; what was granted is the ledger."""

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from sim_agencies import clock
from sim_agencies.store import Store

Result = dict[str, str | int]


class State(StrEnum):
    """Where a case stands; only pending ones move."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no that a family can understand: a code, words, and the article."""

    reason: str
    text: str
    legal_basis: str

    def as_dict(self) -> dict[str, str]:
        return {"reason": self.reason, "text": self.text, "legal_basis": self.legal_basis}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for an effect; `identity` names the fact itself, whatever the key.

    `late`: answered later in normal operation; `refusal`: the no that it earns by what it says.
    """

    effect: str
    key: str
    dossier: str
    facts: str
    identity: str | None = None
    late: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One request and what became of it; `refusal` of a pending case is planned, not told."""

    ask: Ask
    reference: str = field(default_factory=lambda: uuid4().hex)
    state: State = State.PENDING
    refusal: Refusal | None = None
    result: Result = field(default_factory=dict)
    repeats: str | None = None
    due_at: float | None = None

    def granted(self, result: Result, repeats: str | None = None) -> "Case":
        return replace(self, state=State.GRANTED, result=result, repeats=repeats)

    def refused(self) -> "Case":
        return replace(self, state=State.REFUSED)


def _case(row: sqlite3.Row) -> Case:
    return Case(
        Ask(row["effect"], row["idempotency_key"], row["dossier"], row["facts"], row["identity"]),
        reference=row["reference"],
        state=State(row["state"]),
        refusal=Refusal(**json.loads(row["refusal"])) if row["refusal"] else None,
        result=json.loads(row["result"]) if row["result"] else {},
        repeats=row["repeats"],
        due_at=row["due_at"],
    )


class Ledger:
    """Cases by key, by reference, by what they are about."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask_again(self, ask: Ask) -> Case | None:
        """The case that this key already has, counting the request."""
        known = self.by_key(ask)
        if known:
            with self._store.transaction():
                self._store.db.execute(
                    "UPDATE cases SET requests = requests + 1 WHERE reference = ?", (known.reference,)
                )
        return known

    def enter(self, case: Case) -> None:
        """Keep a new case, decided or pending."""
        ask, refusal = case.ask, json.dumps(case.refusal.as_dict(), ensure_ascii=False) if case.refusal else None
        opened = (case.reference, ask.effect, ask.key, ask.dossier, ask.facts, refusal, ask.identity, case.due_at)
        with self._store.transaction():
            self._store.db.execute(
                "INSERT INTO cases (reference, effect, idempotency_key, dossier, facts, refusal, identity, due_at,"
                " requests, state, result, repeats, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
                (*opened, *_decision(case)),
            )

    def decide(self, case: Case) -> None:
        """Keep what became of a pending case."""
        with self._store.transaction():
            self._store.db.execute(
                "UPDATE cases SET state = ?, result = ?, repeats = ?, at = ? WHERE reference = ?",
                (*_decision(case), case.reference),
            )

    def granted_before(self, case: Case) -> Case | None:
        """The case that first had this effect on the same fact, under whatever key."""
        found = "effect = ? AND identity = ? AND state = 'granted' AND repeats IS NULL"
        rows = self._cases(found, case.ask.effect, case.ask.identity)
        return rows[0] if rows else None

    def by_key(self, ask: Ask) -> Case | None:
        rows = self._cases("effect = ? AND idempotency_key = ?", ask.effect, ask.key)
        return rows[0] if rows else None

    def by_reference(self, reference: str) -> Case | None:
        rows = self._cases("reference = ?", reference)
        return rows[0] if rows else None

    def pending_of(self, dossier: str) -> list[Case]:
        return self._cases("dossier = ? AND state = 'pending'", dossier)

    def due(self) -> list[Case]:
        return self._cases("state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT 100", time.time())

    def _cases(self, where: str, *values: str | float | None) -> list[Case]:
        rows = self._store.rows(f"SELECT * FROM cases WHERE {where}", *values)  # noqa: S608
        return [_case(row) for row in rows]


def _decision(case: Case) -> tuple[str, str | None, str | None, str | None]:
    result = json.dumps(case.result, ensure_ascii=False) if case.result else None
    at = None if case.state is State.PENDING else clock.now().isoformat(timespec="milliseconds")
    return case.state, result, case.repeats, at


def entries(path: Path, dossier: str | None) -> list[dict[str, object]]:
    """The final effects, oldest first; by a connection of its own, so that a long list holds nobody up."""
    where, values = ("AND dossier = ?", (dossier,)) if dossier else ("", ())
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(
            "SELECT dossier, effect, idempotency_key, requests, at, result FROM cases"  # noqa: S608
            f" WHERE state = 'granted' AND repeats IS NULL {where} ORDER BY at, rowid",
            values,
        ).fetchall()
    return [{**dict(row), "result": json.loads(row["result"])} for row in rows]
