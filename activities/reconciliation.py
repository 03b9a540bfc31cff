"""The daily comparison with an agency: our side of it, and what came out."""

from typing import Protocol

from temporalio import activity

from contracts.reconciliations import (
    Agreeing,
    Looked,
    Matched,
    OpenAnswer,
    OpenQuestion,
    OurAnswer,
    OurQuestion,
    Run,
    RunEnd,
    TheirPage,
)


class ReconciliationRoom(Protocol):
    """Our records, and where differences are kept."""

    async def begin(self, run: Run) -> None: ...
    async def match(self, page: TheirPage) -> Matched: ...
    async def granted(self, question: OurQuestion) -> OurAnswer: ...
    async def still_open(self, question: OpenQuestion) -> OpenAnswer: ...
    async def judge(self, looked: Looked) -> Agreeing: ...
    async def end(self, end: RunEnd) -> None: ...


class ReconciliationActivities:
    """Safe to repeat: a difference is one row, however often it is found."""

    def __init__(self, room: ReconciliationRoom) -> None:
        self._room = room

    @activity.defn
    async def begin_reconciliation(self, run: Run) -> None:
        """Show that it runs."""
        await self._room.begin(run)

    @activity.defn
    async def match_page(self, page: TheirPage) -> Matched:
        """Lay a page of the agency's day beside ours."""
        return await self._room.match(page)

    @activity.defn
    async def list_granted(self, question: OurQuestion) -> OurAnswer:
        """What we hold as granted by the agency, of what was said on the day."""
        return await self._room.granted(question)

    @activity.defn
    async def list_open(self, question: OpenQuestion) -> OpenAnswer:
        """Differences of earlier runs, as our side stands now."""
        return await self._room.still_open(question)

    @activity.defn
    async def judge_holdings(self, looked: Looked) -> Agreeing:
        """Keep what differs, settle what agrees."""
        return await self._room.judge(looked)

    @activity.defn
    async def end_reconciliation(self, end: RunEnd) -> None:
        """Keep the sums."""
        await self._room.end(end)
