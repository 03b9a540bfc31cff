"""What stands on a death extract besides benefits: removal from residence and the lock of the health card."""

from activities.residence import ResidenceActivities
from activities.social_insurance import SocialInsuranceActivities
from contracts.agencies import CertificateRef, Refused, Step
from contracts.death_steps import CardLock, DeathRegistered, ResidenceRemoval
from contracts.dossier import LegKind, LegState
from workflows.benefits import BenefitLegs


class DeathLegs(BenefitLegs):
    """Either leg is asked for on the signed extract alone."""

    async def residence_removal(self, registered: DeathRegistered, extract: CertificateRef) -> None:
        """Removal from residence; who had none has nothing to be removed from (J14)."""
        declaration = self.death.declaration
        residence, head = declaration.last_residence, declaration.household_head
        if self.legs[LegKind.RESIDENCE_REMOVAL].state.ended:  # withdrawn before it began
            return
        if not residence.registered or residence.address is None or head is None:
            none = Refused(reason="no-residence", text="Người mất không có nơi thường trú, tạm trú để xóa đăng ký.")
            self.move_leg(LegKind.RESIDENCE_REMOVAL, LegState.NOT_APPLICABLE, refused=none)
            return
        request = ResidenceRemoval(
            case=self.case(Step.REMOVE_RESIDENCE),
            office=residence.address.ward,
            deceased=declaration.deceased,
            died_on=declaration.died_on,
            place=residence.address,
            household_head=head,
            certificate=extract,
            registered=registered,
            certificate_of=self.follows,
        )
        await self.leg(
            LegKind.RESIDENCE_REMOVAL,
            ResidenceActivities.remove_residence,
            ResidenceActivities.enquire_removal,
            request,
        )

    async def card_lock(self, registered: DeathRegistered, extract: CertificateRef) -> None:
        """The health card, after every death and in every form (J16)."""
        declaration = self.death.declaration
        request = CardLock(
            case=self.case(Step.LOCK_CARD),
            office=self.office,
            deceased=declaration.deceased,
            died_on=declaration.died_on,
            certificate=extract,
            registered=registered,
            certificate_of=self.follows,
        )
        await self.leg(
            LegKind.HEALTH_CARD_LOCK,
            SocialInsuranceActivities.lock_card,
            SocialInsuranceActivities.enquire_lock,
            request,
        )
