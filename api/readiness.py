"""Whether signatures can succeed at an office now, and what it lacks."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api import openapi
from api.answers import OfficeReadiness
from api.deps import Front, FrontDep
from api.gate import CallerDep, GuardedRoute, needs
from api.problems import Problem
from api.sight import offices_of
from records.registers import Shortfall

router = APIRouter(prefix="/v1/offices", route_class=GuardedRoute, tags=["offices"])


@router.get("/{office}/readiness", responses=openapi.answers(OfficeReadiness))
@needs("tasks:read", "support:read")
async def readiness(
    office: Annotated[str, Path(pattern=r"^[0-9]{5}$")], caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """What an office needs to sign: a seal and a chair's certificate that hold; told when they soon run out."""
    offices_of(caller, office)
    if await front.offices.get(office, front.now()) is None:
        raise Problem(404, "office-unknown", "there is no such office")
    found = await front.readiness.of([office], front.now())
    return {"ready": not any(each.blocks for each in found), "shortfalls": [_told(each) for each in found]}


async def not_ready(front: Front, office: str) -> Problem:
    """Why nothing can be signed at an office now."""
    lacking = [_told(each) for each in await front.readiness.of([office], front.now()) if each.blocks]
    return Problem(409, "office-not-ready", "the office cannot sign now; nothing was signed", shortfalls=lacking)


def _told(lacking: Shortfall) -> dict[str, Any]:
    until = lacking.until and lacking.until.isoformat()
    return {"lack": lacking.lack, "until": until, "person": lacking.person}
