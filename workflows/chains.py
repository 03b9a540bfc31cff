"""The chain inside an agency: shown with its dates, asked about and reminded of before each link ends."""

from datetime import timedelta

from temporalio import workflow

from activities.benefit_law import BenefitLawActivities
from activities.benefits import BenefitActivities
from contracts.agencies import Case, PendingCase
from contracts.benefit_steps import Progress, Reminder
from contracts.benefits import Benefit, Payer
from contracts.dossier import LinkView
from contracts.journal import EventKind
from contracts.legs import Act, Chain, ChainLink, ChainQuestion
from workflows import calls
from workflows.calls import here_or_queued
from workflows.decisions import Deciding
from workflows.incidents import GivenUp

BEFORE_IT_ENDS = timedelta(days=1)
_ORDER = list(Act)


class ChainWatch(Deciding):
    """Follows a payer's decision from link to link."""

    async def lay_chain(self, kind: Benefit, payer: Payer) -> Chain:
        """Show the links that now begin."""
        question = ChainQuestion(kind=kind, payer=payer, received_at=workflow.now())
        chain: Chain = await here_or_queued(BenefitLawActivities.lay_chain, question)
        links = tuple(LinkView(act=link.act, level=link.level, due_at=link.due_at) for link in chain.links)
        self.legs[kind] = self.legs[kind].model_copy(update={"links": links})
        return chain

    async def watch(self, kind: Benefit, case: Case, chain: Chain) -> None:
        """Ask how far it is before each link ends, and remind where it has not moved on."""
        place = case.step, case.part
        await workflow.wait_condition(lambda: place in self.pending)
        try:
            for link in chain.links:
                await self._sleep_until(link)
                await self._look(kind, self.pending[place], link)
        except GivenUp:
            return  # the decision itself is followed elsewhere

    async def _look(self, kind: Benefit, pending: PendingCase, link: ChainLink) -> None:
        progress: Progress = await workflow.execute_activity_method(
            BenefitActivities.ask_progress, pending, **calls.agency(pending.agency, self.pace)
        )
        if progress.act is None or _ORDER.index(progress.act) <= _ORDER.index(link.act):
            await self._remind(kind, pending, link)

    async def _sleep_until(self, link: ChainLink) -> None:
        patience = link.due_at - BEFORE_IT_ENDS - workflow.now()
        if patience > timedelta():
            await workflow.sleep(patience)

    async def _remind(self, kind: Benefit, pending: PendingCase, link: ChainLink) -> None:
        reminder = Reminder(
            case=pending.case, agency=pending.agency, reference=pending.reference, act=link.act, due_at=link.due_at
        )
        await workflow.execute_activity_method(
            BenefitActivities.remind_payer, reminder, **calls.agency(pending.agency, self.pace)
        )
        self.note(EventKind.PAYER_REMINDED, leg=kind, act=link.act, due_at=link.due_at.isoformat())
