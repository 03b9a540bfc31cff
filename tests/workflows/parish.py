"""Every outside party of one death, with a memory; and the house through which activities reach them."""

from typing import Any

from contracts.agencies import Agency, Granted, PendingCase, Step
from contracts.benefit_steps import (
    BenefitDecided,
    BenefitPaid,
    BenefitRecovered,
    BenefitRequest,
    Claim,
    ClaimHeld,
    ClaimOutcome,
    PaymentOrder,
    Progress,
    Recovery,
    Reminder,
)
from contracts.death import DeathFiling, DeathNoticeFacts, DeathNoticeFound, PersonFacts, PersonFound
from contracts.death_steps import (
    CardLocked,
    CardUnlocked,
    DeathAnnulled,
    DeathNoticeLookup,
    DeathRegistered,
    PersonLookup,
    ResidenceRemoved,
    ResidenceRestored,
)
from contracts.documents import DocumentDrafted, ExtractRequest
from contracts.dossier import DocumentKind
from tests.workflows.town import DAY, House, JournalBook, Party, Room, received, sha256_of


class Parish:
    """The parties of one death; each step has its own."""

    def __init__(self, filing: DeathFiling) -> None:
        self.filing = filing
        self.journal = JournalBook()
        self.duplicate_of: str | None = None
        self.released = False
        self.pen: list[Any] = []
        self.signatures: list[Any] = []
        self.press: list[Exception] = []
        self.seals: list[Any] = []
        self.room = Room(_drafted)
        self.parties = {step: Party(habit) for step, habit in HABITS.items()}
        self.parties[Step.DEATH_NOTICE] = Party(lambda lookup: _notice(lookup, filing))
        self.parties[Step.PERSON] = Party(lambda lookup: _person(lookup, filing))
        self.receivers = {each: Party(received) for each in (Agency.VNEID, Agency.ONE_STOP)}
        self.held: ClaimHeld | None = None
        """Who has the claims instead of this dossier."""
        self.outcomes: list[ClaimOutcome] = []
        self.progress = Progress()
        self.reminders: list[Reminder] = []

    def party(self, step: Step, agency: Agency = Agency.VNEID) -> Party:
        """Who does a step."""
        return self.receivers[agency] if step is Step.HAND_OVER else self.parties[step]


class DeathHouse(House):
    """Births' house with the rooms that deaths need."""

    async def register_death(self, request: Any) -> Any:
        return self._answered(request)

    async def annul_death(self, request: Any) -> Any:
        return self._answered(request)

    async def enquire_death(self, pending: PendingCase) -> Any:
        return await self.enquire(pending)

    enquire_annulment = enquire_removal = enquire_restoration = enquire_death
    enquire_lock = enquire_unlock = enquire_decision = enquire_payment = enquire_recovery = enquire_death

    async def remove_residence(self, request: Any, pdf: bytes) -> Any:
        return self._answered(request)

    async def restore_residence(self, request: Any) -> Any:
        return self._answered(request)

    async def lock_card(self, request: Any, pdf: bytes) -> Any:
        return self._answered(request)

    async def unlock_card(self, request: Any) -> Any:
        return self._answered(request)

    async def find_death_notice(self, lookup: DeathNoticeLookup) -> Any:
        return self._answered(lookup)

    async def find_person(self, lookup: PersonLookup) -> Any:
        return self._answered(lookup)

    async def decide(self, request: BenefitRequest, pdf: bytes) -> Any:
        return self._answered(request)

    async def pay(self, order: PaymentOrder) -> Any:
        return self._answered(order)

    async def recover(self, recovery: Recovery) -> Any:
        return self._answered(recovery)

    async def progress(self, pending: PendingCase) -> Progress:
        return self.towns[pending.case.dossier].progress

    async def remind(self, reminder: Reminder) -> None:
        self.towns[reminder.case.dossier].reminders.append(reminder)

    async def reserve(self, claim: Claim) -> ClaimHeld | None:
        return self.towns[claim.dossier].held

    async def holds(self, claim: Claim) -> bool:
        return self.towns[claim.dossier].held is None

    async def settle(self, outcome: ClaimOutcome) -> None:
        for town in self.towns.values():
            if isinstance(town, Parish) and town.filing.declaration.deceased.personal_id == outcome.claim.deceased:
                town.outcomes.append(outcome)

    async def release_child(self, dossier: str) -> None:
        if dossier in self.towns:  # one that a follower lets go may never have been filed here
            self.towns[dossier].released = True

    async def claim_deceased(self, dossier: str, filing: DeathFiling) -> str | None:
        return self.towns[dossier].duplicate_of

    async def draft_extract(self, request: ExtractRequest) -> DocumentDrafted:
        drafted: DocumentDrafted = self.towns[request.case.dossier].room.answer(request)
        return drafted

    def _answered(self, request: Any) -> Any:
        return self.towns[request.case.dossier].party(request.case.step).answer(request)


# ---- habits


def _decided(request: BenefitRequest) -> Granted[BenefitDecided]:
    amount = 1_000_000 if request.amount is None else request.amount
    return Granted(result=BenefitDecided(decision_number="7/QĐ-2026", decided_on=DAY, amount=amount))


def _paid(order: PaymentOrder) -> Granted[BenefitPaid]:
    reference = f"UNC-{order.case.part or 1}"
    return Granted(result=BenefitPaid(payment_reference=reference, paid_on=DAY, amount=order.amount))


def _recovered(recovery: Recovery) -> Granted[BenefitRecovered]:
    return Granted(result=BenefitRecovered(receipt_number="TH-1", recovered_on=DAY, amount=1_000_000))


REGISTERED = DeathRegistered(register_number="5/2026", book="01-2026", page=5, registered_on=DAY)
HABITS: dict[Step, Any] = {
    Step.REGISTER_DEATH: lambda _: Granted(result=REGISTERED),
    Step.REMOVE_RESIDENCE: lambda _: Granted(result=ResidenceRemoved(notice_number="9/2026/TB", removed_on=DAY)),
    Step.LOCK_CARD: lambda _: Granted(result=CardLocked(insurance_number="0123456789", locked_on=DAY)),
    Step.DECIDE_FUNERAL: _decided,
    Step.DECIDE_ONE_OFF: _decided,
    Step.DECIDE_SURVIVOR: _decided,
    Step.PAY_FUNERAL: _paid,
    Step.PAY_ONE_OFF: _paid,
    Step.PAY_SURVIVOR: _paid,
    Step.ANNUL_DEATH: lambda _: Granted(result=DeathAnnulled(decision_number="1/QĐ", annulled_on=DAY)),
    Step.RESTORE_RESIDENCE: lambda _: Granted(result=ResidenceRestored(notice_number="1/2026/TB", restored_on=DAY)),
    Step.UNLOCK_CARD: lambda _: Granted(result=CardUnlocked(insurance_number="0123456789", unlocked_on=DAY)),
    Step.RECOVER_FUNERAL: _recovered,
    Step.RECOVER_ONE_OFF: _recovered,
    Step.RECOVER_SURVIVOR: _recovered,
}


def _notice(lookup: DeathNoticeLookup, filing: DeathFiling) -> DeathNoticeFound:
    declaration = filing.declaration
    facts = DeathNoticeFacts(
        number=lookup.notice_number,
        personal_id=lookup.personal_id,
        sex=declaration.deceased.sex,
        died_on=declaration.died_on,
    )
    return DeathNoticeFound(notice=facts)


def _person(lookup: PersonLookup, filing: DeathFiling) -> PersonFound:
    deceased = filing.declaration.deceased
    facts = PersonFacts(
        personal_id=lookup.personal_id, full_name=deceased.full_name, sex=deceased.sex, born_on=deceased.born_on
    )
    return PersonFound(person=facts)


def _drafted(request: ExtractRequest) -> DocumentDrafted:
    return DocumentDrafted(
        id=f"extract.v{request.version}.draft",
        kind=DocumentKind.DEATH_EXTRACT,
        version=request.version,
        sha256=sha256_of(request.model_dump_json()),
    )
