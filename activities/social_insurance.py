"""Steps that Viet Nam Social Security does."""

from temporalio import activity

from activities.late import answered
from activities.ports import Blobs, SocialInsurance
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import HealthCardAnswer, HealthCardIssued, HealthCardRequest
from contracts.death_steps import CardLock, CardLocked, CardUnlocked, LockAnswer, Undoing, UnlockAnswer


class SocialInsuranceActivities:
    """Health-insurance cards of children under six and of the dead (domain.md A09)."""

    def __init__(self, social_insurance: SocialInsurance, blobs: Blobs) -> None:
        self._social_insurance = social_insurance
        self._blobs = blobs

    @activity.defn
    async def issue_card(self, request: HealthCardRequest) -> HealthCardAnswer:
        """Issue the child's card on the signed certificate; safe to repeat."""
        pdf = await self._blobs.content(request.certificate_of or request.case.dossier, request.certificate.document)
        return await self._social_insurance.issue_card(request, pdf)

    @activity.defn
    async def enquire_card(self, pending: PendingCase) -> Granted[HealthCardIssued] | Refused:
        """Ask until Social Security has answered."""
        return answered(await self._social_insurance.enquire(pending), pending)

    @activity.defn
    async def lock_card(self, request: CardLock) -> LockAnswer:
        """Lock the card of the deceased on the signed extract; safe to repeat."""
        pdf = await self._blobs.content(request.certificate_of or request.case.dossier, request.certificate.document)
        return await self._social_insurance.lock_card(request, pdf)

    @activity.defn
    async def enquire_lock(self, pending: PendingCase) -> Granted[CardLocked] | Refused:
        """Ask until Social Security has answered."""
        return answered(await self._social_insurance.enquire_lock(pending), pending)

    @activity.defn
    async def unlock_card(self, request: Undoing) -> UnlockAnswer:
        """Give a person reported dead by mistake the card back; safe to repeat."""
        return await self._social_insurance.unlock_card(request)

    @activity.defn
    async def enquire_unlock(self, pending: PendingCase) -> Granted[CardUnlocked] | Refused:
        """Ask until the card can be used again."""
        return answered(await self._social_insurance.enquire_unlock(pending), pending)
