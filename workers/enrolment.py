"""Entering people, offices and seals: their certificates come from the signing service, before anything is entered."""

import asyncio
from datetime import UTC, datetime

from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from records.registers import Counts, Enrolment, Misfit, Part, Roll, RollUnfit
from workers.rooms import Rooms

AT_ONCE = 8
"""Questions to the signing service."""


async def enrol(rooms: Rooms, roll: Roll, *, only_check: bool = False) -> Counts:
    """Enter all of the roll, or nothing; told to check only, enter nothing, and count what would be.

    Raises `RollUnfit`, and the failures of a signing service that does not answer.
    """
    enrolment = Enrolment(rooms.database, rooms.keys)
    misfits = await enrolment.misfits(roll)
    try:
        certificates, unknown = await _certificates(rooms, roll)
    except (AgencyUnavailable, AgencyProtocolError):
        if misfits:
            raise RollUnfit(misfits) from None
        raise
    misfits += unknown
    if misfits:
        raise RollUnfit(misfits)
    return await enrolment.enter(roll, certificates, only_check=only_check)


async def _certificates(rooms: Rooms, roll: Roll) -> tuple[dict[str, bytes], tuple[Misfit, ...]]:
    """By credential, and who names one that the signing service does not know; it is not asked about ended duty."""
    now = datetime.now(UTC)
    spans = [(n, span.credential) for n, span in enumerate(roll.spans) if span.valid_to is None or span.valid_to > now]
    named = [(Part.SPANS, n, credential) for n, credential in spans if credential is not None]
    named += [(Part.SEALS, n, seal.credential) for n, seal in enumerate(roll.seals)]
    turn = asyncio.Semaphore(AT_ONCE)

    async def certificate(credential: str) -> bytes | None:
        async with turn:
            try:
                return (await rooms.signing.certificate(credential)).certificate
            except RequestRejected:
                return None

    asked = sorted({credential for _, _, credential in named})
    found = dict(zip(asked, await asyncio.gather(*map(certificate, asked)), strict=True))
    why = "the signing service does not know it"
    unknown = tuple(Misfit(part, n, "credential", why) for part, n, each in named if found[each] is None)
    return {credential: der for credential, der in found.items() if der is not None}, unknown
