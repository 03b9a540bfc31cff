"""The office's seal follows the signature; nothing is published without it."""

from datetime import datetime, timedelta

from temporalio import workflow

from activities.documents import SealActivities
from contracts.agencies import Case, Step
from contracts.base import Office
from contracts.documents import DocumentDrafted, DocumentSigned, SealRequest
from contracts.dossier import DocumentRef, DocumentState, DocumentView, LegState
from contracts.journal import EventKind
from workflows import calls
from workflows.review import Reviewing


class Sealing(Reviewing):
    """What was signed becomes the published document; the signer was answered before."""

    async def sealed(self, draft: DocumentDrafted, signed: DocumentSigned, office: Office) -> DocumentSigned:
        """Return when the seal was put on and verified, however long the office has none; the document of both."""
        self._hold_up(workflow.now() + timedelta(seconds=self.pace.expected_answer))
        request = SealRequest(
            case=Case(dossier=self.opening.code, step=Step.SEAL, part=f"{draft.kind}-{draft.version}"),
            office=office,
            draft=draft,
            signed=signed,
        )
        sealed = await workflow.execute_activity_method(
            SealActivities.seal_document, request, **calls.sealing(self.pace)
        )
        self._hold_up(None)
        published = signed.model_copy(update={"id": sealed.id, "sha256": sealed.sha256})
        self.note(EventKind.DOCUMENT_SEALED, document=sealed.id, version=draft.version)
        under = DocumentRef(id=signed.id, version=draft.version, sha256=signed.sha256)
        self._show_document(draft, published, DocumentState.SEALED, under)
        self._show_document(draft, published, DocumentState.PUBLISHED, under)
        self.supersede(draft.kind, draft.version)
        self.tell_published(draft, published)
        return published

    def show_signed(self, draft: DocumentDrafted, signed: DocumentSigned) -> None:
        """The document as its signer made it; one that awaits no seal, as before offices had seals here, counts now."""
        if signed.awaits_seal:
            self._show_document(draft, signed, DocumentState.SIGNED)
        else:
            self._show_document(draft, signed, DocumentState.PUBLISHED)
            self.supersede(draft.kind, draft.version)

    def tell_published(self, draft: DocumentDrafted, signed: DocumentSigned) -> None:
        """From now on it counts."""
        self.note(EventKind.DOCUMENT_PUBLISHED, document=signed.id, version=draft.version, document_kind=draft.kind)

    def _show_document(
        self, draft: DocumentDrafted, signed: DocumentSigned, state: DocumentState, under: DocumentRef | None = None
    ) -> None:
        view = DocumentView(
            id=signed.id,
            kind=draft.kind,
            version=draft.version,
            sha256=signed.sha256,
            signed=True,
            state=state,
            signed_by=signed.by,
            draft_id=draft.id,
            under_seal=under,
        )
        self.keep_document(view)

    def _hold_up(self, until: datetime | None) -> None:
        """Legs that wait for the document are overdue when it is; none: they are asked about anew when they begin."""
        for kind, leg in self.legs.items():
            if leg.state is LegState.WAITING:
                self.expect(kind, until)
