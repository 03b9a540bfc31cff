"""What goes wrong inside an agency, by its control paths: a case is lost, or stands otherwise than it was answered."""

import json
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints

from sim_agencies import clock
from sim_agencies.ledger import Refusal, State

if TYPE_CHECKING:
    from sim_agencies.desk import Desk
    from sim_agencies.store import Store

Key = Annotated[str, StringConstraints(pattern=r"^[^:]+:[^:]+:.+$", max_length=200)]
"""dossier:effect:…"""
REFUSAL = Refusal("overwritten", "Hồ sơ bị ghi đè", "–")
_KNOWN = "SELECT 1 FROM cases WHERE idempotency_key = ?"
_NEW = (
    "INSERT INTO cases (reference, effect, idempotency_key, dossier, facts, state, requests)"
    " VALUES (?, ?, ?, ?, '{}', 'pending', 1)"
)
_STANDS = (
    "UPDATE cases SET state = ?, refusal = ?, result = coalesce(result, '{}'), repeats = NULL, due_at = NULL,"
    " at = CASE WHEN ? = 'pending' THEN NULL ELSE coalesce(at, ?) END WHERE idempotency_key = ?"
)
"""Decided when it was decided before; nothing is answered later by itself."""


class Forget(BaseModel):
    """Which case is lost."""

    model_config = ConfigDict(extra="forbid")

    key: Key


class Overwrite(Forget):
    """How it stands from now on."""

    standing: State


def tampering_router(desk: "Desk") -> APIRouter:
    """`/control/forget` and `/control/overwrite` of one agency."""
    router = APIRouter(prefix="/control", tags=["control"])

    @router.post("/forget")
    async def forget(lost: Forget) -> dict[str, int]:
        """The agency knows nothing of it any more; nobody is told."""
        with desk.store.transaction():
            gone = desk.store.db.execute("DELETE FROM cases WHERE idempotency_key = ?", (lost.key,)).rowcount
        return {"forgotten": gone}

    @router.post("/overwrite")
    async def overwrite(wanted: Overwrite) -> dict[str, str]:
        """The agency's own record changes, or comes out of nothing; nobody is told."""
        _overwrite(desk.store, wanted.key, wanted.standing)
        return {"key": wanted.key, "standing": wanted.standing}

    return router


def _overwrite(store: "Store", key: str, standing: State) -> None:
    dossier, effect, _ = key.split(":", 2)
    now = clock.now().isoformat(timespec="milliseconds")
    refusal = json.dumps(REFUSAL.as_dict(), ensure_ascii=False) if standing is State.REFUSED else None
    with store.transaction():
        if not store.rows(_KNOWN, key):
            store.db.execute(_NEW, (uuid4().hex, effect, key, dossier))
        store.db.execute(_STANDS, (standing, refusal, standing, now, key))
