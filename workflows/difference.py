"""A raise that reaches back: what it makes due on a benefit that was paid before, decided and paid once."""

from temporalio import workflow

from contracts.benefit_steps import DECIDE
from contracts.benefits import Asked
from contracts.dossier import LegKind
from contracts.followups import DifferenceOpening
from workflows.followup import FollowUp


@workflow.defn
class DeathDifference(FollowUp):
    """One paid benefit, one raise, one more decision and payment."""

    REGISTRATION = LegKind.DEATH_REGISTRATION

    @workflow.init
    def __init__(self, opening: DifferenceOpening) -> None:
        award = opening.award
        super().__init__(opening, opening.filing, {award.kind: award.agency})
        self.follows = opening.follows
        self.difference = opening

    @workflow.run
    async def run(self, opening: DifferenceOpening) -> None:
        """The procedure."""
        async with self.kept():
            award = opening.award
            self.show_award(award, opening.amount)
            await self.read_law((Asked(leg=award.kind, payer=award.payer),))
            self.begin(articles=", ".join(award.articles))
            chain = await self.lay_chain(award.kind, award.payer)
            request = self.claim_for(award, self.office, opening.certificate).model_copy(
                update={
                    "case": self.case(DECIDE[award.kind], part=opening.claim.part),
                    "claim": opening.claim,
                    "amount": opening.amount,
                    "certificate_of": opening.follows,
                }
            )
            self.close_benefit(award.kind, [await self.settled_claim(request, chain)])
            await self.return_results()
