"""Steps that Viet Nam Social Security does."""

from temporalio import activity

from activities.late import answered
from activities.ports import Blobs, SocialInsurance
from contracts.agencies import Granted, PendingCase, Refused
from contracts.birth_steps import HealthCardAnswer, HealthCardIssued, HealthCardRequest


class SocialInsuranceActivities:
    """Health-insurance cards for children under six (domain.md A09)."""

    def __init__(self, social_insurance: SocialInsurance, blobs: Blobs) -> None:
        self._social_insurance = social_insurance
        self._blobs = blobs

    @activity.defn
    async def issue_card(self, request: HealthCardRequest) -> HealthCardAnswer:
        """Issue the child's card on the signed certificate; safe to repeat."""
        pdf = await self._blobs.content(request.case.dossier, request.certificate.document)
        return await self._social_insurance.issue_card(request, pdf)

    @activity.defn
    async def enquire_card(self, pending: PendingCase) -> Granted[HealthCardIssued] | Refused:
        """Ask until Social Security has answered."""
        return answered(await self._social_insurance.enquire(pending), pending)
