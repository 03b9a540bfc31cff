"""The birth group (Decree 63/2024): registration → personal ID → certificate → residence ∥ health card → results."""

import asyncio

from temporalio import workflow

from activities.checks import (
    CheckActivities,
    ChildCheck,
    Findings,
    NoticeCheck,
    PersonVerdict,
)
from activities.health_facility import HealthFacilityActivities
from contracts.agencies import Agency, Step
from contracts.birth_steps import (
    BirthNoticeFound,
    BirthNoticeLookup,
)
from contracts.dossier import Finding, LegKind
from contracts.journal import EventKind
from contracts.tasks import BirthOpening
from workflows import calls
from workflows.calls import here_or_queued
from workflows.delivery import RECEIVERS
from workflows.incidents import GivenUp
from workflows.registration import BirthRegister

LEGS = {
    LegKind.CIVIL_STATUS: Agency.CIVIL_STATUS,
    LegKind.PERSONAL_ID: Agency.POPULATION,
    LegKind.RESIDENCE: Agency.RESIDENCE,
    LegKind.HEALTH_CARD: Agency.SOCIAL_INSURANCE,
}


@workflow.defn
class BirthDossier(BirthRegister):
    """One filed birth, from the portal's filing to the results in the citizen's hands."""

    REGISTRATION = LegKind.CIVIL_STATUS

    @workflow.init
    def __init__(self, opening: BirthOpening) -> None:
        super().__init__(opening, opening.filing, LEGS)

    @workflow.run
    async def run(self, opening: BirthOpening) -> None:
        """The procedure."""
        async with self.kept():
            await self.read_law()
            await self.unless_withdrawn(self.examine())
            registered = await self.register()
            number = self.beside(self.obtain_number(registered))
            first = await self.certify(registered, await self.number_in_time(number))
            await asyncio.gather(
                self.hand_out(first.draft, first.signed, RECEIVERS),
                self.carried(LegKind.RESIDENCE, self.residence, registered, first.ref(), first.number),
                self.carried(LegKind.HEALTH_CARD, self.health_card, registered, first.ref(), first.number),
                self.reissue(registered, first, number),
            )
            await self.return_results()

    # ---- before the registration

    async def check(self) -> tuple[Finding, ...]:
        """Eligible, filed once, and what the facility's notice says."""
        opening, filing = self.opening, self.birth
        child = ChildCheck(dossier=opening.code, filed_at=opening.filed_at, filing=filing)
        verdict: PersonVerdict = await here_or_queued(CheckActivities.check_child, child)
        self.only_first(verdict)
        found = await self.birth_notice()
        question = NoticeCheck(declaration=filing.declaration, notice=found.notice, filed_at=opening.filed_at)
        answer: Findings = await here_or_queued(CheckActivities.compare_notice, question)
        self.note(EventKind.CHECKED, findings=",".join(answer.findings))
        return answer.findings

    async def birth_notice(self) -> BirthNoticeFound:
        """What the facility sent, if the family names a notice."""
        declaration = self.birth.declaration
        if declaration.birth_notice is None:
            return BirthNoticeFound(notice=None)
        lookup = BirthNoticeLookup(
            case=self.case(Step.BIRTH_NOTICE, part=self.round),
            notice_code=declaration.birth_notice.code,
            mother_personal_id=declaration.mother.personal_id if declaration.mother else None,
        )
        try:
            return await workflow.execute_activity_method(
                HealthFacilityActivities.find_birth_notice, lookup, **calls.agency(Agency.HEALTH_FACILITY, self.pace)
            )
        except GivenUp:
            return BirthNoticeFound(notice=None)
