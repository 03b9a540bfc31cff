"""Steps that the civil-status system does."""

from temporalio import activity

from activities.late import answered
from activities.ports import CivilStatus
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import BirthRegistered, BirthRegistration, RegisterAnswer
from contracts.death_steps import (
    AnnulAnswer,
    DeathAnnulled,
    DeathRegistered,
    DeathRegistration,
    RegisterDeathAnswer,
    Undoing,
)


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

    @activity.defn
    async def register_death(self, request: DeathRegistration) -> RegisterDeathAnswer:
        """Enter the death; safe to repeat, as for births."""
        return await self._civil_status.register_death(request)

    @activity.defn
    async def enquire_death_registration(self, pending: PendingCase) -> Granted[DeathRegistered] | Refused:
        """Ask until the registry has answered."""
        return answered(await self._civil_status.enquire_death(pending), pending)

    @activity.defn
    async def annul_death(self, request: Undoing) -> AnnulAnswer:
        """Strike the registration of somebody who lives; safe to repeat."""
        return await self._civil_status.annul_death(request)

    @activity.defn
    async def enquire_annulment(self, pending: PendingCase) -> Granted[DeathAnnulled] | Refused:
        """Ask until the line is struck."""
        return answered(await self._civil_status.enquire_annulment(pending), pending)
