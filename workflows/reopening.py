"""A closed dossier is opened again: legs of it are done once more, on what was registered and signed then."""

import asyncio
from collections.abc import Awaitable

from temporalio import workflow

from contracts.benefits import Award, Benefit, DecisionNeeded
from contracts.birth_steps import BirthRegistered
from contracts.death_steps import DeathRegistered
from contracts.dossier import LegKind
from contracts.followups import ReopeningOpening
from workflows.birth_legs import BirthLegs
from workflows.death_legs import DeathLegs
from workflows.followup import FollowUp

BENEFITS: tuple[Benefit, ...] = (LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR)


@workflow.defn
class DossierReopening(FollowUp, DeathLegs, BirthLegs):
    """Asks under keys of its own, and on the first dossier's certificate; whether money is still due the claim says."""

    @workflow.init
    def __init__(self, opening: ReopeningOpening) -> None:
        super().__init__(opening, opening.filing, {each.leg: each.agency for each in opening.legs})
        self.follows = opening.follows
        self.again = opening

    @workflow.run
    async def run(self, opening: ReopeningOpening) -> None:
        """The procedure."""
        async with self.kept():
            await self.read_its_laws()
            grounds = opening.reopening
            self.begin(act=grounds.act, by=grounds.by, approved_by=grounds.approved_by, reason=grounds.reason)
            await asyncio.gather(*(self.once_more(each.leg) for each in opening.legs))
            await self.return_results()

    async def read_its_laws(self) -> None:
        """Of benefits the law is asked anew who owes what: it may have learnt of more since."""
        benefits = [kind for kind in BENEFITS if kind in self.legs]
        if benefits:
            await self.read_laws(only=benefits)
        else:
            await self.read_law()

    def once_more(self, kind: LegKind) -> Awaitable[None]:
        """Carry one leg."""
        certificate, number, told = self.again.certificate, self.again.personal_id, self.again.registered.model_dump()
        match kind:
            case LegKind.RESIDENCE:
                return self.carried(kind, self.residence, BirthRegistered(**told), certificate, number)
            case LegKind.HEALTH_CARD:
                return self.carried(kind, self.health_card, BirthRegistered(**told), certificate, number)
            case LegKind.RESIDENCE_REMOVAL:
                return self.carried(kind, self.residence_removal, DeathRegistered(**told), certificate)
            case LegKind.HEALTH_CARD_LOCK:
                return self.carried(kind, self.card_lock, DeathRegistered(**told), certificate)
        return self.carried(kind, self.benefit, kind, certificate)

    def decided_before(self, question: DecisionNeeded) -> Award | None:
        """The reading that the office chose in the first dossier."""
        payer = next((each.payer for each in self.again.legs if each.leg is question.kind), None)
        found = [each for each in question.readings if isinstance(each, Award) and each.payer is payer]
        return found[0] if len(found) == 1 else None
