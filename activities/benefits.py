"""Steps of whoever pays after a death; the claim is taken before anybody decides, so that each is paid once."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.benefit_ports import ClaimBook, PayingAgency
from activities.late import answered
from activities.ports import Blobs
from contracts.agencies import Granted, PendingCase, Refused
from contracts.benefit_steps import (
    BenefitDecided,
    BenefitPaid,
    BenefitRecovered,
    BenefitRequest,
    Claim,
    ClaimHeld,
    ClaimState,
    DecisionAnswer,
    PaymentAnswer,
    PaymentOrder,
    Progress,
    Recovery,
    RecoveryAnswer,
    Reminder,
)
from contracts.benefits import Benefit, Payer
from contracts.dossier import LegKind
from contracts.failures import RequestRejected

PAID_ELSEWHERE = "paid-elsewhere"
CLAIM_ASKED_EVERY = timedelta(seconds=30)
NAMES = {
    Payer.SOCIAL_INSURANCE: "Bảo hiểm xã hội",
    Payer.MERIT: "cơ quan quản lý người có công",
    Payer.SOCIAL_PROTECTION: "cơ quan bảo trợ xã hội",
    Payer.EMERGENCY: "cơ quan trợ giúp xã hội khẩn cấp",
    Payer.SOCIAL_PENSION: "cơ quan chi trả trợ cấp hưu trí xã hội",
    Payer.VETERAN: "cơ quan chi trả chế độ cựu chiến binh, thanh niên xung phong",
    Payer.ARMED_FORCES: "cơ quan quân đội, công an",
}
BENEFITS: dict[Benefit, str] = {
    LegKind.FUNERAL: "Trợ cấp mai táng",
    LegKind.ONE_OFF: "Trợ cấp một lần",
    LegKind.SURVIVOR: "Trợ cấp tuất",
}
PAID_ONCE: dict[Benefit, str] = {
    LegKind.FUNERAL: "Pháp lệnh 02/2020/UBTVQH14; Nghị định 20/2021/NĐ-CP, Điều 11",
    LegKind.ONE_OFF: "Nghị định 131/2021/NĐ-CP, Điều 123",
    LegKind.SURVIVOR: "Luật Bảo hiểm xã hội 41/2024/QH15, Điều 86; Nghị định 131/2021/NĐ-CP, Điều 124",
}
"""On what it rests that nobody pays a second time."""


class BenefitActivities:
    """One paying agency: Social Security (domain.md A09), or labour for merit and local budgets (A10, A11)."""

    def __init__(self, payer: PayingAgency, claims: ClaimBook, blobs: Blobs) -> None:
        self._payer = payer
        self._claims = claims
        self._blobs = blobs

    @activity.defn
    async def decide_benefit(self, request: BenefitRequest) -> DecisionAnswer:
        """Take the claim, then ask for a decision on the signed extract; safe to repeat."""
        held = await self._claims.reserve(request.claim)
        if held is not None:
            return _given_way(request.claim, held)
        pdf = await self._blobs.content(request.certificate_of or request.case.dossier, request.certificate.document)
        return await self._payer.decide(request, pdf)

    @activity.defn
    async def enquire_decision(self, pending: PendingCase) -> Granted[BenefitDecided] | Refused:
        """Ask until the payer has decided."""
        return answered(await self._payer.enquire_decision(pending), pending)

    @activity.defn
    async def pay_benefit(self, order: PaymentOrder) -> PaymentAnswer:
        """Order the payment of a claim that is still this dossier's; safe to repeat."""
        if not await self._claims.holds(order.claim):
            raise RequestRejected("the claim is no longer this dossier's")
        return await self._payer.pay(order)

    @activity.defn
    async def enquire_payment(self, pending: PendingCase) -> Granted[BenefitPaid] | Refused:
        """Ask until the money has arrived, or has come back."""
        return answered(await self._payer.enquire_payment(pending), pending)

    @activity.defn
    async def ask_progress(self, pending: PendingCase) -> Progress:
        """How far is the decision? One question."""
        return await self._payer.progress(pending)

    @activity.defn
    async def remind_payer(self, reminder: Reminder) -> None:
        """Say that a link of the chain falls due; safe to repeat."""
        await self._payer.remind(reminder)

    @activity.defn
    async def recover_benefit(self, recovery: Recovery) -> RecoveryAnswer:
        """Take a benefit back after a wrongly reported death; safe to repeat."""
        return await self._payer.recover(recovery)

    @activity.defn
    async def enquire_recovery(self, pending: PendingCase) -> Granted[BenefitRecovered] | Refused:
        """Ask until it is taken back."""
        return answered(await self._payer.enquire_recovery(pending), pending)


def _given_way(claim: Claim, held: ClaimHeld) -> Refused:
    """Paid by another payer: the leg ends. Not paid yet: the server comes back, for that payer may still refuse."""
    if held.state is ClaimState.PAID:
        text = f"{BENEFITS[claim.kind]} đã do {NAMES[held.payer]} chi trả."
        return Refused(reason=PAID_ELSEWHERE, text=text, legal_basis=PAID_ONCE[claim.kind])
    raise ApplicationError(
        "another payer has the claim",
        type="ClaimHeldElsewhere",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=CLAIM_ASKED_EVERY,
    )
