"""Paying what was decided, until the payer confirms it; money that comes back is a question for the office."""

from temporalio import workflow

from activities.benefits import BenefitActivities
from contracts.agencies import Granted, Refused
from contracts.benefit_steps import BOUNCED, PAY, BenefitDecided, BenefitPaid, BenefitRequest, PaymentOrder
from contracts.dossier import LegState, ReadingView
from contracts.journal import EventKind
from contracts.tasks import Choice
from workflows.chains import ChainWatch
from workflows.decisions import GIVE_UP, PAY_AGAIN

BOUNCED_READINGS = (ReadingView(choice=PAY_AGAIN), ReadingView(choice=GIVE_UP))
UNCLAIMED = Refused(reason=BOUNCED, text="Khoản chi trả bị trả lại và không được gửi lại.")


class Paying(ChainWatch):
    """From the decision to the money."""

    async def paid(self, asked: BenefitRequest, decided: BenefitDecided) -> BenefitPaid | Refused:
        """The payer's confirmation; where the money came back, the office says where to send it instead."""
        order = PaymentOrder(
            case=self.case(PAY[asked.claim.kind], asked.case.part),
            agency=asked.agency,
            office=asked.office,
            claim=asked.claim,
            decision_number=decided.decision_number,
            amount=decided.amount,
            recipient=asked.benefits.recipient,
            payment=asked.benefits.payment,
        )
        while True:
            self.expect(asked.claim.kind, self.legs[asked.claim.kind].due_at)
            answer = await self.ask(
                asked.agency, BenefitActivities.pay_benefit, BenefitActivities.enquire_payment, order
            )
            match answer:
                case Granted(result=paid):
                    return paid
                case Refused(reason=reason) if reason == BOUNCED:
                    choice = await self._come_back(order)
                    if choice is None or choice.choice == GIVE_UP:
                        return UNCLAIMED
                    order = self._again(order, choice)
                case Refused():
                    return answer

    async def _come_back(self, order: PaymentOrder) -> Choice | None:
        kind = order.claim.kind
        self.note(EventKind.PAYMENT_BOUNCED, leg=kind, decision=order.decision_number)
        self.move_leg(kind, LegState.NEEDS_SUPPLEMENT)
        due = self.legs[kind].due_at or workflow.now()
        subject = f"payment{order.case.part}.{self.as_asked(order).case.group}"
        choice = await self.choose(kind, subject, BOUNCED, BOUNCED_READINGS, max(due, workflow.now()))
        self.move_leg(kind, LegState.PENDING)
        return choice

    def _again(self, order: PaymentOrder, choice: Choice) -> PaymentOrder:
        """The next attempt is an effect of its own: the first one's key stands for the money that came back."""
        last = self.as_asked(order)
        case = order.case.model_copy(update={"group": last.case.group + 1})
        return last.model_copy(update={"case": case, "payment": choice.payment or last.payment})
