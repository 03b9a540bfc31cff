"""Automatic checks: what can be known before a person looks, and whether a number can be the child's."""

from temporalio import activity

from activities.ports import BirthRules, Children
from contracts.base import Code, Day, DossierCode, Instant, Message, Province
from contracts.birth import BirthDeclaration, BirthFiling, Sex
from contracts.birth_steps import BirthNoticeFacts
from contracts.dossier import Finding


class ChildCheck(Message):
    """May this filing go on at all?"""

    dossier: DossierCode
    filed_at: Instant
    filing: BirthFiling


class PersonVerdict(Message):
    """`duplicate_of`: the dossier that named this person first."""

    ineligible: Code | None = None
    duplicate_of: DossierCode | None = None


class NoticeCheck(Message):
    """Declaration and facility's notice, side by side."""

    declaration: BirthDeclaration
    notice: BirthNoticeFacts | None
    filed_at: Instant


class Findings(Message):
    findings: tuple[Finding, ...]


class NumberCheck(Message):
    """Can this number belong to this child?"""

    number: str
    place: Province
    sex: Sex
    born_on: Day


class NumberVerdict(Message):
    """Empty: it can."""

    problems: tuple[str, ...]


class Released(Message):
    """Who no longer claims a child."""

    dossier: DossierCode


class CheckActivities:
    """Eligibility, duplicates, comparison with the notice, plausibility of the personal ID."""

    def __init__(self, rules: BirthRules, children: Children) -> None:
        self._rules = rules
        self._children = children

    @activity.defn
    async def check_child(self, check: ChildCheck) -> PersonVerdict:
        """Eligible, and filed here first? Asking twice gives the same answer."""
        reason = self._rules.ineligible(check.filing.declaration.child.born_on, check.filed_at)
        if reason:
            return PersonVerdict(ineligible=reason)
        return PersonVerdict(duplicate_of=await self._children.claim_child(check.dossier, check.filing))

    @activity.defn
    async def compare_notice(self, check: NoticeCheck) -> Findings:
        """What the reviewing clerk should know."""
        return Findings(findings=self._rules.findings(check.declaration, check.notice, check.filed_at))

    @activity.defn
    async def check_number(self, check: NumberCheck) -> NumberVerdict:
        """Twelve digits, place, century and sex, year (domain.md C.4)."""
        problems = self._rules.number_problems(check.number, province=check.place, sex=check.sex, born_on=check.born_on)
        return NumberVerdict(problems=tuple(problems))

    @activity.defn
    async def release_child(self, released: Released) -> None:
        """A dossier that ended without registration no longer stands in another one's way."""
        await self._children.release_child(released.dossier)
