"""What the law says, read once for a dossier and kept in its history."""

from datetime import datetime

from temporalio import activity

from activities.ports import Law
from contracts.base import Message
from contracts.law import ClockQuestion, Deadlines, LawQuestion, LawSnapshot, SupplementQuestion


class DueDate(Message):
    """One instant, as a message: what enters history can grow."""

    due_at: datetime


class LawActivities:
    """Dated policy; without any outside call."""

    def __init__(self, law: Law) -> None:
        self._law = law

    @activity.defn
    async def read_law(self, question: LawQuestion) -> LawSnapshot:
        """The law that governs a filing: its dates, papers and articles."""
        return self._law.read(question)

    @activity.defn
    async def supplement_due(self, question: SupplementQuestion) -> DueDate:
        """Until when the citizen may answer."""
        return DueDate(due_at=self._law.supplement_due(question))

    @activity.defn
    async def resume_clock(self, question: ClockQuestion) -> Deadlines:
        """The dossier's dates after the citizen's time is taken out."""
        return self._law.resume(question)
