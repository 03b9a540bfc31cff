"""What health facilities tell."""

from temporalio import activity

from activities.ports import HealthFacility
from contracts.birth_steps import BirthNoticeFound, BirthNoticeLookup
from contracts.death import DeathNoticeFound
from contracts.death_steps import DeathNoticeLookup


class HealthFacilityActivities:
    """Birth and death notices that facilities send within four working hours (domain.md A12)."""

    def __init__(self, health_facility: HealthFacility) -> None:
        self._health_facility = health_facility

    @activity.defn
    async def find_birth_notice(self, lookup: BirthNoticeLookup) -> BirthNoticeFound:
        """Look the notice up; finding none is an answer."""
        return await self._health_facility.find_birth_notice(lookup)

    @activity.defn
    async def find_death_notice(self, lookup: DeathNoticeLookup) -> DeathNoticeFound:
        """Look the notice up; finding none is an answer."""
        return await self._health_facility.find_death_notice(lookup)
