"""The relay: starts filings that a crash left claimed, and brings callbacks that the engine could not take."""

import asyncio

import structlog
from pydantic import ValidationError
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
            for work in (self.start_claimed, self.bring_callbacks):
                try:
                    await work()
                except SQLAlchemyError as err:
                    log.info("relay_waits", trouble=type(err).__name__)
            await asyncio.sleep(PAUSE_S)

    async def start_claimed(self, older_than: float = LEFT_ALONE_S) -> None:
        """Start dossiers that were claimed and never seen to start; one that cannot start holds no other."""
        for opening in await self._claims.unstarted(older_than, BATCH):
            try:
                await self._orchestrator.open(opening, f"relay-{opening.code}")
            except DoorError as err:
                log.warning("claim_waits", dossier=opening.code, trouble=type(err).__name__)
                continue
            await self._claims.mark_started(opening.code)
            log.info("claim_started", dossier=opening.code)

    async def bring_callbacks(self) -> None:
        """Hand stored callbacks to their dossiers."""
        for item in await self._inbox.waiting(BATCH):
            try:
                state = await self._bring(item)
            except DoorError as err:
                log.info("callback_waits", agency=item.agency, trouble=type(err).__name__)
                continue
            await self._inbox.settle(item.agency, item.message_id, state)

    async def _bring(self, item: InboxItem) -> InboxState:
        header = await self._queries.header(item.dossier or "")
        if header is None:
            return InboxState.UNMATCHED
        try:
            answer = CallbackAnswer.model_validate_json(item.body)
        except ValidationError:
            return InboxState.REFUSED
        return InboxState(await self._orchestrator.receive(Reference(header.group, header.code), answer))
