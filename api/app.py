"""The app: rooms built once, routers mounted, trouble answered as problems."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from adapters.signing import SigningService
from api import (
    acts,
    agencies,
    callbacks,
    digests,
    explanations,
    feed,
    health,
    holding,
    openapi,
    portal,
    preparations,
    problems,
    questions,
    readiness,
    reconciliations,
    reopenings,
    replays,
    reversals,
    signatures,
    stuck,
    support,
    tasks,
    unmasking,
    webhooks,
)
from api.console.routes import PAGES as CONSOLE
from api.deps import Front
from api.desk.routes import PAGES
from api.gate import Gate, IssuerKeys
from api.inherited import Inherited
from api.limits import BodyLimit, FilingLimit
from api.metrics import Meter, Metered
from api.verify import page as verify
from api.verify.lookups import Lookups
from api.web import assets, login
from api.web.identity import Identity
from orchestrator import Orchestrator
from records.database import Database
from records.documents import DocumentStore
from records.edge import Claims, Holding, Inbox, Operations, Sessions, Uploads, Webhooks
from records.keys import StoredKeys
from records.queries import Queries
from records.registers import Accounts, Certificates, Duty, Offices, Readiness
from records.support.acts import Acts
from records.support.advice import Catalogue
from records.support.agency_health import AgencyRecords
from records.support.deliveries import Deliveries
from records.support.digest import Digests
from records.support.heard import Hearing
from records.support.questions import Questions
from records.support.reconciliations import Reconciliations
from records.support.replays import Replays
from records.support.saved_filters import SavedFilters
from records.support.stuck import StuckCases
from records.support.switches import Switches
from records.support.unmaskings import Unmaskings
from runtime.settings import Settings
from runtime.task_queues import TaskQueues
from runtime.temporal import DossierPlugin, connect

BODY_MOST = 40_000_000
FILINGS_MOST, FILING_PATIENCE_S = 16, 1.0
"""In hand at once, about what two cores end in a second; and how long one more waits for its turn."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API of one process."""
    chosen = settings or Settings()
    app = FastAPI(
        title="Liên Thông",
        version="1",
        lifespan=lambda app: _lifespan(app, chosen),
        redirect_slashes=False,  # an address has one spelling, and a body is not sent twice
        telemetry={"operation_spans": False, "logs": False},
    )
    app.state.meter, app.state.lookups = Meter(), Lookups()
    app.add_middleware(BodyLimit, most=BODY_MOST)
    app.add_middleware(FilingLimit, path="/v1/dossiers", most=FILINGS_MOST, patience=FILING_PATIENCE_S)
    app.add_middleware(Metered, meter=app.state.meter)
    if chosen.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=[str(each) for each in chosen.trusted_proxies])
    problems.install(app)
    openapi.install(app)
    deciding = (preparations, signatures, tasks, holding)
    supporting = (
        stuck,
        explanations,
        acts,
        reopenings,
        replays,
        agencies,
        reconciliations,
        questions,
        digests,
        unmasking,
        support,
    )
    for room in (portal, reversals, *deciding, readiness, *supporting, callbacks, feed, webhooks, health):
        app.include_router(room.router)
    for pages in (assets.router, login.router, verify.router, *PAGES, *CONSOLE):
        app.include_router(pages)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    database = Database(settings.database, patience=settings.update_timeout)
    keys = StoredKeys(database, settings.master_key_bytes)
    client = await connect(settings, DossierPlugin(keys), lazy=True)
    async with httpx.AsyncClient(timeout=settings.agency_timeout) as http:
        app.state.front = build(settings, database, keys, Orchestrator(client, settings.update_timeout), http)
        app.state.task_queues = TaskQueues(client, settings.update_timeout)
        app.state.gate = Gate(IssuerKeys(http, settings.issuer), settings.issuer, settings.audience)
        app.state.identity = _identity(settings, http, app.state.gate)
        yield
    await database.close()


def _identity(settings: Settings, http: httpx.AsyncClient, gate: Gate) -> Identity:
    return Identity(
        http,
        gate,
        issuer=settings.issuer,
        client=settings.login_client,
        secret=settings.login_password,
        public_url=settings.public_url,
    )


def build(
    settings: Settings, database: Database, keys: StoredKeys, orchestrator: Orchestrator, http: httpx.AsyncClient
) -> Front:
    """The rooms behind the front door."""
    return Front(
        settings=settings,
        database=database,
        orchestrator=orchestrator,
        claims=Claims(database, keys),
        operations=Operations(database, keys),
        inbox=Inbox(database, keys),
        uploads=Uploads(database, keys),
        sessions=Sessions(database, keys),
        holding=Holding(database, keys),
        webhooks=Webhooks(database, keys),
        queries=Queries(database, keys),
        stuck=StuckCases(database, keys),
        hearing=Hearing(database, keys),
        saved_filters=SavedFilters(database),
        questions=Questions(database, keys),
        catalogue=Catalogue(database),
        digests=Digests(database),
        unmaskings=Unmaskings(database, keys),
        acts=Acts(database, keys),
        deliveries=Deliveries(database),
        replays=Replays(database, keys),
        agency_records=AgencyRecords(database),
        switches=Switches(database, keys),
        reconciliations=Reconciliations(database),
        documents=DocumentStore(database, keys),
        offices=(offices := Offices(database)),
        inherited=Inherited(offices, settings.mergers_every),
        accounts=Accounts(database, keys),
        duty=Duty(database),
        readiness=Readiness(database),
        certificates=Certificates(database, keys),
        signing=_signing(settings, http),
    )


def _signing(settings: Settings, http: httpx.AsyncClient) -> SigningService:
    login = {"client_id": settings.signing_client, "client_secret": settings.signing_password}
    return SigningService(http, settings.signing_url, **login)
