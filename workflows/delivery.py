"""Handing signed results over: to the wallet and the one-stop, and to everyone who got an earlier version."""

import asyncio

from activities.delivery import DeliveryActivities
from contracts.agencies import Agency, HandedOver, HandOver, LegResult, Step, number_in
from contracts.documents import DocumentDrafted, DocumentSigned
from contracts.incidents import IncidentCode
from contracts.journal import EventKind
from workflows.answers import LateAnswers, Terms
from workflows.incidents import GivenUp

RECEIVERS = (Agency.VNEID, Agency.ONE_STOP)
"""Everybody's results go to the citizen's wallet and to the desk where the dossier was filed."""


class Delivery(LateAnswers):
    """Each hand-over is a step of the dossier: it can wait, park and be mended like any other."""

    async def hand_out(self, draft: DocumentDrafted, signed: DocumentSigned, receivers: tuple[Agency, ...]) -> None:
        """Give one signed document to several receivers; one that is away holds none of the others."""
        await asyncio.gather(*(self._hand_over(self._package(draft, signed, each)) for each in receivers))

    async def hand_out_results(self) -> None:
        """The closing list of results for the wallet; the one-stop learns it with the status that follows."""
        results = tuple(
            LegResult(leg=leg.kind, outcome=leg.state, number=number_in(leg.result)) for leg in self.legs.values()
        )
        await self._hand_over(self._closing(Agency.VNEID, results))

    def _package(self, draft: DocumentDrafted, signed: DocumentSigned, receiver: Agency) -> HandOver:
        return HandOver(
            case=self.case(Step.HAND_OVER, part=f"{draft.kind}-{draft.version}-{receiver}"),
            receiver=receiver,
            office=self.office,
            owner_personal_id=self.filing.applicant.personal_id,
            document=signed.id,
            kind=draft.kind,
            version=draft.version,
            sha256=signed.sha256,
        )

    def _closing(self, receiver: Agency, results: tuple[LegResult, ...]) -> HandOver:
        return HandOver(
            case=self.case(Step.HAND_OVER, part=f"results-{receiver}"),
            receiver=receiver,
            office=self.office,
            owner_personal_id=self.filing.applicant.personal_id,
            kind="results",
            results=results,
        )

    async def _hand_over(self, package: HandOver) -> None:
        try:
            await self.insist(
                package.receiver,
                DeliveryActivities.hand_over,
                DeliveryActivities.enquire_hand_over,
                package,
                Terms(refused=IncidentCode.HAND_OVER_REFUSED, recorded=HandedOver),
            )
        except GivenUp:
            return  # the incident's entry tells who decided it, and why
        self.note_aside(
            EventKind.HANDED_OVER,
            receiver=package.receiver,
            document=package.document or "results",
            version=package.version,
        )
