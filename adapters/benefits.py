"""Whoever pays benefits after a death is asked alike; forms' numbers and the words of answers are each payer's own."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import StrictInt, TypeAdapter

from adapters import benefit_forms, wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import Granted, Pending, PendingCase, Refused
from contracts.base import Message
from contracts.benefit_steps import (
    BenefitDecided,
    BenefitPaid,
    BenefitRecovered,
    BenefitRequest,
    DecisionAnswer,
    PaymentAnswer,
    PaymentOrder,
    Progress,
    Recovery,
    RecoveryAnswer,
    Reminder,
)
from contracts.benefits import Payer

M = TypeVar("M", bound=Message)
Told = dict[str, object]


class _Decided(wire.Reply):
    soQuyetDinh: str  # noqa: N815  # the partners' own names, here and below
    ngayQuyetDinh: wire.SlashedDay  # noqa: N815
    soTien: StrictInt  # noqa: N815


class _Paid(wire.Reply):
    soChungTu: str  # noqa: N815
    ngayChiTra: wire.SlashedDay  # noqa: N815
    soTien: StrictInt  # noqa: N815


class _Recovered(wire.Reply):
    soBienNhan: str  # noqa: N815
    ngayThuHoi: wire.SlashedDay  # noqa: N815
    soTien: StrictInt  # noqa: N815


class _Taken(wire.Reply):
    daNhan: Literal[True]  # noqa: N815


TAKEN = TypeAdapter(_Taken)


class BenefitAdapter(ABC):
    """Decides, pays, and takes back."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    @abstractmethod
    def form(self, payer: Payer) -> str:
        """Under which form's number the payer files a claim."""

    @abstractmethod
    def read(self, answer: Answer, result: Callable[[Told], M]) -> Granted[M] | Refused | Pending:
        """The payer's answer; `result` reads what it grants."""

    async def decide(self, request: BenefitRequest, pdf: bytes) -> DecisionAnswer:
        """Ask for a decision, on the signed extract."""
        body = benefit_forms.decision(request, pdf, self.form(request.claim.payer))
        return self.read(await self._http.post("/benefits", body, case=request.case), _decided)

    async def enquire_decision(self, pending: PendingCase) -> DecisionAnswer:
        """How does the decision stand?"""
        return self.read(await self._http.enquire(pending), _decided)

    async def pay(self, order: PaymentOrder) -> PaymentAnswer:
        """Order the payment."""
        return self.read(await self._http.post("/payments", benefit_forms.payment(order), case=order.case), _paid)

    async def enquire_payment(self, pending: PendingCase) -> PaymentAnswer:
        """Has the money arrived?"""
        return self.read(await self._http.enquire(pending), _paid)

    async def progress(self, pending: PendingCase) -> Progress:  # noqa: ARG002  # who tells more says so
        """How far is the decision? Nobody is asked who does not say."""
        return Progress()

    async def remind(self, reminder: Reminder) -> None:
        """Say that somebody waits; once for each link of the chain."""
        part = "-".join(filter(None, (reminder.case.part, "remind", reminder.act)))
        case = reminder.case.model_copy(update={"part": part})
        (await self._http.post("/reminders", benefit_forms.reminder(reminder), case=case)).read(TAKEN)

    async def recover(self, request: Recovery) -> RecoveryAnswer:
        """Take the benefit back."""
        body = benefit_forms.recovery(request)
        return self.read(await self._http.post("/recoveries", body, case=request.case), _recovered)

    async def enquire_recovery(self, pending: PendingCase) -> RecoveryAnswer:
        """How does the recovery stand?"""
        return self.read(await self._http.enquire(pending), _recovered)


def _decided(told: Told) -> BenefitDecided:
    result = _Decided.model_validate(told)
    return BenefitDecided(decision_number=result.soQuyetDinh, decided_on=result.ngayQuyetDinh, amount=result.soTien)


def _paid(told: Told) -> BenefitPaid:
    result = _Paid.model_validate(told)
    return BenefitPaid(payment_reference=result.soChungTu, paid_on=result.ngayChiTra, amount=result.soTien)


def _recovered(told: Told) -> BenefitRecovered:
    result = _Recovered.model_validate(told)
    return BenefitRecovered(receipt_number=result.soBienNhan, recovered_on=result.ngayThuHoi, amount=result.soTien)
