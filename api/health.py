"""For operators: alive, ready, metrics."""

from typing import Any

from fastapi import APIRouter, Request, Response, status
from sqlalchemy.exc import SQLAlchemyError

from api import metrics
from api.deps import Front, FrontDep

router = APIRouter(tags=["operators"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "something that filings need is away"}})
async def readyz(front: FrontDep, response: Response) -> dict[str, Any]:
    """Ready to take filings: database migrated, registers loaded, engine there, current worker version polling."""
    found = await _database(front)
    found["engine"] = await front.orchestrator.engine_answers()
    found["worker"] = found["engine"] and await front.orchestrator.worker_answers()
    ready = all(found.values())
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return {"ready": ready, "checks": found}


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metered(request: Request) -> Response:
    """What this process has answered, for Prometheus."""
    return Response(request.app.state.meter.text(), media_type=metrics.MEDIA_TYPE)


async def _database(front: Front) -> dict[str, bool]:
    try:
        migrated = await front.database.migrated()
        offices = migrated and await front.offices.loaded()
        duty = migrated and await front.duty.loaded()
    except SQLAlchemyError:
        return {"database": False, "offices": False, "duty": False}
    return {"database": migrated, "offices": offices, "duty": duty}
