"""Handing results over to whoever receives them."""

from collections.abc import Mapping

from temporalio import activity

from activities.late import answered
from activities.ports import Blobs, Receiver
from contracts.agencies import Agency, Granted, HandedOver, HandOver, HandOverAnswer, PendingCase, Refused


class DeliveryActivities:
    """One class for every receiver: they differ by name alone."""

    def __init__(self, receivers: Mapping[Agency, Receiver], blobs: Blobs) -> None:
        self._receivers = receivers
        self._blobs = blobs

    @activity.defn
    async def hand_over(self, request: HandOver) -> HandOverAnswer:
        """Hand one signed document, or the closing list of results, to one receiver; safe to repeat."""
        pdf = await self._blobs.content(request.case.dossier, request.document) if request.document else None
        return await self._receivers[request.receiver].hand_over(request, pdf)

    @activity.defn
    async def enquire_hand_over(self, pending: PendingCase) -> Granted[HandedOver] | Refused:
        """Ask until the receiver has confirmed."""
        return answered(await self._receivers[pending.agency].enquire(pending), pending)
