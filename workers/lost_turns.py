"""Turns that the journal has and the engine never had are taken back (docs/decisions/0011)."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from contracts.journal import JournalWrite
from orchestrator import Reference
from records.feed import Standing, Standings
from records.journal import JournalStore
from records.keys import KeyUnknown
from workflows.record import Record

PAUSE_S = 60.0
"""Longer than the engine waits for a turn: what was under way when it was seen has ended when it is compared."""
WINDOW = timedelta(hours=1)
"""What a new process looks back on, from the last entry of all; later each write is looked at once."""
PAGE = 200
AT_ONCE = 4
PATIENCE = timedelta(seconds=20)
UNANSWERED_AT_MOST = 100
log = structlog.get_logger()


class LostTurns:
    """Compares journals with their dossiers; everything it does is safe to do twice, and by several processes."""

    def __init__(self, client: Client, standings: Standings, journal: JournalStore) -> None:
        self._client = client
        self._standings = standings
        self._journal = journal
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._unanswered: list[Standing] = []

    async def run(self) -> None:
        """Pass after pass, for as long as the process runs."""
        after: int | None = None
        while True:
            try:
                after = await self._standings.before(WINDOW) if after is None else after
                until = await self._standings.newest()
                await asyncio.sleep(PAUSE_S)
                await self.compare(after, until)
                after = until
            except (SQLAlchemyError, RPCError) as err:
                log.info("lost_turns_wait", trouble=type(err).__name__)
                await asyncio.sleep(PAUSE_S)

    async def compare(self, after: int, until: int) -> None:
        """Compare every dossier whose last entry lies between two numbers of the feed, and whoever did not answer."""
        again, self._unanswered = self._unanswered, []
        await self._each(again)
        while page := await self._standings.written(after, until, PAGE):
            await self._each(page)
            after = page[-1].number
        del self._unanswered[:-UNANSWERED_AT_MOST]

    async def _each(self, standings: list[Standing]) -> None:
        await asyncio.gather(*(self._one(standing) for standing in standings))

    async def _one(self, standing: Standing) -> None:
        async with self._turns:
            try:
                last = await self._last_turn(standing)
                if last is None or last.epoch != standing.epoch or last.entries[-1].seq >= standing.seq:
                    return
                if await self._journal.take_back(last, standing.last_hash):
                    log.warning("lost_turn_taken_back", dossier=standing.dossier, back_to=last.entries[-1].seq)
            except KeyUnknown:
                return  # erased meanwhile

    async def _last_turn(self, standing: Standing) -> JournalWrite | None:
        """What an open dossier wrote last; none where nothing can be lost, or nobody answers yet.

        The engine lets a query wait for the turn under way: what that writes is never taken for lost.
        """
        dossier = self._client.get_workflow_handle(Reference(standing.group, standing.dossier).workflow_id)
        try:
            return await dossier.query(
                Record.last_turn, reject_condition=QueryRejectCondition.NOT_OPEN, rpc_timeout=PATIENCE
            )
        except WorkflowQueryRejectedError:  # it has ended: nothing ends before all that it wrote is in its history
            return None
        except WorkflowQueryFailedError:
            self._unanswered.append(standing)
        except RPCError as err:
            if err.status is RPCStatusCode.UNAVAILABLE:  # the engine is away: the whole pass is made again
                raise
            if err.status is not RPCStatusCode.NOT_FOUND:
                self._unanswered.append(standing)
        return None
