"""Benefits after a death: each decided and paid by whoever owes it, once, and followed until the money is there."""

import asyncio

from activities.benefit_law import Addressees, BenefitLawActivities
from activities.benefits import BenefitActivities
from activities.claims import ClaimActivities
from contracts.agencies import CertificateRef, Granted, Refused
from contracts.base import Office
from contracts.benefit_steps import (
    DECIDE,
    BenefitDecided,
    BenefitPaid,
    BenefitRequest,
    BenefitSettled,
    Claim,
    ClaimOutcome,
    ClaimState,
)
from contracts.benefits import Asked, Award, Benefit
from contracts.claims import Survivor
from contracts.dossier import LegKind, LegState
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from contracts.legs import Addressee, AddresseesQuestion, Chain
from workflows.answers import GIVEN_UP
from workflows.calls import here_or_queued
from workflows.incidents import GivenUp, recorded_as
from workflows.routing import Routing

Settled = BenefitSettled | Refused


class BenefitLegs(Routing):
    """The legs that cost money; one that fails holds no other."""

    async def benefits(self, extract: CertificateRef) -> None:
        """Carry every benefit to its end."""
        await asyncio.gather(*(self.carried(kind, self.benefit, kind, extract) for kind in self.routed()))

    async def benefit(self, kind: Benefit, extract: CertificateRef) -> None:
        """Ask whoever owes it to decide and pay."""
        award = await self.award(kind)
        if award is None:
            return
        rows = await self._addressees(award)
        if len(rows) == 1:
            self.legs[kind] = self.legs[kind].model_copy(update={"office": rows[0].office})
        chain = await self.lay_chain(kind, award.payer)
        if self.legs[kind].state.ended:  # withdrawn before it began
            return
        requests = [each for row in rows for each in self._claims_for(award, row, rows, extract)]
        self.close_benefit(kind, await asyncio.gather(*(self.settled_claim(request, chain) for request in requests)))

    async def _addressees(self, award: Award) -> tuple[Addressee, ...]:
        question = AddresseesQuestion(
            declaration=self.death.declaration,
            office=self.office,
            legs=(Asked(leg=award.kind, payer=award.payer),),
            on=self.the_law().governs_on,
        )
        found: Addressees = await here_or_queued(BenefitLawActivities.find_addressees, question)
        return found.rows

    def _claims_for(
        self, award: Award, row: Addressee, rows: tuple[Addressee, ...], extract: CertificateRef
    ) -> list[BenefitRequest]:
        """One request; of survivors one each, sent to the commune where that one lives."""
        if award.kind is not LegKind.SURVIVOR:
            return [self.claim_for(award, row.office, extract)]
        return [
            self.claim_for(award, row.office, extract, survivor, f"s{number}")
            for number, survivor in enumerate(self.part_iv().survivors, 1)
            if len(rows) == 1 or survivor.residence.ward == row.office
        ]

    def claim_for(
        self, award: Award, office: Office, extract: CertificateRef, survivor: Survivor | None = None, part: str = ""
    ) -> BenefitRequest:
        """What the payer is asked."""
        declaration = self.death.declaration
        deceased = declaration.deceased
        assert deceased.personal_id is not None, "no benefit is claimed without it"  # noqa: S101
        return BenefitRequest(
            case=self.case(DECIDE[award.kind], part),
            agency=award.agency,
            office=office,
            claim=Claim(
                dossier=self.opening.code,
                kind=award.kind,
                payer=award.payer,
                deceased=deceased.personal_id,
                beneficiary=survivor.personal_id if survivor else None,
            ),
            amount=award.amount,
            articles=award.articles,
            deceased=deceased,
            died_on=declaration.died_on,
            benefits=self.part_iv(),
            survivors=(survivor,) if survivor else (),
            certificate=extract,
            certificate_of=self.follows,
        )

    # ---- one claim

    async def settled_claim(self, request: BenefitRequest, chain: Chain) -> Settled:
        """Decide, pay, and tell the claim register at each step."""
        claim = request.claim
        try:
            answer = await self._decided(request, chain)
            if isinstance(answer, Refused):
                await self._tell_register(claim, None)
                return answer
            decided = answer.result
            self.note(EventKind.BENEFIT_DECIDED, leg=claim.kind, payer=claim.payer, decision=decided.decision_number)
            await self._tell_register(claim, ClaimState.DECIDED, decided)
            paid = await self.paid(self.as_asked(request), decided)  # a corrected claim may name another recipient
        except GivenUp:  # whether money has flowed nobody knows: the claim stays taken
            return GIVEN_UP
        if isinstance(paid, Refused):
            await self._tell_register(claim, None)
            return paid
        await self._tell_register(claim, ClaimState.PAID, paid)
        return BenefitSettled(
            payer=claim.payer,
            decision_number=decided.decision_number,
            amount=paid.amount,
            payment_reference=paid.payment_reference,
            paid_on=paid.paid_on,
        )

    async def _decided(self, request: BenefitRequest, chain: Chain) -> Granted[BenefitDecided] | Refused:
        watching = self.beside(self.watch(request.claim.kind, request.case, chain))
        try:
            answer = await self._agreed(request)
        except GivenUp:
            watching.cancel()
            raise
        watching.cancel()
        return answer

    async def _agreed(self, request: BenefitRequest) -> Granted[BenefitDecided] | Refused:
        """The payer's answer; an amount other than the law's is for a person to look at."""
        decide, enquire = BenefitActivities.decide_benefit, BenefitActivities.enquire_decision
        while True:
            answer = await self.ask(request.agency, decide, enquire, request, request.claim.kind)
            if isinstance(answer, Refused) or request.amount in {None, answer.result.amount}:
                return answer
            request = self.as_asked(request)
            resolution = await self.park(request, IncidentCode.AMOUNT_DIFFERS, BenefitDecided)
            if resolution.decision is Remedy.GIVE_UP:
                raise GivenUp
            if resolution.decision is Remedy.RECORD_RESULT:
                return Granted(result=recorded_as(BenefitDecided, resolution))
            request = self.ask_again(request, IncidentCode.AMOUNT_DIFFERS, resolution)

    async def _tell_register(
        self, claim: Claim, state: ClaimState | None, fact: BenefitDecided | BenefitPaid | None = None
    ) -> None:
        match fact:
            case BenefitDecided(amount=amount, decided_on=on) | BenefitPaid(amount=amount, paid_on=on):
                outcome = ClaimOutcome(claim=claim, state=state, amount=amount, on=on)
            case _:
                outcome = ClaimOutcome(claim=claim, state=state)
        await here_or_queued(ClaimActivities.settle_claim, outcome)

    def close_benefit(self, kind: Benefit, results: list[Settled]) -> None:
        """The leg is granted if anybody was paid; of several payments the sum counts, and the last one's numbers."""
        paid = [each for each in results if isinstance(each, BenefitSettled)]
        refused = next((each for each in results if isinstance(each, Refused)), None)
        if not paid:
            self.move_leg(kind, LegState.REFUSED, refused=refused)
            return
        total = sum(each.amount for each in paid)
        self.legs[kind] = self.legs[kind].model_copy(update={"amount": total})
        self.move_leg(kind, LegState.GRANTED, result=paid[-1].model_copy(update={"amount": total}))
