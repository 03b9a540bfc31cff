"""VNeID: the citizen's wallet."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import results, wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import HandedOver, HandOver, HandOverAnswer, PendingCase


class _Data(wire.Reply):
    transactionId: str | None = None  # noqa: N815  # the partner's own names, here and below
    receipt: str | None = None
    reasonCode: str | None = None  # noqa: N815
    reason: str | None = None
    legalBasis: str | None = None  # noqa: N815


class _Reply(wire.Reply):
    code: Literal["SUCCESS", "DUPLICATE", "PROCESSING", "REJECTED", "SUSPECTED_DUPLICATE"]
    data: _Data | None = None


REPLY = TypeAdapter(_Reply)


class VneidAdapter:
    """Puts results into wallets; "DUPLICATE" is success."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def hand_over(self, request: HandOver, pdf: bytes | None) -> HandOverAnswer:
        """Put one package into the owner's wallet."""
        content, sha256, name = results.packed(request, pdf)
        body = {
            "dossierCode": request.case.dossier,
            "citizenId": request.owner_personal_id,
            "documentType": results.TYPES[request.kind],
            "documentName": results.NAMES[request.kind],
            "version": request.version,
            "fileName": name,
            "sha256": sha256,
            "contentBase64": content,
        }
        return _read(await self._http.post("/documents", body, case=request.case))

    async def enquire(self, pending: PendingCase) -> HandOverAnswer:
        """Was it taken?"""
        return _read(await self._http.enquire(pending))


@wire.reading
def _read(answer: Answer) -> HandOverAnswer:
    reply = answer.read(REPLY)
    data = reply.data or _Data()
    match reply.code:
        case "SUCCESS" | "DUPLICATE":
            return wire.granted(HandedOver(receipt=data.receipt) if data.receipt else None)
        case "PROCESSING":
            return wire.pending(data.transactionId)
        case "REJECTED":
            return wire.refused(data.reasonCode, data.reason, data.legalBasis)
        case "SUSPECTED_DUPLICATE":
            raise wire.suspected()
