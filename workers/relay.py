"""The relay: starts filings that a crash left claimed, and brings callbacks that the engine could not take."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.tasks import CallbackAnswer
from orchestrator import DoorError, Orchestrator, Reference
from records.edge import Claims, Inbox, InboxItem, InboxState
from records.queries import Queries

PAUSE_S = 1.0
LEFT_ALONE_S = 5.0
"""A claim or callback this young is still in its caller's hands."""
BATCH = 50
log = structlog.get_logger()


class Relay:
    """Everything it does is safe to do twice."""

    def __init__(self, orchestrator: Orchestrator, claims: Claims, inbox: Inbox, queries: Queries) -> None:
        self._orchestrator = orchestrator
        self._claims = claims
        self._inbox = inbox
        self._queries = queries

    async def run(self) -> None:
        """Pass after pass, for as long as the process runs."""
        while True:
            try:
                await self.start_claimed(LEFT_ALONE_S)
                await self.bring_callbacks()
            except (DoorError, SQLAlchemyError) as err:
                log.info("relay_waits", trouble=type(err).__name__)
            await asyncio.sleep(PAUSE_S)

    async def start_claimed(self, older_than: float) -> int:
        """Start dossiers that were claimed and never seen to start; returns how many."""
        openings = await self._claims.unstarted(older_than, BATCH)
        for opening in openings:
            await self._orchestrator.open(opening, f"relay-{opening.code}")
            await self._claims.mark_started(opening.code)
            log.info("claim_started", dossier=opening.code)
        return len(openings)

    async def bring_callbacks(self) -> None:
        """Hand stored callbacks to their dossiers."""
        for item in await self._inbox.waiting(BATCH):
            await self._inbox.settle(item.agency, item.message_id, await self._bring(item))

    async def _bring(self, item: InboxItem) -> InboxState:
        header = await self._queries.header(item.dossier or "")
        if header is None:
            return InboxState.UNMATCHED
        answer = CallbackAnswer.model_validate_json(item.body)
        return InboxState(await self._orchestrator.receive(Reference(header.group, header.code), answer))
