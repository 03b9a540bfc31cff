"""A dossier under way whose ground falls away: an office orders its reversal, and it stops where it stands."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from temporalio import workflow

from contracts.agencies import Agency
from contracts.dossier import LegKind, Stage
from contracts.filings import Filing
from contracts.followups import Order
from contracts.tasks import Opening, Receipt
from workflows.benefits import BenefitLegs
from workflows.incidents import refuse
from workflows.record import DossierEnded

T = TypeVar("T")
REVERSED = "death-reversed"


class Reversible(BenefitLegs):
    """What it has set off until then is taken back by the dossier that follows it."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._order: Order | None = None

    async def unless_reversed(self, steps: Awaitable[T]) -> T:
        """Follow the steps from the registration on, unless an office orders the reversal meanwhile."""
        following = asyncio.ensure_future(steps)
        await self.followed(following, lambda: self._order is not None)
        if self._order is not None:
            raise DossierEnded(Stage.STOPPED, REVERSED, self._order.reason)
        return await following

    @workflow.update
    async def reverse(self, order: Order) -> Receipt:
        """Stop; answers when that can be read."""
        self._order = order
        await workflow.wait_condition(lambda: self.ended is not None)
        await self.turn_written()
        return Receipt.TAKEN

    @reverse.validator
    def _check_order(self, order: Order) -> None:
        del order
        if self.stage is not Stage.IN_PROGRESS:
            refuse("NothingToReverse", "nothing has been registered yet; the filing can be withdrawn or rejected")
        if self._order is not None:
            refuse("AlreadyReversed", "the reversal has been ordered")
