"""Telling the claim register what became of a claim."""

from temporalio import activity

from activities.benefit_ports import ClaimBook
from contracts.benefit_steps import ClaimOutcome


class ClaimActivities:
    """The register that every payer's claims stand in."""

    def __init__(self, claims: ClaimBook) -> None:
        self._claims = claims

    @activity.defn
    async def settle_claim(self, outcome: ClaimOutcome) -> None:
        """Decided, paid, recovered or let go; safe to repeat."""
        await self._claims.settle(outcome)
