"""Making, preparing and signing documents; only references pass through."""

from temporalio import activity

from activities.ports import DocumentRoom, SealingRoom
from contracts.documents import (
    CertificateRequest,
    DocumentDrafted,
    DocumentSealed,
    DocumentSigned,
    ExtractRequest,
    SealRequest,
    SignatureOutcome,
    SignatureRejected,
    SignatureRequest,
    SignerPrepared,
    SignerRequest,
)


class DocumentActivities:
    """The document room's verbs."""

    def __init__(self, room: DocumentRoom) -> None:
        self._room = room

    @activity.defn
    async def draft_certificate(self, request: CertificateRequest) -> DocumentDrafted:
        """Render and store the certificate's next version; same request, same bytes."""
        return await self._room.draft_certificate(request)

    @activity.defn
    async def draft_extract(self, request: ExtractRequest) -> DocumentDrafted:
        """Render and store the death extract; same request, same bytes."""
        return await self._room.draft_extract(request)

    @activity.defn
    async def prepare_signer(self, request: SignerRequest) -> SignerPrepared:
        """Make a draft ready for a person who came on duty after it was made."""
        return SignerPrepared(refused=await self._room.prepare_for(request))

    @activity.defn
    async def sign_document(self, request: SignatureRequest) -> SignatureOutcome:
        """Sign, verify and store; a refusal is a value, the signing service being down is not."""
        match await self._room.sign(request):
            case DocumentSigned() as signed:
                return SignatureOutcome(signed=signed)
            case SignatureRejected() as rejected:
                return SignatureOutcome(rejected=rejected)


class SealActivities:
    """The office's seal, after a signature."""

    def __init__(self, room: SealingRoom) -> None:
        self._room = room

    @activity.defn
    async def seal_document(self, request: SealRequest) -> DocumentSealed:
        """Seal, verify and store; repeated, it finds what it stored."""
        return await self._room.seal(request)
