"""Personal data is covered for support until they give a reason, which is kept: one dossier, one login, a while."""

from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from api import examples, openapi
from api.bodies import IdempotencyKey
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.problems import Problem
from api.sight import seen
from contracts.acts import ActView
from contracts.base import DOSSIER_CODE, Line, Message
from contracts.reopenings import LEGS
from records.queries import Header
from records.support.masking import COVER

log = structlog.get_logger()
router = APIRouter(prefix="/v1/dossiers", route_class=GuardedRoute, tags=["support"])


class UnmaskingBody(Message):
    """Why somebody needs to see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.UNMASKING]})

    reason: Line


class Unmasked(BaseModel):
    """Until when this token may read the dossier's documents and what was entered in acts on it."""

    until: datetime


@router.post("/{code}/unmasking", responses=openapi.answers(Unmasked))
@needs("support:read")
async def unmask(
    code: Annotated[str, Path(pattern=DOSSIER_CODE)],
    body: UnmaskingBody,
    key: IdempotencyKey,
    caller: CallerDep,
    front: FrontDep,
) -> dict[str, Any]:
    """Give the reason for which a dossier's personal data is looked at; it is kept with who looked and when."""
    await seen(front, caller, code)
    await request_id(front, caller, f"unmasking/{code}", key, body.model_dump(mode="json"))
    return {"until": await noted(front, caller, code, body.reason)}


async def noted(front: Front, caller: Caller, code: str, reason: str) -> datetime | None:
    """Keep the reason; until when this login may look."""
    await front.unmaskings.note(code, caller.subject, caller.login, reason, front.now())
    log.info("dossier_unmasked", dossier=code, by=caller.subject)
    return await until(front, caller, code)


async def until(front: Front, caller: Caller, code: str) -> datetime | None:
    """Until when this login may see what is covered; none: it may not."""
    return await front.unmaskings.until(code, caller.subject, caller.login, front.now())


async def covered(front: Front, caller: Caller, header: Header) -> bool:
    """Whether this caller needs a reason, and has given none."""
    return not by_right(caller, header) and await until(front, caller, header.code) is None


def by_right(caller: Caller, header: Header) -> bool:
    """Whoever filed it and the clerks who work on it see all of a dossier; support only helps with it."""
    return header.client == caller.client or header.office in caller.covers or caller.may("tasks:read")


def reason_needed() -> Problem:
    """What support is answered with until they say why."""
    return Problem(
        403, "reason-needed", "personal data is covered: give a reason at POST /v1/dossiers/{code}/unmasking"
    )


def shown(act: ActView, *, covered: bool) -> dict[str, Any]:
    """An act; what was entered into it is somebody's data, but for which legs a reopening names."""
    told = act.model_dump(mode="json")
    if covered:
        for each in told["told"]["corrections"]:
            if each["field"] != LEGS:
                each |= {"before": COVER, "after": COVER}
        told["told"]["result"] = dict.fromkeys(act.told.result, COVER) if act.told.result else None
        if act.told.evidence:
            told["told"]["evidence"]["name"] = COVER
    return told
