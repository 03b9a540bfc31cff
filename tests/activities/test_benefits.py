"""A payer is asked only under the claim; who finds it taken waits, or is told that another has paid."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.benefits import BenefitActivities
from activities.claims import ClaimActivities
from contracts.agencies import Agency, Case, Granted, Pending, PendingCase, Refused, Step
from contracts.benefit_steps import (
    BenefitDecided,
    BenefitPaid,
    BenefitRecovered,
    BenefitRequest,
    Claim,
    ClaimHeld,
    ClaimOutcome,
    ClaimState,
    PaymentOrder,
    Progress,
    Recovery,
    Reminder,
)
from contracts.benefits import Benefit, Payer
from contracts.dossier import LegKind
from contracts.failures import RequestRejected
from contracts.legs import Act
from records.database import Database
from records.keys import StoredKeys
from records.registers import ClaimRegister, PaidOutside
from tests.adapters.benefits import a_recovery, a_reminder, a_request, an_order
from tests.databases import migrated_file, sqlite

__all__ = ["migrated_file", "sqlite"]

DAY = date(2026, 11, 24)
FIRST, SECOND = "G22.99.08-261122-000001", "G22.99.08-261122-000002"
LATER = PendingCase(
    case=Case(dossier=FIRST, step=Step.DECIDE_FUNERAL), reference="r-1", agency=Agency.LABOUR, delay_s=2, cap_s=15
)
DECIDED = Granted[BenefitDecided](result=BenefitDecided(decision_number="7/QĐ-SNV", decided_on=DAY, amount=23_400_000))
PAID = Granted[BenefitPaid](result=BenefitPaid(payment_reference="CT-1", paid_on=DAY, amount=23_400_000))
RECOVERED = Granted[BenefitRecovered](
    result=BenefitRecovered(receipt_number="TH-1", recovered_on=DAY, amount=23_400_000)
)


@dataclass
class Payments:
    """A payer that grants everything; or says that it is not done yet."""

    pending: bool = False
    asked: list[Any] = field(default_factory=list)

    def _answer(self, asked: Any, answer: Any) -> Any:
        self.asked.append(asked)
        return Pending(reference="r-1") if self.pending else answer

    async def decide(self, request: BenefitRequest, pdf: bytes) -> Any:
        return self._answer((request, pdf), DECIDED)

    async def enquire_decision(self, pending: PendingCase) -> Any:
        return self._answer(pending, DECIDED)

    async def pay(self, order: PaymentOrder) -> Any:
        return self._answer(order, PAID)

    async def enquire_payment(self, pending: PendingCase) -> Any:
        return self._answer(pending, PAID)

    async def progress(self, pending: PendingCase) -> Progress:
        self.asked.append(pending)
        return Progress(act=Act.CHECK)

    async def remind(self, reminder: Reminder) -> None:
        self.asked.append(reminder)

    async def recover(self, request: Recovery) -> Any:
        return self._answer(request, RECOVERED)

    async def enquire_recovery(self, pending: PendingCase) -> Any:
        return self._answer(pending, RECOVERED)


class Blobs:
    async def content(self, dossier: str, document: str) -> bytes:
        return f"{dossier}/{document}".encode()


@dataclass
class Town:
    """Two payers and one claim register."""

    claims: ClaimRegister
    labour: Payments = field(default_factory=Payments)
    insurer: Payments = field(default_factory=Payments)

    def at(self, payer: Payments) -> BenefitActivities:
        return BenefitActivities(payer, self.claims, Blobs())


@pytest.fixture
def town(sqlite: Database) -> Town:
    return Town(ClaimRegister(sqlite, StoredKeys(sqlite, bytes(range(32)))))


async def run(step: Any, asked: Any) -> Any:
    return await ActivityEnvironment().run(step, asked)


def request(dossier: str = FIRST, payer: Payer = Payer.MERIT, kind: Benefit = LegKind.FUNERAL) -> BenefitRequest:
    """Every dossier here is about the same deceased."""
    asked = a_request(Case(dossier=FIRST, step=Step.DECIDE_FUNERAL), kind, payer)
    case = asked.case.model_copy(update={"dossier": dossier})
    return asked.model_copy(update={"case": case, "claim": asked.claim.model_copy(update={"dossier": dossier})})


async def settle(town: Town, claim: Claim, state: ClaimState | None) -> None:
    outcome = ClaimOutcome(claim=claim, state=state, amount=23_400_000, on=DAY)
    await run(ClaimActivities(town.claims).settle_claim, outcome)


async def test_the_claim_is_taken_and_the_payer_asked_with_the_signed_extract(town: Town):
    asked = request()
    for _ in range(2):
        assert await run(town.at(town.labour).decide_benefit, asked) == DECIDED
    assert town.labour.asked == [(asked, f"{FIRST}/{asked.certificate.document}".encode())] * 2
    held = ClaimHeld(payer=Payer.MERIT, state=ClaimState.RESERVED, dossier=FIRST)
    assert await town.claims.reserve(request(SECOND).claim) == held


@pytest.mark.parametrize(
    ("kind", "benefit"),
    [(LegKind.FUNERAL, "mai táng"), (LegKind.ONE_OFF, "một lần"), (LegKind.SURVIVOR, "tuất")],
)
async def test_what_another_payer_has_paid_is_refused_in_words_and_asked_of_nobody(
    town: Town, kind: Benefit, benefit: str
):
    first = request(kind=kind, payer=Payer.SOCIAL_INSURANCE)
    await run(town.at(town.insurer).decide_benefit, first)
    await settle(town, first.claim, ClaimState.PAID)
    refused = await run(town.at(town.labour).decide_benefit, request(SECOND, kind=kind))
    assert isinstance(refused, Refused)
    assert refused.reason == "paid-elsewhere"
    assert refused.text is not None
    assert benefit in refused.text
    assert "Bảo hiểm xã hội" in refused.text
    assert FIRST not in refused.text
    assert refused.legal_basis
    assert town.labour.asked == []


async def test_what_was_paid_outside_is_refused_as_well(town: Town):
    asked = request()
    paid = PaidOutside(
        kind=LegKind.FUNERAL,
        payer=Payer.VETERAN,
        deceased=asked.claim.deceased,
        amount=23_400_000,
        paid_on=DAY,
    )
    await town.claims.record_outside(paid)
    refused = await run(town.at(town.labour).decide_benefit, asked)
    assert isinstance(refused, Refused)
    assert (
        refused.text == "Trợ cấp mai táng đã do cơ quan chi trả chế độ cựu chiến binh, thanh niên xung phong chi trả."
    )


@pytest.mark.parametrize("state", [ClaimState.RESERVED, ClaimState.DECIDED])
async def test_who_finds_a_claim_taken_comes_back_until_it_is_let_go(town: Town, state: ClaimState):
    first, second = request(payer=Payer.SOCIAL_INSURANCE), request(SECOND)
    await run(town.at(town.insurer).decide_benefit, first)
    await settle(town, first.claim, state)
    with pytest.raises(ApplicationError) as told:
        await run(town.at(town.labour).decide_benefit, second)
    assert told.value.category is ApplicationErrorCategory.BENIGN
    assert told.value.next_retry_delay == timedelta(seconds=30)
    assert not told.value.non_retryable
    assert town.labour.asked == []
    await settle(town, first.claim, None)
    assert await run(town.at(town.labour).decide_benefit, second) == DECIDED


async def test_money_flows_only_while_the_claim_is_the_dossiers(town: Town):
    asked = request()
    order = an_order(asked.case)
    with pytest.raises(RequestRejected):
        await run(town.at(town.labour).pay_benefit, order)
    await run(town.at(town.labour).decide_benefit, asked)
    assert await run(town.at(town.labour).pay_benefit, order) == PAID
    await settle(town, asked.claim, ClaimState.PAID)
    assert await run(town.at(town.labour).pay_benefit, order) == PAID, "a resend asks again and pays nothing twice"
    await settle(town, asked.claim, ClaimState.RECOVERED)
    with pytest.raises(RequestRejected):
        await run(town.at(town.labour).pay_benefit, order)


@pytest.mark.parametrize("step", ["enquire_decision", "enquire_payment", "enquire_recovery"])
async def test_an_enquiry_comes_back_until_it_is_answered(town: Town, step: str):
    enquiry = getattr(town.at(town.labour), step)
    town.labour.pending = True
    with pytest.raises(ApplicationError) as told:
        await run(enquiry, LATER)
    assert told.value.category is ApplicationErrorCategory.BENIGN
    town.labour.pending = False
    assert isinstance(await run(enquiry, LATER), Granted)


async def test_progress_and_reminders_are_one_question_each(town: Town):
    payer = town.at(town.labour)
    reminder = a_reminder(LATER.case)
    assert await run(payer.ask_progress, LATER) == Progress(act=Act.CHECK)
    await run(payer.remind_payer, reminder)
    assert town.labour.asked == [LATER, reminder]


async def test_a_benefit_is_taken_back_by_whoever_paid_it(town: Town):
    recovery = a_recovery(Case(dossier=SECOND, step=Step.RECOVER_FUNERAL))
    assert await run(town.at(town.labour).recover_benefit, recovery) == RECOVERED
    town.labour.pending = True
    assert await run(town.at(town.labour).recover_benefit, recovery) == Pending(reference="r-1")
