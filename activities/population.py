"""Steps that the national population database does."""

from temporalio import activity

from activities.late import answered
from activities.ports import Population
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import PersonalIdAnswer, PersonalIdIssued, PersonalIdRequest
from contracts.death import PersonFound
from contracts.death_steps import PersonLookup


class PopulationActivities:
    """Knows everybody; issues a newborn's number hours to weeks after it was asked (domain.md P03)."""

    def __init__(self, population: Population) -> None:
        self._population = population

    @activity.defn
    async def issue_id(self, request: PersonalIdRequest) -> PersonalIdAnswer:
        """Ask for the child's number; safe to repeat."""
        return await self._population.issue_id(request)

    @activity.defn
    async def enquire_id(self, pending: PendingCase) -> Granted[PersonalIdIssued] | Refused:
        """Ask until the number is there."""
        return answered(await self._population.enquire(pending), pending)

    @activity.defn
    async def find_person(self, lookup: PersonLookup) -> PersonFound:
        """Look a person up; knowing nobody by the number is an answer."""
        return await self._population.find_person(lookup)
