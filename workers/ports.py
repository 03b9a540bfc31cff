"""Small bridges where a port's shape and a store's differ."""

from collections.abc import Sequence

from contracts.agencies import Agency, LegResult, number_in
from contracts.birth import BirthFiling
from contracts.death import DeathFiling
from contracts.outbox import Delivered, PartnerMessage
from records.keys import StoredKeys
from records.outbox import Outbox, OutboxItem
from records.registers import Persons, child_hashes, deceased_hashes

AGAIN_S = 2.0
AGAIN_MOST_S = 3600.0


class PersonRegister:
    """Which dossier came first for a child or a deceased."""

    def __init__(self, persons: Persons, keys: StoredKeys) -> None:
        self._persons = persons
        self._keys = keys

    async def claim_child(self, dossier: str, filing: BirthFiling) -> str | None:
        """Take the child, or name the dossier that has it."""
        return await self._persons.claim(dossier, child_hashes(self._keys, filing))

    async def claim_deceased(self, dossier: str, filing: DeathFiling) -> str | None:
        """Take the deceased, or name the dossier that has them."""
        return await self._persons.claim(dossier, deceased_hashes(self._keys, filing))

    async def release_child(self, dossier: str) -> None:
        """Let the person go, whichever the group: the name stands in recorded histories."""
        await self._persons.release(dossier)


class PartnerOutbox:
    """The outbox as couriers see it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._attempts: dict[int, int] = {}

    async def waiting(self, partner: Agency, limit: int) -> list[PartnerMessage]:
        """What may be told now, in order per dossier."""
        items = await self._outbox.pending(partner, limit)
        self._attempts.update({item.id: item.attempts for item in items})
        return [_message(item) for item in items]

    async def done(self, delivered: Sequence[Delivered]) -> None:
        """Settle what was taken; what was not is tried again, ever more rarely, and keeps its problem meanwhile."""
        for each in delivered:
            attempts = self._attempts.pop(each.id, 0)
            if each.problem:
                later = min(AGAIN_S * 2**attempts, AGAIN_MOST_S)
                await self._outbox.postpone([each.id], later, each.problem, tried=attempts)
        await self._outbox.settle([each.id for each in delivered if not each.problem])


def _message(item: OutboxItem) -> PartnerMessage:
    payload = item.payload
    contact = payload.applicant
    return PartnerMessage(
        id=item.id,
        partner=item.partner,
        dossier=item.dossier,
        number=item.number,
        key=item.key,
        status=item.status,
        event=item.notice or "status",
        at=item.at,
        data={
            "reason": payload.reason,
            "reason_text": payload.reason_text,
            "promised_at": payload.promised_at.isoformat() if payload.promised_at else None,
            "supplement_due_at": payload.supplement_due_at.isoformat() if payload.supplement_due_at else None,
            "papers": ", ".join(payload.papers) or None,
            "phone": contact.phone if contact else None,
        },
        results=tuple(
            LegResult(leg=each.leg, outcome=each.state, number=number_in(each.result)) for each in payload.results
        ),
    )
