"""The control paths that every agency has: faults, rejections, answers, ledger. No fault ever applies to them."""

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sim_agencies import ledger
from sim_agencies.faults import Faults, Rejections

if TYPE_CHECKING:
    from sim_agencies.desk import Desk


class AnswerNow(BaseModel):
    """Whose pending cases to decide."""

    model_config = ConfigDict(extra="forbid")

    dossier: str


def control_router(desk: "Desk") -> APIRouter:
    """`/control/…` of one agency."""
    router = APIRouter(prefix="/control", tags=["control"])

    @router.get("/faults")
    async def faults() -> Faults:
        """What goes wrong at present."""
        return desk.faults.setting

    @router.put("/faults")
    async def put_faults(setting: Faults) -> Faults:
        """Replace the whole setting and count operations afresh; what is absent is off."""
        desk.faults.replace(setting)
        return setting

    @router.delete("/faults")
    async def clear_faults() -> Faults:
        """Back to normal operation."""
        desk.faults.replace(Faults())
        return desk.faults.setting

    @router.put("/rejections")
    async def put_rejections(named: Rejections) -> dict[str, int]:
        """Reject what is asked for these dossiers, and for no others; an empty list ends it."""
        desk.faults.rejections = named
        return {"rejected": len(named.dossiers)}

    @router.post("/answers")
    async def answers(now: AnswerNow) -> dict[str, int]:
        """Decide all pending cases of a dossier now, whatever their delay."""
        return {"answered": desk.answer_now(now.dossier)}

    @router.get("/ledger")
    def entries(dossier: str | None = None) -> list[dict[str, object]]:
        """What this agency really did: one row a final effect (in a thread, for the list may be long)."""
        return ledger.entries(desk.store.path, dossier)

    return router
