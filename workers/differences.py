"""Differences: what raises that reach back make due is opened as dossiers, each once, however often one looks."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.benefit_steps import Claim
from contracts.dossier import Channel, Group
from contracts.followups import DifferenceOpening
from orchestrator import DoorError, Orchestrator
from records.edge import Claims, Purpose
from workers.arrears import START, Arrears, Due, Place, Undecided, Unread, wall_clock
from workers.rooms import Rooms

EVERY = timedelta(days=1)
PAUSE_S = 1.0
"""Between two pages: families who file go first."""
log = structlog.get_logger()


class Differences:
    """Everything it does is safe to do twice, and by several processes."""

    def __init__(
        self, arrears: Arrears, claims: Claims, orchestrator: Orchestrator, now: Callable[[], datetime]
    ) -> None:
        self._arrears = arrears
        self._claims = claims
        self._orchestrator = orchestrator
        self._now = now

    @classmethod
    def of(cls, rooms: Rooms, orchestrator: Orchestrator) -> "Differences":
        """In a process's rooms, by the clock on the wall."""
        return cls(Arrears.of(rooms), rooms.claims(), orchestrator, wall_clock)

    async def run(self) -> None:
        """At the start and then daily, for as long as the process runs."""
        while True:
            await self.sweep()
            await asyncio.sleep(EVERY.total_seconds())

    async def sweep(self) -> None:
        """Page after page through all paid claims behind which a raise reaches back."""
        place: Place | None = START
        undecided = 0
        while place is not None:
            try:
                found, following = await self._arrears.page(place)
                for each in found:
                    match each:
                        case Due():
                            code = await self.open(each)
                            log.info("difference_opened", dossier=code, follows=each.first.code)
                        case Unread(code=code, trouble=trouble):
                            log.warning("difference_not_looked_at", dossier=code, trouble=trouble)
                        case Undecided():
                            undecided += 1
                place = following
            except SQLAlchemyError as err:
                log.info("differences_wait", trouble=type(err).__name__)  # what was opened of the page is known again
            await asyncio.sleep(PAUSE_S)
        if undecided:
            log.warning("differences_undecided", count=undecided)

    async def open(self, due: Due) -> str:
        """Claim the dossier and start it; the relay starts what the engine could not take now."""
        claim = await self._claims.claim(
            client=due.first.client,
            key=due.key,
            purpose=Purpose.DIFFERENCE,
            group=Group.DEATH,
            office=due.office,
            filed_at=self._now(),
            body={"kind": due.kind, "in_all": due.in_all},
            uploads=(),
            opening=lambda code, _: self._opening(due, code),
        )
        if not claim.started:
            with suppress(DoorError):  # the relay tries again, and says so
                await self._orchestrator.open(claim.opening, f"difference-{claim.code}")
                await self._claims.mark_started(claim.code)
        return claim.code

    def _opening(self, due: Due, code: str) -> DifferenceOpening:
        first, award = due.first, due.difference.award
        return DifferenceOpening(
            code=code,
            group=Group.DEATH,
            client=first.client,
            channel=Channel.OFFICE,
            office=due.office,
            province=first.province,
            filed_at=self._now(),
            pace=first.pace,
            filing=first.filing,
            follows=first.code,
            award=award,
            amount=due.difference.amount,
            claim=Claim(
                dossier=code, kind=award.kind, payer=award.payer, deceased=due.deceased, part=f"to-{due.in_all}"
            ),
            certificate=due.extract,
        )
