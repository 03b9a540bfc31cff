"""For operators: alive, ready, metrics."""

from typing import Any

from fastapi import APIRouter, Request, Response, status
from sqlalchemy.exc import SQLAlchemyError

from api import metrics, openapi
from api.answers import Alive, Ready
from api.deps import Front, FrontDep

router = APIRouter(tags=["operators"])
PROMETHEUS: openapi.Responses = {200: {"content": {metrics.MEDIA_TYPE: {"schema": openapi.TEXT}}}}


@router.get("/healthz", responses=openapi.answers(Alive))
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses=openapi.answers(Ready, 200, 503, described="what filings need is there or away"))
async def readyz(front: FrontDep, response: Response) -> dict[str, Any]:
    """Ready to take filings: database migrated, registers loaded, engine there, current worker version polling."""
    found = await _database(front)
    found["engine"] = await front.orchestrator.engine_answers()
    found["worker"] = found["engine"] and await front.orchestrator.worker_answers()
    ready = all(found.values())
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return {"ready": ready, "checks": found}


@router.get("/metrics", response_class=Response, responses=PROMETHEUS)
async def metered(request: Request) -> Response:
    """What this process has answered, for Prometheus."""
    return Response(request.app.state.meter.text(), media_type=metrics.MEDIA_TYPE)


async def _database(front: Front) -> dict[str, bool]:
    try:
        migrated = await front.database.migrated() and await front.database.writable()
        offices = migrated and await front.offices.loaded()
        duty = migrated and await front.duty.loaded()
    except SQLAlchemyError:
        return {"database": False, "offices": False, "duty": False}
    return {"database": migrated, "offices": offices, "duty": duty}
