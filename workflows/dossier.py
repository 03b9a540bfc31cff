"""What every procedure is made of: the law, the checks and the review before it, the results after it."""

import asyncio
from abc import abstractmethod
from types import TracebackType
from typing import ClassVar, TypeVar

from temporalio import workflow

from activities.checks import PersonVerdict
from activities.law import LawActivities
from contracts.agencies import Granted, Refused
from contracts.base import Message
from contracts.benefits import Asked
from contracts.dossier import Finding, LawView, LegKind, Stage
from contracts.journal import EventKind
from contracts.law import LawQuestion, LawSnapshot
from contracts.tasks import OpeningView
from workflows.calls import here_or_queued
from workflows.delivery import Delivery
from workflows.incidents import GivenUp
from workflows.moving import Moving
from workflows.record import DossierEnded
from workflows.withdrawal import Withdrawals

T = TypeVar("T", bound=Message)


class Dossier(Moving, Delivery, Withdrawals):
    """One filing, from the portal's call to the results in the citizen's hands."""

    REGISTRATION: ClassVar[LegKind]
    """The leg on which every other one stands."""

    def kept(self) -> "_Kept":
        """Keep the journal while the procedure runs; close the dossier however it ends."""
        return _Kept(self)

    @workflow.update
    async def open(self) -> OpeningView:
        """Answers the filing: which law governs, and the promised date."""
        await workflow.wait_condition(lambda: self.law is not None)
        law = self.the_law()
        await self.written()
        view = LawView(regime=law.regime, governs_on=law.governs_on.isoformat(), pack=law.pack, articles=law.articles)
        return OpeningView(law=view, promised_at=law.promised_at)

    # ---- before the registration

    async def read_law(self, asked: tuple[Asked, ...] = ()) -> None:
        """Read the law once, for the moment of filing; it stays in the history."""
        self.take_law(await self.law_for(asked))
        law = self.the_law()
        self.note(EventKind.FILED, channel=self.opening.channel)
        self.note(EventKind.LAW_READ, regime=law.regime, pack=law.pack, promised_at=law.promised_at.isoformat())

    async def law_for(self, asked: tuple[Asked, ...]) -> LawSnapshot:
        """The law of the moment of filing, for what is asked."""
        opening = self.opening
        question = LawQuestion(group=opening.group, filed_at=opening.filed_at, asked=asked)
        law: LawSnapshot = await here_or_queued(LawActivities.read_law, question)
        return law

    def take_law(self, law: LawSnapshot) -> None:
        """From now on these dates hold."""
        self.law = law
        for leg in law.legs:
            if leg.leg in self.legs:
                self.legs[leg.leg] = self.legs[leg.leg].model_copy(update={"due_at": leg.due_at})

    async def examine(self) -> None:
        """Check by machine, then by a clerk, as often as the citizen supplements the filing."""
        while True:
            findings = await self.check()
            if await self.accepted(self.REGISTRATION, findings):
                return

    @abstractmethod
    async def check(self) -> tuple[Finding, ...]:
        """What a machine can know before a clerk looks."""

    def only_first(self, verdict: PersonVerdict) -> None:
        """End the dossier of a person for whom nothing may be filed, or who was filed for before."""
        if verdict.ineligible:
            raise DossierEnded(Stage.REJECTED, verdict.ineligible)
        if verdict.duplicate_of:
            self.duplicate_of = verdict.duplicate_of
            raise DossierEnded(Stage.REJECTED, "duplicate")

    def entered(self, answer: Granted[T] | Refused) -> T:
        """The register's line; a refusal ends the dossier, for nothing later can stand without it."""
        match answer:
            case Granted(result=line):
                return line
            case Refused(reason="given-up"):
                raise GivenUp
            case Refused(reason=reason, text=text, legal_basis=basis):
                raise DossierEnded(Stage.REJECTED, reason, text, basis)

    # ---- after the last leg

    async def return_results(self) -> None:
        """Every leg has ended: hand the results over and close."""
        await self.replays_ended()
        self.enter(Stage.DONE)
        self.note(EventKind.DONE)
        await self.hand_out_results()
        self.enter(Stage.RETURNED)
        self.note(EventKind.RETURNED)


class _Kept:
    """No generator: collected as garbage, the engine's cache must give no commands."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier

    async def __aenter__(self) -> None:
        self._journal = asyncio.create_task(self._dossier.keep_journal())

    async def __aexit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> bool:
        match err:
            case None:
                pass
            case DossierEnded():
                await self._dossier.end(err)
            case GivenUp():
                await self._dossier.end(DossierEnded(Stage.STOPPED, "given-up"))
            case _:
                return False
        await self._dossier.finished(self._journal)
        return True
