"""What paying after a death needs from the outside: whoever pays, and the register of who pays what."""

from typing import Protocol

from contracts.agencies import PendingCase
from contracts.benefit_steps import (
    BenefitRequest,
    Claim,
    ClaimHeld,
    ClaimOutcome,
    DecisionAnswer,
    PaymentAnswer,
    PaymentOrder,
    Progress,
    Recovery,
    RecoveryAnswer,
    Reminder,
)


class PayingAgency(Protocol):
    async def decide(self, request: BenefitRequest, pdf: bytes) -> DecisionAnswer: ...
    async def enquire_decision(self, pending: PendingCase) -> DecisionAnswer: ...
    async def pay(self, order: PaymentOrder) -> PaymentAnswer: ...
    async def enquire_payment(self, pending: PendingCase) -> PaymentAnswer: ...
    async def progress(self, pending: PendingCase) -> Progress: ...
    async def remind(self, reminder: Reminder) -> None: ...
    async def recover(self, request: Recovery) -> RecoveryAnswer: ...
    async def enquire_recovery(self, pending: PendingCase) -> RecoveryAnswer: ...


class ClaimBook(Protocol):
    """The claim register: one payer a claim."""

    async def reserve(self, claim: Claim) -> ClaimHeld | None: ...
    async def holds(self, claim: Claim) -> bool: ...
    async def settle(self, outcome: ClaimOutcome) -> None: ...
