"""All stand-ins in one process, one path each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from sim_agencies import (
    civil_status,
    health_facility,
    labour,
    national_portal,
    notification,
    one_stop,
    population,
    residence,
    social_insurance,
    vneid,
)
from sim_agencies.desk import Desk, Habit
from sim_agencies.settings import Settings
from sim_agencies.signing import app as signing

CALLBACK_TIMEOUT_S = 10.0
AT_ONCE, LATE = Habit(), Habit(pending_rate=1.0)
CreateApp = Callable[[Desk], FastAPI]


def mounted() -> dict[str, tuple[CreateApp, Habit]]:
    """Who stands where; a new agency is its own file and one line here."""
    return {
        "civil-status": (civil_status.create_app, AT_ONCE),
        "population": (population.create_app, LATE),
        "residence": (residence.create_app, AT_ONCE),
        "social-insurance": (social_insurance.create_app, AT_ONCE),
        "labour": (labour.create_app, AT_ONCE),
        "health-facility": (health_facility.create_app, AT_ONCE),
        "one-stop": (one_stop.create_app, AT_ONCE),
        "national-portal": (national_portal.create_app, AT_ONCE),
        "vneid": (vneid.create_app, AT_ONCE),
        "signing": (signing.create_app, AT_ONCE),
        "notification": (notification.create_app, AT_ONCE),
    }


def create_app(settings: Settings) -> FastAPI:
    """The process: every agency with a desk of its own; their clocks run with the app."""
    agencies = mounted()
    desks = {agency: Desk(agency, settings, habit) for agency, (_, habit) in agencies.items()}
    clocks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=CALLBACK_TIMEOUT_S, trust_env=False) as client:
            clocks.extend(asyncio.create_task(desk.run(client)) for desk in desks.values())
            yield
            for clock in clocks:
                clock.cancel()
            await asyncio.gather(*clocks, return_exceptions=True)
        for desk in desks.values():
            desk.store.close()

    app = FastAPI(title="Stand-ins", lifespan=lifespan)
    for agency, (create, _) in agencies.items():
        app.mount(f"/{agency}", create(desks[agency]))

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Whether the process does its work; an agency that is down on purpose does not count."""
        stopped = [agency for agency, clock in zip(desks, clocks, strict=False) if clock.done()]
        return JSONResponse({"stopped": stopped}, 503 if stopped else 200)

    return app
