"""The death group (Decree 63/2024): registration → extract → residence removal ∥ card lock ∥ benefits → results."""

import asyncio

from temporalio import workflow

from activities.checks import Findings, PersonVerdict
from activities.civil_status import CivilStatusActivities
from activities.death_checks import DeathCheckActivities, DeathComparison, DeceasedCheck
from activities.documents import DocumentActivities
from activities.health_facility import HealthFacilityActivities
from activities.population import PopulationActivities
from contracts.agencies import Agency, Step
from contracts.death import DeathNoticeFound, PersonFound
from contracts.death_steps import (
    DeathNoticeLookup,
    DeathRegistered,
    DeathRegistration,
    PersonLookup,
)
from contracts.documents import ExtractRequest
from contracts.dossier import Finding, LegKind
from contracts.journal import EventKind
from contracts.tasks import DeathOpening
from workflows import calls
from workflows.calls import here_or_queued
from workflows.death_legs import DeathLegs
from workflows.delivery import RECEIVERS
from workflows.incidents import GivenUp
from workflows.reversible import Reversible
from workflows.signing import Published

LEGS = {
    LegKind.DEATH_REGISTRATION: Agency.CIVIL_STATUS,
    LegKind.RESIDENCE_REMOVAL: Agency.RESIDENCE,
    LegKind.HEALTH_CARD_LOCK: Agency.SOCIAL_INSURANCE,
}


@workflow.defn
class DeathDossier(Reversible, DeathLegs):
    """One filed death, in any of its forms, from the portal's filing to the results in the family's hands."""

    REGISTRATION = LegKind.DEATH_REGISTRATION

    @workflow.init
    def __init__(self, opening: DeathOpening) -> None:
        super().__init__(opening, opening.filing, LEGS)

    @workflow.run
    async def run(self, opening: DeathOpening) -> None:
        """The procedure."""
        async with self.kept():
            await self.read_laws()
            await self.unless_withdrawn(self.examine())
            registered = await self.unless_reversed(self.register())
            extract = await self.unless_reversed(self.extract(registered))
            legs = asyncio.gather(
                self.hand_out(extract.draft, extract.signed, RECEIVERS),
                self.carried(LegKind.RESIDENCE_REMOVAL, self.residence_removal, registered, extract.ref()),
                self.carried(LegKind.HEALTH_CARD_LOCK, self.card_lock, registered, extract.ref()),
                self.benefits(extract.ref()),
            )
            await self.unless_reversed(legs)
            await self.return_results()

    # ---- before the registration

    async def check(self) -> tuple[Finding, ...]:
        """Possible, filed once, and what notice and register say."""
        opening, filing = self.opening, self.death
        if self.pauses:  # supplemented
            await self.route_again()
        question = DeceasedCheck(dossier=opening.code, filed_at=opening.filed_at, filing=filing)
        verdict: PersonVerdict = await here_or_queued(DeathCheckActivities.check_deceased, question)
        self.only_first(verdict)
        notice, person = await asyncio.gather(self.death_notice(), self.person())
        comparison = DeathComparison(
            declaration=filing.declaration, notice=notice.notice, person=person.person, filed_at=opening.filed_at
        )
        answer: Findings = await here_or_queued(DeathCheckActivities.compare_death, comparison)
        self.note(EventKind.CHECKED, findings=",".join(answer.findings))
        return answer.findings

    async def death_notice(self) -> DeathNoticeFound:
        """What the facility sent, if the family names a notice."""
        declaration = self.death.declaration
        if declaration.death_notice is None:
            return DeathNoticeFound(notice=None)
        lookup = DeathNoticeLookup(
            case=self.case(Step.DEATH_NOTICE, part=self.round),
            notice_number=declaration.death_notice.number,
            personal_id=declaration.deceased.personal_id,
        )
        try:
            return await workflow.execute_activity_method(
                HealthFacilityActivities.find_death_notice, lookup, **calls.agency(Agency.HEALTH_FACILITY, self.pace)
            )
        except GivenUp:
            return DeathNoticeFound(notice=None)

    async def person(self) -> PersonFound:
        """Who the deceased is to the population register."""
        number = self.death.declaration.deceased.personal_id
        if number is None:
            return PersonFound(person=None)
        lookup = PersonLookup(case=self.case(Step.PERSON, part=self.round), personal_id=number)
        try:
            return await workflow.execute_activity_method(
                PopulationActivities.find_person, lookup, **calls.agency(Agency.POPULATION, self.pace)
            )
        except GivenUp:
            return PersonFound(person=None)

    # ---- the registration and its extract

    async def register(self) -> DeathRegistered:
        """Enter the death."""
        declaration, applicant = self.death.declaration, self.death.applicant
        answer = await self.leg(
            LegKind.DEATH_REGISTRATION,
            CivilStatusActivities.register_death,
            CivilStatusActivities.enquire_death_registration,
            DeathRegistration(
                case=self.case(Step.REGISTER_DEATH),
                office=self.office,
                deceased=declaration.deceased,
                last_residence=declaration.last_residence,
                died_at=declaration.died_at,
                place_of_death=declaration.place_of_death,
                cause=declaration.cause,
                death_notice_number=declaration.death_notice.number if declaration.death_notice else None,
                substitute=declaration.substitute,
                requester_name=applicant.full_name,
                requester_personal_id=applicant.personal_id,
                requester_relation=applicant.relation,
            ),
        )
        return self.entered(answer)

    async def extract(self, registered: DeathRegistered) -> Published:
        """Make the extract, have it signed, publish it."""
        declaration, applicant, now = self.death.declaration, self.death.applicant, workflow.now()

        def drawn_up() -> ExtractRequest:
            return ExtractRequest(
                case=self.case(Step.DEATH_EXTRACT, part="1"),
                office=self.office,
                issued_at=workflow.now(),
                registered=registered,
                deceased=declaration.deceased,
                last_residence=declaration.last_residence,
                died_at=declaration.died_at,
                place_of_death=declaration.place_of_death,
                cause=declaration.cause,
                requester_name=applicant.full_name,
                requester_relation=applicant.relation,
            )

        due = self.legs[LegKind.DEATH_REGISTRATION].due_at or now
        return await self.issued(DocumentActivities.draft_extract, drawn_up, max(due, now))
