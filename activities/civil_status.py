"""Steps that the civil-status system does."""

from temporalio import activity

from activities.late import answered
from activities.ports import CivilStatus
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import BirthRegistered, BirthRegistration, RegisterAnswer


class CivilStatusActivities:
    """The Ministry of Justice's registration system (domain.md A06)."""

    def __init__(self, civil_status: CivilStatus) -> None:
        self._civil_status = civil_status

    @activity.defn
    async def register_birth(self, request: BirthRegistration) -> RegisterAnswer:
        """Enter the birth; safe to repeat, the registry deduplicates by key."""
        return await self._civil_status.register_birth(request)

    @activity.defn
    async def enquire_registration(self, pending: PendingCase) -> Granted[BirthRegistered] | Refused:
        """Ask until the registry has answered."""
        return answered(await self._civil_status.enquire(pending), pending)
