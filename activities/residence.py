"""Steps that the residence register does."""

from temporalio import activity

from activities.late import answered
from activities.ports import Blobs, Residence
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import ResidenceAnswer, ResidenceRegistered, ResidenceRegistration


class ResidenceActivities:
    """The police's residence system (domain.md A08)."""

    def __init__(self, residence: Residence, blobs: Blobs) -> None:
        self._residence = residence
        self._blobs = blobs

    @activity.defn
    async def register_residence(self, request: ResidenceRegistration) -> ResidenceAnswer:
        """Register the child's permanent residence on the signed certificate; safe to repeat."""
        pdf = await self._blobs.content(request.case.dossier, request.certificate.document)
        return await self._residence.register_residence(request, pdf)

    @activity.defn
    async def enquire_residence(self, pending: PendingCase) -> Granted[ResidenceRegistered] | Refused:
        """Ask until the police have answered."""
        return answered(await self._residence.enquire(pending), pending)
