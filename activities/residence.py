"""Steps that the residence register does."""

from temporalio import activity

from activities.late import answered
from activities.ports import Blobs, Residence
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import ResidenceAnswer, ResidenceRegistered, ResidenceRegistration
from contracts.death_steps import (
    RemovalAnswer,
    ResidenceRemoval,
    ResidenceRemoved,
    ResidenceRestored,
    RestoreAnswer,
    Undoing,
)


class ResidenceActivities:
    """The police's residence system (domain.md A08)."""

    def __init__(self, residence: Residence, blobs: Blobs) -> None:
        self._residence = residence
        self._blobs = blobs

    @activity.defn
    async def register_residence(self, request: ResidenceRegistration) -> ResidenceAnswer:
        """Register the child's permanent residence on the signed certificate; safe to repeat."""
        pdf = await self._blobs.content(request.certificate_of or request.case.dossier, request.certificate.document)
        return await self._residence.register_residence(request, pdf)

    @activity.defn
    async def enquire_residence(self, pending: PendingCase) -> Granted[ResidenceRegistered] | Refused:
        """Ask until the police have answered."""
        return answered(await self._residence.enquire(pending), pending)

    @activity.defn
    async def remove_residence(self, request: ResidenceRemoval) -> RemovalAnswer:
        """Remove the deceased from residence on the signed extract; safe to repeat."""
        pdf = await self._blobs.content(request.certificate_of or request.case.dossier, request.certificate.document)
        return await self._residence.remove_residence(request, pdf)

    @activity.defn
    async def enquire_removal(self, pending: PendingCase) -> Granted[ResidenceRemoved] | Refused:
        """Ask until the police have answered."""
        return answered(await self._residence.enquire_removal(pending), pending)

    @activity.defn
    async def restore_residence(self, request: Undoing) -> RestoreAnswer:
        """Give a person reported dead by mistake the residence back; safe to repeat."""
        return await self._residence.restore_residence(request)

    @activity.defn
    async def enquire_restoration(self, pending: PendingCase) -> Granted[ResidenceRestored] | Refused:
        """Ask until the residence stands again."""
        return answered(await self._residence.enquire_restoration(pending), pending)
