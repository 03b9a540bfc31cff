"""What stands on a birth certificate: permanent residence and the health-insurance card."""

from activities.residence import ResidenceActivities
from activities.social_insurance import SocialInsuranceActivities
from contracts.agencies import CertificateRef, Step
from contracts.birth import BirthFiling
from contracts.birth_steps import BirthRegistered, HealthCardRequest, ResidenceRegistration
from contracts.dossier import LegKind
from workflows.dossier import Dossier


class BirthLegs(Dossier):
    """Either leg is asked for on the signed certificate alone; `number`: the child's, where it has one."""

    @property
    def birth(self) -> BirthFiling:
        """What was filed."""
        assert isinstance(self.filing, BirthFiling), "a birth dossier starts from nothing else"  # noqa: S101
        return self.filing

    async def residence(self, registered: BirthRegistered, certificate: CertificateRef, number: str | None) -> None:
        """Permanent residence."""
        declaration = self.birth.declaration
        request = ResidenceRegistration(
            case=self.case(Step.REGISTER_RESIDENCE),
            office=declaration.residence.place.ward,
            child=declaration.child,
            personal_id=number,
            place=declaration.residence.place,
            household=declaration.residence,
            certificate=certificate,
            registered=registered,
            certificate_of=self.follows,
        )
        await self.leg(
            LegKind.RESIDENCE, ResidenceActivities.register_residence, ResidenceActivities.enquire_residence, request
        )

    async def health_card(self, registered: BirthRegistered, certificate: CertificateRef, number: str | None) -> None:
        """The health-insurance card."""
        declaration = self.birth.declaration
        guardian = declaration.mother or declaration.father or self.birth.applicant
        request = HealthCardRequest(
            case=self.case(Step.ISSUE_CARD),
            office=self.office,
            child=declaration.child,
            personal_id=number,
            guardian_name=guardian.full_name,
            guardian_personal_id=guardian.personal_id,
            residence=declaration.residence.place,
            facility=declaration.health_insurance.facility,
            certificate=certificate,
            registered=registered,
            certificate_of=self.follows,
        )
        await self.leg(
            LegKind.HEALTH_CARD, SocialInsuranceActivities.issue_card, SocialInsuranceActivities.enquire_card, request
        )
