"""The archivist: keeps the history of each closed dossier, minutes after it closed, before the engine forgets it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from orchestrator import Reference
from records.support.archive import START, Archive, ClosedDossier, Place
from workers.arrears import wall_clock
from workers.rooms import Rooms

EVERY_S = 60.0
SETTLED = timedelta(minutes=5)
"""By then the last turn is in the history, or was taken back."""
ANEW = timedelta(days=1)
"""So often it looks at all closed dossiers again: for those whose history could not be had."""
PAGE, AT_ONCE = 50, 4
PAUSE_S = 0.2
"""Between two pages: families who file go first."""
ENDS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
}
log = structlog.get_logger()


class Archivist:
    """Everything it does is safe to do twice, and by several processes."""

    def __init__(
        self, client: Client, archive: Archive, settled: timedelta = SETTLED, now: Callable[[], datetime] = wall_clock
    ) -> None:
        self._client = client
        self._archive = archive
        self._settled = settled
        self._now = now
        self._turns = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def of(cls, rooms: Rooms, client: Client) -> "Archivist":
        """In a process's rooms, by the clock on the wall."""
        return cls(client, Archive(rooms.database))

    async def run(self) -> None:
        """Round after round, for as long as the process runs."""
        place, anew = START, self._now() + ANEW
        while True:
            if self._now() >= anew:
                place, anew = START, self._now() + ANEW
            try:
                place = await self.sweep(place)
            except (SQLAlchemyError, RPCError) as err:
                log.info("archivist_waits", trouble=type(err).__name__)
            await asyncio.sleep(EVERY_S)

    async def sweep(self, after: Place = START) -> Place:
        """Keep what closed since a place and has settled; returns where to go on."""
        until, kept = self._now() - self._settled, 0
        while page := await self._archive.due(after, until, PAGE):
            kept += sum(await asyncio.gather(*(self._keep(each) for each in page)))
            after = page[-1].place
            await asyncio.sleep(PAUSE_S)
        if kept:
            log.info("histories_archived", count=kept)
        return after

    async def _keep(self, closed: ClosedDossier) -> bool:
        async with self._turns:
            dossier = self._client.get_workflow_handle(
                Reference(closed.group, closed.code).workflow_id, run_id=closed.run
            )
            try:
                history = await dossier.fetch_history()
            except RPCError as err:
                if err.status is not RPCStatusCode.NOT_FOUND:
                    raise
                log.warning("history_gone", dossier=closed.code)  # the record alone is left of it
                return False
            if history.events[-1].event_type not in ENDS:
                log.warning("history_goes_on", dossier=closed.code)
                return False
            return await self._archive.keep(
                closed.code, closed.run, len(history.events), history.to_json(), self._now()
            )
