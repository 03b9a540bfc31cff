"""Asking an agency how cases stand; the same for every agency."""

from temporalio import activity

from activities.ports import Standings
from contracts.standings import (
    DayAnswer,
    DayQuestion,
    StandingAnswer,
    StandingAnswers,
    StandingQuestion,
    StandingQuestions,
)


class StandingActivities:
    """Safe at any time: asking changes nothing."""

    def __init__(self, agency: Standings) -> None:
        self._agency = agency

    @activity.defn
    async def ask_standing(self, question: StandingQuestion) -> StandingAnswer:
        """One case, by its key."""
        return await self._agency.standing(question)

    @activity.defn
    async def ask_standings(self, asked: StandingQuestions) -> StandingAnswers:
        """A few cases, one after the other: one turn at the agency's queue, never many calls at once."""
        return StandingAnswers(answers=tuple([await self._agency.standing(each) for each in asked.questions]))

    @activity.defn
    async def list_day(self, question: DayQuestion) -> DayAnswer:
        """One page of everything that the agency did, or has in hand, on a day."""
        return await self._agency.day(question)
