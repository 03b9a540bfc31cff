"""Chairs sign: one document as shown, or many under one authorisation, in order, one receipt each."""

import asyncio
import base64
import binascii
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastapi import APIRouter

from adapters.signing import CredentialLocked, WrongPin
from api import openapi
from api.answers import ReceiptStatus, SignatureReceipt, SignatureReceipts
from api.bodies import BatchItem, IdempotencyKey, RemoteSignature, SignatureBody, SignaturesBody, TokenSignature
from api.changes import changes
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.problems import SIGNATURE_PROBLEMS, Problem, refusal, told
from api.readiness import not_ready
from api.sight import view
from api.tasks import TaskId, not_with_another, put_down, shown, task_of
from contracts.dossier import DocumentRef, DocumentView, DossierState, ProblemItem, TaskState, TaskView
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from contracts.tasks import Authorisation, NewSigner, Signature
from orchestrator import DossierClosed, Reference, Refusal, update_id
from records.queries import TaskRow
from records.registers import Signer

AT_ONCE = 8
"""Of a batch, so many are read or made ready side by side; signatures are put one after another."""
T = TypeVar("T")

router = APIRouter(prefix="/v1/tasks", route_class=GuardedRoute, tags=["tasks"])


@dataclass(frozen=True)
class Sheet:
    """One document before its signer: the task as it stands, the signature asked for, and the call's id.

    `signer`: the caller as the duty register has them, where the document waits as it was shown.
    """

    row: TaskRow
    state: DossierState
    task: TaskView
    signature: Signature
    request: str
    signer: Signer | None = None

    @property
    def as_shown(self) -> bool:
        """Does the very document that the signer saw wait for a signature?"""
        document = self.task.document
        return (
            self.task.state is TaskState.OPEN
            and document is not None
            and document.sha256 == self.signature.document_sha256
        )

    @property
    def signed(self) -> DocumentView | None:
        """What the draft became."""
        draft = self.task.document.id if self.task.document else None
        return next((each for each in self.state.documents if each.signed and each.draft_id == draft), None)


@router.post(
    "/signatures",
    responses=openapi.answers(SignatureReceipts, described="a receipt each") | openapi.problems([404, 502]),
)
@needs("tasks:act")
async def sign_many(body: SignaturesBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep) -> SignatureReceipts:
    """Sign many documents in order; the first that is refused ends it, and what comes behind is left untouched."""
    await request_id(front, caller, "signatures", key, body.model_dump(mode="json", exclude={"pin"}))
    sheets, problem = await _laid_out(front, caller, body.items, key)
    receipts: list[SignatureReceipt] = []
    for sheet in await _authorised(front, sheets, body.pin):
        try:
            receipts.append(await _signed(front, sheet))
        except Problem as refused:
            problem = refused
            break
    if problem is not None:
        receipts.append(_refused(body.items[len(receipts)].task, problem))
    behind = body.items[len(receipts) :]
    receipts += [SignatureReceipt(task=each.task, status=ReceiptStatus.UNTOUCHED) for each in behind]
    return SignatureReceipts(items=receipts)


async def _laid_out(
    front: Front, caller: Caller, items: Sequence[BatchItem], key: str
) -> tuple[list[Sheet], Problem | None]:
    """Everything up to the first document that the dossier itself will refuse, or that this signer must not touch."""
    found = await _together(_sheet_or_problem(front, caller, item, key) for item in items)
    sheets: list[Sheet] = []
    for sheet in found:
        if isinstance(sheet, Problem):
            return sheets, sheet
        sheets.append(sheet)
        mine = sheet.signed is not None and sheet.signed.signed_by == caller.subject  # a call that is repeated
        if not (sheet.as_shown or mine):
            break
    return sheets, None


async def _sheet_or_problem(front: Front, caller: Caller, item: BatchItem, key: str) -> Sheet | Problem:
    signature = Signature(task=item.task, by=caller.subject, document_sha256=item.document_sha256, method="remote")
    try:
        return await sheet_of(front, caller, signature, update_id(caller.subject, f"signatures/{item.task}", key))
    except Problem as problem:
        return problem


async def _together(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Side by side, a few at a time; what they give, in order."""
    hands = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[T]) -> T:
        async with hands:
            return await call

    return list(await asyncio.gather(*(one(call) for call in calls)))


async def sheet_of(front: Front, caller: Caller, signature: Signature, request: str) -> Sheet:
    """The document before its signer, who is on duty where it waits as shown."""
    row, state = await task_of(front, caller, signature.task)
    await not_with_another(front, caller, row)
    sheet = Sheet(row, state, shown(state, row), signature, request)
    if sheet.task.state is TaskState.BLOCKED:
        raise await not_ready(front, row.office)
    return replace(sheet, signer=await _on_duty(front, caller, row.office)) if sheet.as_shown else sheet


async def _authorised(front: Front, sheets: Sequence[Sheet], pin: str) -> list[Sheet]:
    """One authorisation for all that wait, bound to exactly their hashes; one each where credentials differ."""
    waiting: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
    open_ones = [(sheet.signer, sheet) for sheet in sheets if sheet.signer is not None]
    hashes_to_sign = await _together(_hash_to_sign(front, signer, sheet) for signer, sheet in open_ones)
    for (signer, sheet), hash_to_sign in zip(open_ones, hashes_to_sign, strict=True):
        waiting[_credential(signer)][sheet.task.id] = hash_to_sign
    given: dict[str, Authorisation] = {}
    for credential, hashes in waiting.items():
        token = await _authorisation(front, credential, pin, list(hashes.values()), f"{len(hashes)} văn bản")
        given |= dict.fromkeys(hashes, Authorisation(credential=credential, token=token))
    return [_with(sheet, given.get(sheet.task.id)) for sheet in sheets]


def _with(sheet: Sheet, authorisation: Authorisation | None) -> Sheet:
    return replace(sheet, signature=sheet.signature.model_copy(update={"authorisation": authorisation}))


async def _signed(front: Front, sheet: Sheet) -> SignatureReceipt:
    await _sign(front, sheet)
    state = await front.queries.view(sheet.state.code, front.now())
    assert state is not None, "it was read before"  # noqa: S101
    document = replace(sheet, state=state).signed
    assert document is not None, "a signature is answered once reads show it"  # noqa: S101
    # The seal may be on already: what this person signed lies under it.
    ref = document.under_seal or DocumentRef(id=document.id, version=document.version, sha256=document.sha256)
    return SignatureReceipt(task=sheet.task.id, status=ReceiptStatus.SIGNED, document=ref)


def _refused(task: str, problem: Problem) -> SignatureReceipt:
    shape = told(problem, f"/v1/tasks/{task}/signature")
    return SignatureReceipt.model_validate({"task": task, "status": ReceiptStatus.REFUSED, "problem": shape})


@router.post("/{task_id}/signature", responses=openapi.answers(DossierState) | openapi.problems([502]))
@needs("tasks:act")
async def sign(
    task_id: TaskId, body: SignatureBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Sign the document exactly as shown; the PIN goes to the signing service and nowhere else."""
    await task_of(front, caller, task_id)  # whose task it is comes before what its key stood for
    asked = body.model_dump(mode="json", exclude={"pin"})
    request = await request_id(front, caller, f"signature/{task_id}", key, asked)
    signature = Signature(task=task_id, by=caller.subject, document_sha256=body.document_sha256, method=body.method)
    sheet = await sheet_of(front, caller, signature, request)
    if sheet.as_shown:
        match body:
            case TokenSignature():
                given = await _given(front, body, sheet.state.code)
                sheet = replace(sheet, signature=signature.model_copy(update=given))
            case RemoteSignature():
                [sheet] = await _authorised(front, [sheet], body.pin)
    await _sign(front, sheet)
    return await view(front, caller, sheet.state.code)


async def _sign(front: Front, sheet: Sheet) -> None:
    """A closed task or another document: the dossier itself refuses, or answers what it answered before."""
    try:
        await front.orchestrator.sign(Reference(sheet.state.group, sheet.state.code), sheet.signature, sheet.request)
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    except Refusal as err:
        raise await refused(front, err, sheet) from None
    await put_down(front, sheet.row)


async def refused(front: Front, err: Refusal, sheet: Sheet) -> Problem:
    """A dossier's refusal; of another version it tells what waits instead, and which fields are new in it."""
    problem = refusal(err)
    if problem.name == "stale-document" and sheet.task.document is not None:
        now, seen = sheet.task.document, sheet.signature.document_sha256
        changed = [each.field for each in await changes(front, sheet.state, seen, now)]
        problem.more |= {"document": now.id, "version": now.version, "sha256": now.sha256, "changed": changed}
    return problem


async def signs_for(front: Front, caller: Caller) -> frozenset[str]:
    """The caller's offices for which they are on duty now and can sign by PIN, with a certificate that we know."""
    if not await front.certificates.of(caller.subject, "remote"):
        return frozenset()
    duties = [(each, await _duty(front, caller, each)) for each in caller.offices or ()]
    return frozenset(office for office, signer in duties if signer is not None and signer.credential is not None)


async def _duty(front: Front, caller: Caller, office: str) -> Signer | None:
    on_duty = await front.duty.on_duty(office, front.now())
    return next((each for each in on_duty if (each.person, each.role) == (caller.subject, "chair")), None)


async def _on_duty(front: Front, caller: Caller, office: str) -> Signer:
    signer = await _duty(front, caller, office)
    if signer is None:
        raise Problem(403, "not-on-duty", "nobody signs for this office who is not on its duty register now")
    return signer


def _credential(signer: Signer) -> str:
    if signer.credential is None:
        raise Problem(403, "no-credential", "this person has no credential at the signing service")
    return signer.credential


async def _given(front: Front, body: TokenSignature, code: str) -> dict[str, str]:
    """What the token gave, as the dossier takes it: a stored PDF, or the value alone."""
    if body.signed_pdf is None:
        decoded(body.signature or "", "/signature")
        return {"value": body.signature or ""}
    return {"upload": await front.uploads.put(code, "signed.pdf", decoded(body.signed_pdf, "/signed_pdf"))}


def decoded(text: str, pointer: str) -> bytes:
    """The bytes of a field in base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        wrong = ProblemItem(pointer=pointer, code="not-base64", message="the content is not base64")
        raise Problem(422, "invalid", "the content is not base64", [wrong]) from None


async def _hash_to_sign(front: Front, signer: Signer, sheet: Sheet) -> bytes:
    """What the signing service must sign; made ready now for a person who came on duty after the draft."""
    code, document = sheet.state.code, sheet.task.document
    assert document is not None, "a signature task has its document"  # noqa: S101
    found = await front.documents.preparation(code, document.id, signer.person)
    if found is None:
        newcomer = NewSigner(task=sheet.task.id, by=signer.person)
        dossier = Reference(sheet.state.group, code)
        prepared = await front.orchestrator.prepare_signer(dossier, newcomer, f"{sheet.request}-prepare")
        if prepared.refused:
            problem = prepared.refused.problem
            raise Problem(SIGNATURE_PROBLEMS.get(problem, 403), problem, prepared.refused.detail)
        found = await front.documents.preparation(code, document.id, signer.person)
        assert found is not None, "it was just prepared"  # noqa: S101
    return found.hash_to_sign


async def _authorisation(front: Front, credential: str, pin: str, hashes: Sequence[bytes], what: str) -> str:
    try:
        return await front.signing.authorise(credential, pin, hashes, what)
    except WrongPin as err:
        raise Problem(403, "wrong-pin", "the PIN is wrong", tries_left=err.tries_left) from None
    except CredentialLocked:
        raise Problem(403, "credential-locked", "too many wrong PINs: the signing service must unlock it") from None
    except (AgencyUnavailable, AgencyProtocolError, RequestRejected):
        raise Problem(503, "signing-unavailable", "the signing service does not answer; nothing was signed") from None
