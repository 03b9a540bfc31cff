"""Writing the projection that people read."""

from temporalio import activity

from activities.ports import Journal
from contracts.journal import JournalWrite


class JournalActivities:
    """The journal's one verb."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @activity.defn
    async def write_journal(self, turn: JournalWrite) -> None:
        """Write one turn; safe to repeat, each entry is kept once."""
        await self._journal.write(turn)
