"""Withdrawal by the citizen, and the ways in which a dossier closes."""

import asyncio
from collections.abc import Coroutine

from temporalio import workflow

from activities.checks import CheckActivities, Released
from contracts.agencies import Agency, Refused
from contracts.dossier import LegKind, LegState, Stage
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.tasks import Opening, Receipt, Withdrawal
from workflows.calls import here_or_queued
from workflows.incidents import refuse
from workflows.record import DossierEnded
from workflows.review import Reviewing

_EVENT = {Stage.REJECTED: EventKind.REJECTED, Stage.WITHDRAWN: EventKind.WITHDRAWN, Stage.STOPPED: EventKind.STOPPED}


class Withdrawals(Reviewing):
    """Until the registration everything can be withdrawn; afterwards the legs that have not been sent (J17)."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._withdrawal: Withdrawal | None = None
        self._revocable = True

    async def unless_withdrawn(self, examination: Coroutine[None, None, None]) -> None:
        """Follow the steps before the first irreversible one, unless the citizen withdraws meanwhile."""
        steps = asyncio.create_task(examination)
        await self.followed(steps, lambda: self._withdrawal is not None)
        if self._withdrawal is not None:
            raise DossierEnded(Stage.WITHDRAWN, "citizen-withdrawal", self._withdrawal.reason)
        self._revocable = False
        await steps

    @workflow.update
    async def withdraw(self, withdrawal: Withdrawal) -> Receipt:
        """Take back what is not yet irreversible."""
        if self._revocable:
            self._withdrawal = withdrawal
        else:
            for kind in withdrawal.legs or self._unsent():
                self.move_leg(kind, LegState.WITHDRAWN, refused=Refused(reason="citizen-withdrawal"))
        await self.turn_written()
        return Receipt.TAKEN

    @withdraw.validator
    def _check_withdrawal(self, withdrawal: Withdrawal) -> None:
        if self._revocable:
            if withdrawal.legs:
                refuse(
                    "LegsNotYet", "before the registration only the whole dossier can be withdrawn", {"loc": ["legs"]}
                )
            if self._withdrawal is not None:
                refuse("AlreadyWithdrawn", "the dossier is withdrawn")
            return
        unsent = self._unsent()
        wrong = [i for i, kind in enumerate(withdrawal.legs or ()) if kind not in unsent]
        if wrong:
            refuse("Irreversible", "this leg cannot be withdrawn any more", {"loc": ["legs", wrong[0]]})
        if not unsent:
            refuse("Irreversible", "nothing can be withdrawn any more")

    def _unsent(self) -> tuple[LegKind, ...]:
        return tuple(kind for kind, leg in self.legs.items() if leg.state is LegState.WAITING)

    async def end(self, end: DossierEnded) -> None:
        """Close the dossier before its last step: tasks cancelled, open legs closed, the reason told."""
        self.ended = end
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        self.cancel_tasks()
        self.supplement = None
        untouched = LegState.WITHDRAWN if end.stage is Stage.WITHDRAWN else LegState.NOT_APPLICABLE
        for kind, leg in self.legs.items():
            if not leg.state.ended:
                self.move_leg(kind, untouched, refused=Refused(reason=end.reason))
        self.enter(end.stage)
        self.note(_EVENT[end.stage], reason=end.reason, text=end.text, legal_basis=end.legal_basis)
        if not any(leg.state is LegState.GRANTED for leg in self.legs.values()):  # nothing was registered
            await here_or_queued(CheckActivities.release_child, Released(dossier=self.opening.code))

    async def finished(self, journal: asyncio.Task[None]) -> None:
        """Return when everything is written and every handler has answered."""
        await self.written()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self.written()
        journal.cancel()
