"""Asking an agency how cases stand; the same for every agency."""

from temporalio import activity

from activities.ports import Standings
from contracts.standings import DayAnswer, DayQuestion, StandingAnswer, StandingQuestion


class StandingActivities:
    """Safe at any time: asking changes nothing."""

    def __init__(self, agency: Standings) -> None:
        self._agency = agency

    @activity.defn
    async def ask_standing(self, question: StandingQuestion) -> StandingAnswer:
        """One case, by its key."""
        return await self._agency.standing(question)

    @activity.defn
    async def list_day(self, question: DayQuestion) -> DayAnswer:
        """One page of everything that the agency did, or has in hand, on a day."""
        return await self._agency.day(question)
