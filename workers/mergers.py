"""Offices that are merged: their open dossiers move to the successor, a few at a time (domain.md E.3)."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.tasks import OfficeMove
from orchestrator import DoorError, Orchestrator, OutcomeUnknown, Reference, update_id
from records.queries import LeftRow, Queries
from records.registers import Offices
from workers.arrears import wall_clock
from workers.rooms import Rooms

PAGE = 20
PAUSE_S = 2.0
"""Between two pages: ten thousand dossiers move within the hour, and families who file go first."""
OFFICES = 500
"""So many are looked at in one go: a reform merges thousands on one day."""
MERGED = "office-merged"
log = structlog.get_logger()


class Mergers:
    """Everything it does is safe to do twice, and by several processes: what has moved is not found again."""

    def __init__(
        self, offices: Offices, queries: Queries, orchestrator: Orchestrator, every: float, now: Callable[[], datetime]
    ) -> None:
        self._offices = offices
        self._queries = queries
        self._orchestrator = orchestrator
        self._every = every
        self._now = now

    @classmethod
    def of(cls, rooms: Rooms, orchestrator: Orchestrator) -> "Mergers":
        """In a process's rooms, by the clock on the wall."""
        return cls(Offices(rooms.database), rooms.queries(), orchestrator, rooms.settings.mergers_every, wall_clock)

    async def run(self) -> None:
        """Round after round, for as long as the process runs."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, OutcomeUnknown) as err:
                log.info("mergers_wait", trouble=type(err).__name__)
            await asyncio.sleep(self._every)

    async def sweep(self) -> int:
        """Take along what lies at offices that are over; how many dossiers moved. The rest is the next round's."""
        merged, moved = await self._offices.merged(self._now()), 0
        for first in range(0, len(merged), OFFICES):
            moved += await self._take_along(dict(merged[first : first + OFFICES]))
        return moved

    async def _take_along(self, successors: Mapping[str, str]) -> int:
        after, moved = "", 0
        while page := await self._queries.left_at(successors.keys(), after=after, limit=PAGE):
            outcomes = [await self._moved(row, successors[row.office]) for row in page]
            log.info("offices_merged", moved=sum(outcomes), left=len(page) - sum(outcomes))
            after, moved = page[-1].code, moved + sum(outcomes)
            await asyncio.sleep(PAUSE_S)
        return moved

    async def _moved(self, row: LeftRow, successor: str) -> bool:
        """Whether it goes on at the successor; one that ended meanwhile, or will not be moved, holds no other."""
        move = OfficeMove(office=successor, reason=MERGED)
        try:
            await self._orchestrator.move_office(
                Reference(row.group, row.code), move, update_id("mergers", f"move/{row.office}", successor)
            )
        except DoorError as err:
            if isinstance(err, OutcomeUnknown) and not await self._orchestrator.engine_answers():
                raise  # the round is over
            log.info("dossier_stays", dossier=row.code, trouble=type(err).__name__)
            return False
        return True
