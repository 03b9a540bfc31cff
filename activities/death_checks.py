"""Automatic checks of a death: what can be known before a person looks."""

from temporalio import activity

from activities.checks import Findings, PersonVerdict
from activities.ports import DeathRules, Deceased
from contracts.base import DossierCode, Instant, Message
from contracts.death import DeathDeclaration, DeathFiling, DeathNoticeFacts, PersonFacts


class DeceasedCheck(Message):
    """May this filing go on at all?"""

    dossier: DossierCode
    filed_at: Instant
    filing: DeathFiling


class DeathComparison(Message):
    """Declaration, facility's notice and population register, side by side."""

    declaration: DeathDeclaration
    notice: DeathNoticeFacts | None
    person: PersonFacts | None
    filed_at: Instant


class DeathCheckActivities:
    """Whether anybody can have died so, was filed for before, and differs from what others say."""

    def __init__(self, rules: DeathRules, deceased: Deceased) -> None:
        self._rules = rules
        self._deceased = deceased

    @activity.defn
    async def check_deceased(self, check: DeceasedCheck) -> PersonVerdict:
        """Possible, and filed here first? Asking twice gives the same answer."""
        reason = self._rules.ineligible(check.filing.declaration, check.filed_at)
        if reason:
            return PersonVerdict(ineligible=reason)
        return PersonVerdict(duplicate_of=await self._deceased.claim_deceased(check.dossier, check.filing))

    @activity.defn
    async def compare_death(self, check: DeathComparison) -> Findings:
        """What the reviewing clerk should know."""
        return Findings(findings=self._rules.findings(check.declaration, check.notice, check.person, check.filed_at))
