"""A death that was reported wrongly: an office's order strikes the registration, and everything that stood on it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from temporalio import workflow

from activities.benefits import BenefitActivities
from activities.checks import CheckActivities, Released
from activities.civil_status import CivilStatusActivities
from activities.claims import ClaimActivities
from activities.residence import ResidenceActivities
from activities.social_insurance import SocialInsuranceActivities
from contracts.agencies import Granted, Refused, Step
from contracts.benefit_steps import RECOVER, BenefitRecovered, ClaimOutcome, ClaimState, Recovery
from contracts.death_steps import Undoing
from contracts.dossier import LegKind, LegState
from contracts.followups import Effect, ReversalOpening, Undone
from contracts.journal import EventKind
from workflows.answers import GIVEN_UP
from workflows.calls import here_or_queued
from workflows.followup import FollowUp
from workflows.incidents import GivenUp


class _Undo(NamedTuple):
    """How one effect is taken back."""

    step: Step
    method: Callable[..., Awaitable[Any]]
    enquiry: Callable[..., Awaitable[Any]]


UNDO = {
    LegKind.DEATH_REGISTRATION: _Undo(
        Step.ANNUL_DEATH, CivilStatusActivities.annul_death, CivilStatusActivities.enquire_annulment
    ),
    LegKind.RESIDENCE_REMOVAL: _Undo(
        Step.RESTORE_RESIDENCE, ResidenceActivities.restore_residence, ResidenceActivities.enquire_restoration
    ),
    LegKind.HEALTH_CARD_LOCK: _Undo(
        Step.UNLOCK_CARD, SocialInsuranceActivities.unlock_card, SocialInsuranceActivities.enquire_unlock
    ),
}


@workflow.defn
class DeathReversal(FollowUp):
    """Follows the order of an office; every receipt and every sum to be paid back stands in its legs."""

    REGISTRATION = LegKind.DEATH_REGISTRATION

    @workflow.init
    def __init__(self, opening: ReversalOpening) -> None:
        super().__init__(opening, opening.filing, {effect.leg: effect.agency for effect in opening.effects})
        self.follows = opening.follows
        self.effects = opening.effects
        self.order = opening.order

    @workflow.run
    async def run(self, opening: ReversalOpening) -> None:
        """The procedure."""
        async with self.kept():
            await self.read_law()
            self.begin(order=self.order.number, reason=self.order.reason)
            await self.annul()
            others = [effect for effect in self.effects if effect.leg is not self.REGISTRATION]
            await asyncio.gather(*(self._undo(effect) for effect in others))
            await self.let_the_person_go()
            await self.return_results()

    async def annul(self) -> None:
        """Strike the registration first: everything else stood on it."""
        for effect in self.effects:
            if effect.leg is self.REGISTRATION:
                self.entered(await self._undo(effect))

    async def _undo(self, effect: Effect) -> Granted[Any] | Refused:
        undo = UNDO.get(effect.leg)
        if undo is None:
            return await self._recover(effect)
        request = Undoing(
            case=self.case(undo.step),
            office=effect.office,
            deceased=self.death.declaration.deceased,
            undone=effect.done[-1].key,
            decision=self.order.number,
            ordered_on=self.order.issued_on,
        )
        return await self.leg(effect.leg, undo.method, undo.enquiry, request)

    async def _recover(self, effect: Effect) -> Granted[Any] | Refused:
        """What was paid is claimed back, what was not yet paid is stopped; either frees the claim."""
        answers = await asyncio.gather(*(self._recovered(effect, n, each) for n, each in enumerate(effect.done, 1)))
        receipts = [answer.result for answer in answers if isinstance(answer, Granted)]
        refused = next((answer for answer in answers if isinstance(answer, Refused)), None)
        if refused is not None:
            self.move_leg(effect.leg, LegState.REFUSED, refused=refused)
            return refused
        total = sum(receipt.amount for receipt in receipts)
        self.legs[effect.leg] = self.legs[effect.leg].model_copy(update={"amount": total})
        result = receipts[-1].model_copy(update={"amount": total})
        self.move_leg(effect.leg, LegState.GRANTED, result=result)
        return Granted(result=result)

    async def _recovered(self, effect: Effect, number: int, done: Undone) -> Granted[BenefitRecovered] | Refused:
        claim = done.claim
        assert claim is not None, "what is no registration is a benefit"  # noqa: S101
        request = Recovery(
            case=self.case(RECOVER[claim.kind], part=str(number)),
            agency=effect.agency,
            office=effect.office,
            claim=claim,
            undone=done.key,
            decision=self.order.number,
            ordered_on=self.order.issued_on,
        )
        recover, enquire = BenefitActivities.recover_benefit, BenefitActivities.enquire_recovery
        try:
            answer = await self.ask(effect.agency, recover, enquire, request, effect.leg)
        except GivenUp:
            return GIVEN_UP
        if isinstance(answer, Granted):
            self.note(
                EventKind.BENEFIT_RECOVERED,
                leg=effect.leg,
                receipt=answer.result.receipt_number,
                amount=answer.result.amount,
            )
            await here_or_queued(ClaimActivities.settle_claim, ClaimOutcome(claim=claim, state=ClaimState.RECOVERED))
        return answer

    async def let_the_person_go(self) -> None:
        """Somebody who lives may be filed for again."""
        await here_or_queued(CheckActivities.release_child, Released(dossier=self.follows))
