"""One family's death dossier."""

from datetime import date
from typing import Any

from temporalio.client import Client

from cli.deaths import bereaved
from cli.legal_time import today
from contracts.claims import Payment
from contracts.death import DeathFiling
from contracts.dossier import Group, LegKind, TaskKind, TaskView
from contracts.followups import Order
from contracts.tasks import Choice, Receipt
from orchestrator import DossierClosed, OutcomeUnknown
from tests.workflows.filed import NUMBERS, OFFICE, Filed, request
from tests.workflows.parish import Parish


def a_death(variant: str, seed: int, day: date | None = None) -> DeathFiling:
    """A bereaved family that does not exist."""
    told = bereaved(variant, OFFICE, day or today(), seed).filing
    return DeathFiling.model_validate({"applicant": told["applicant"], "declaration": told["declaration"]})


class Death(Filed):
    """A death on its way; which variant is said before it is filed."""

    GROUP = Group.DEATH
    filing: DeathFiling
    town: Parish

    def __init__(self, client: Client, towns: dict[str, Any], variant: str = "V-D07") -> None:
        number = next(NUMBERS)
        filing = a_death(variant, number)
        super().__init__(client, towns, filing, Parish(filing), number)
        self.client = client
        self.towns = towns
        self.filed_last = self

    def of(self, variant: str) -> "Death":
        """A death of this variant instead."""
        self.filed_last = Death(self.client, self.towns, variant)
        return self.filed_last

    async def reverse_for_sure(self, order: Order) -> Receipt:
        """As offices do: with the same key for as long as the outcome is unknown, or until the dossier has ended."""
        key = request()
        while True:
            try:
                return await self.door.reverse(self.name, order, key)
            except OutcomeUnknown:
                continue
            except DossierClosed:
                return Receipt.KNOWN

    async def decision(self, leg: LegKind) -> TaskView:
        """The decision task of a leg, once it is open."""
        state = await self.until(lambda state: [task for task in state.tasks if _asks(task, leg)])
        return next(task for task in state.tasks if _asks(task, leg))

    async def choose(self, leg: LegKind, choice: str, payment: Payment | None = None) -> Receipt:
        task = await self.decision(leg)
        chosen = Choice(task=task.id, by="clerk-1", choice=choice, reason="theo hồ sơ", payment=payment)
        return await self.door.decide(self.name, chosen, request())


def _asks(task: TaskView, leg: LegKind) -> bool:
    return task.kind is TaskKind.DECISION and task.leg is leg and task.state == "open"
