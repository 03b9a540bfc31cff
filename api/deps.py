"""What endpoints work with, built once per process and handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from adapters.signing import SigningService
from api.inherited import Inherited
from contracts.tasks import Pace
from orchestrator import Orchestrator
from records.database import Database
from records.documents import DocumentStore
from records.edge import Claims, Holding, Inbox, Operations, Sessions, Uploads, Webhooks
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


def wall_clock() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Front:
    """The rooms behind the front door; `now` can be set by tests."""

    settings: Settings
    database: Database
    orchestrator: Orchestrator
    claims: Claims
    operations: Operations
    inbox: Inbox
    uploads: Uploads
    sessions: Sessions
    holding: Holding
    webhooks: Webhooks
    queries: Queries
    stuck: StuckCases
    hearing: Hearing
    saved_filters: SavedFilters
    questions: Questions
    catalogue: Catalogue
    digests: Digests
    unmaskings: Unmaskings
    acts: Acts
    deliveries: Deliveries
    replays: Replays
    agency_records: AgencyRecords
    switches: Switches
    reconciliations: Reconciliations
    documents: DocumentStore
    offices: Offices
    inherited: Inherited
    accounts: Accounts
    duty: Duty
    readiness: Readiness
    certificates: Certificates
    signing: SigningService
    now: Callable[[], datetime] = wall_clock

    @property
    def pace(self) -> Pace:
        """How patiently this installation asks agencies."""
        settings = self.settings
        cap = settings.id_wait_cap
        return Pace(
            attempt=settings.agency_attempt,
            retry_cap=settings.retry_cap,
            first_enquiry=settings.first_enquiry,
            enquiry_cap=settings.enquiry_cap,
            id_wait_cap=cap if cap and cap > 0 else None,
            expected_answer=settings.expected_answer,
        )


def front(request: Request) -> Front:
    """The rooms of this process."""
    rooms: Front = request.app.state.front
    return rooms


FrontDep = Annotated[Front, Depends(front)]
