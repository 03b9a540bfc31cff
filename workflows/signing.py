"""A document goes before the person on duty, is signed and verified; then its office's seal follows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.documents import DocumentActivities
from contracts.agencies import Agency, CertificateRef
from contracts.base import Instant, Office
from contracts.documents import (
    CertificateRequest,
    DocumentDrafted,
    DocumentSigned,
    ExtractRequest,
    SignatureOutcome,
    SignatureRejected,
    SignatureRequest,
    SignerPrepared,
    SignerRequest,
)
from contracts.dossier import DocumentRef, DocumentState, DocumentView, LegKind, TaskKind, TaskState, TaskView
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.tasks import NewSigner, Opening, Receipt, Signature
from workflows import calls
from workflows.calls import here_or_queued
from workflows.incidents import refuse
from workflows.review import require_open
from workflows.sealing import Sealing

D = TypeVar("D", CertificateRequest, ExtractRequest)


class Published:
    """One signed version of a document."""

    def __init__(self, draft: DocumentDrafted, signed: DocumentSigned, issued_at: Instant) -> None:
        self.draft = draft
        self.signed = signed
        self.issued_at = issued_at

    def ref(self) -> CertificateRef:
        """How other steps name it."""
        return CertificateRef(document=self.signed.id, version=self.draft.version, sha256=self.signed.sha256)


class Signing(Sealing):
    """Signature tasks, and the one update handler that runs an activity of its own."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._pen = asyncio.Lock()
        self._drafts: dict[str, DocumentDrafted] = {}
        self._signed: dict[str, DocumentSigned] = {}

    async def issued(
        self, method: Callable[[Any, D], Awaitable[DocumentDrafted]], drawn_up: Callable[[], D], due_at: datetime
    ) -> Published:
        """Return when the document is drawn up in the name of the office in charge, signed, sealed and published."""
        while True:
            published = await self._issued_at(self.office, method, drawn_up(), due_at)
            if published is not None:
                return published

    async def _issued_at(
        self, office: Office, method: Callable[[Any, D], Awaitable[DocumentDrafted]], request: D, due_at: datetime
    ) -> Published | None:
        """None: the office was merged before anybody had signed; its successor draws the document up anew."""
        drafting = self.beside(here_or_queued(method, request, calls.documents(self.pace)))
        await self.followed(drafting, lambda: self.office != office)
        if self.office != office:
            return None
        draft = await drafting
        task = self._put_before(draft, due_at)
        await workflow.wait_condition(lambda: task in self._signed or self.office != office)
        if task not in self._signed:
            return None
        signed = self._signed[task]
        if signed.awaits_seal:
            signed = await self.sealed(draft, signed, office)
        return Published(draft, signed, request.issued_at)

    def _put_before(self, draft: DocumentDrafted, due_at: datetime) -> str:
        task = f"{self.opening.code}.signature.{draft.kind}.{draft.version}"
        self._drafts[task] = draft
        self.keep_document(
            DocumentView(
                id=draft.id, kind=draft.kind, version=draft.version, sha256=draft.sha256, state=DocumentState.REQUESTED
            )
        )
        self.note(EventKind.DOCUMENT_DRAFTED, document=draft.id, version=draft.version)
        document = DocumentRef(id=draft.id, version=draft.version, sha256=draft.sha256)
        if task in self.tasks:
            self.tasks[task] = self.tasks[task].model_copy(update={"document": document})
            return task
        self.open_task(
            TaskView(
                id=task,
                kind=TaskKind.SIGNATURE,
                office=self.office,
                due_at=due_at,
                opened_at=workflow.now(),
                document=document,
            )
        )
        return task

    @workflow.update
    async def sign(self, signature: Signature) -> Receipt:
        """Sign and verify; refused, the task stays open."""
        async with self._pen:
            self._check_signature(signature)  # another chair may have signed while this one waited
            draft = self._drafts[signature.task]
            self._take(signature, draft, await self._outcome(signature, draft))
        await self.turn_written()
        return Receipt.TAKEN

    async def _outcome(self, signature: Signature, draft: DocumentDrafted) -> SignatureOutcome:
        request = self._request(signature, draft)
        try:
            return await workflow.execute_activity_method(
                DocumentActivities.sign_document, request, **calls.signing(self.pace)
            )
        except ActivityError:
            detail = "the signing service did not answer; nothing was signed"
            return SignatureOutcome(rejected=SignatureRejected(problem="signing-unavailable", detail=detail))

    @sign.validator
    def _check_sign(self, signature: Signature) -> None:
        self._check_signature(signature)

    def _check_signature(self, signature: Signature | NewSigner) -> None:
        task = require_open(self.tasks.get(signature.task), TaskKind.SIGNATURE)
        known = task.document if signature.task in self._drafts else None
        if known is None or signature.document_sha256 not in {None, known.sha256}:
            refuse("StaleDocument", "the document changed since it was shown", {"loc": ["document_sha256"]})

    def _request(self, signature: Signature, draft: DocumentDrafted) -> SignatureRequest:
        by_remote = signature.authorisation
        return SignatureRequest(
            dossier=self.opening.code,
            office=self.office,
            draft=draft,
            by=signature.by,
            method=signature.method,
            credential=by_remote.credential if by_remote else None,
            token=by_remote.token if by_remote else None,
            upload=signature.upload,
            value=signature.value,
            seal=True,
        )

    def _take(self, signature: Signature, draft: DocumentDrafted, outcome: SignatureOutcome) -> None:
        if outcome.signed is None:
            rejected = outcome.rejected
            assert rejected is not None, "an outcome is one of the two"  # noqa: S101
            self.note(EventKind.SIGNATURE_REFUSED, actor=signature.by, problem=rejected.problem)
            refuse(
                "SignatureRefused",
                "the signature was refused",
                {"problem": rejected.problem, "detail": rejected.detail},
            )
        done = outcome.signed
        self.note(EventKind.DOCUMENT_SIGNED, actor=signature.by, document=done.id, version=draft.version)
        self.show_signed(draft, done)
        self.close_task(signature.task, TaskState.DONE, actor=signature.by)
        if not done.awaits_seal:
            self.tell_published(draft, done)
        self._signed[signature.task] = done

    @workflow.update
    async def prepare_signer(self, signer: NewSigner) -> SignerPrepared:
        """Answers a person on duty for whom, or for whose token, the draft was not prepared when it was made."""
        request = SignerRequest(
            dossier=self.opening.code,
            office=self.office,
            draft=self._drafts[signer.task],
            by=signer.by,
            certificate=signer.certificate,
        )
        return await workflow.execute_activity_method(
            DocumentActivities.prepare_signer, request, **calls.documents(self.pace)
        )

    @prepare_signer.validator
    def _check_prepare(self, signer: NewSigner) -> None:
        self._check_signature(signer)
