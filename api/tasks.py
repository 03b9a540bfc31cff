"""Clerks and chairs: the inbox, reviews, signatures."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from adapters.signing import CredentialLocked, WrongPin
from api import openapi
from api.answers import Page, Task
from api.bodies import ChoiceBody, IdempotencyKey, RemoteSignature, ReviewBody, SignatureBody, TokenSignature
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import SIGNATURE_PROBLEMS, Problem
from api.sight import offices_of, view
from contracts.dossier import DossierState, ProblemItem, TaskKind, TaskState, TaskView
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from contracts.tasks import Authorisation, Choice, Decision, NewSigner, Review, Signature
from orchestrator import DossierClosed, Reference
from records.queries import TaskRow
from records.registers import Signer

router = APIRouter(prefix="/v1/tasks", route_class=GuardedRoute, tags=["tasks"])
TaskId = Annotated[str, Path(max_length=100)]


@router.get("", responses=openapi.answers(Page[TaskRow]))
@needs("tasks:read")
async def inbox(  # the contract's filters
    caller: CallerDep,
    front: FrontDep,
    office: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
    kind: TaskKind | None = None,
    state: TaskState | None = TaskState.OPEN,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """My offices' tasks, who breaches first on top; open ones unless another state is asked for."""
    page = await front.queries.tasks(
        offices=offices_of(caller, office), office=office, kind=kind, state=state, cursor=cursor, limit=limit
    )
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.get("/{task_id}", responses=openapi.answers(Task))
@needs("tasks:read")
async def task(task_id: TaskId, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One task: what to decide, on what, by when."""
    row, state = await _task(front, caller, task_id)
    shown = _shown(state, row)
    filing = await front.claims.filing(row.dossier)
    return {
        **shown.model_dump(mode="json"),
        "dossier": row.dossier,
        "declaration": filing.declaration.model_dump(mode="json") if filing else None,
        "applicant": filing.applicant.model_dump(mode="json") if filing else None,
        "papers": [paper.model_dump(mode="json") for paper in filing.papers] if filing else [],
        "document_sha256": shown.document.sha256 if shown.document else None,
    }


@router.post("/{task_id}/review", responses=openapi.answers(DossierState))
@needs("tasks:act")
async def review(
    task_id: TaskId, body: ReviewBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Accept, ask for a supplement, or reject with a reason."""
    row, state = await _task(front, caller, task_id)
    request = await request_id(front, caller, f"review/{task_id}", key, body.model_dump(mode="json"))
    rejecting = body.decision is Decision.REJECT
    decided = Review(
        task=task_id,
        by=caller.subject,
        decision=body.decision,
        reason=_reason(body, _shown(state, row)) if rejecting else None,
        reason_text=body.reason_text if rejecting else body.reason_text or body.reason,
        documents=body.documents,
    )
    try:
        await front.orchestrator.review(Reference(state.group, row.dossier), decided, request)
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    return await view(front, caller, row.dossier)


def _reason(body: ReviewBody, task: TaskView) -> str:
    if body.reason is None or body.reason not in task.choices.get("reasons", ()):
        message = "the reason is not among the task's choices"
        raise Problem(422, "invalid", message, [ProblemItem(pointer="/reason", code="not-a-choice", message=message)])
    return body.reason


@router.post("/{task_id}/decision", responses=openapi.answers(DossierState))
@needs("tasks:act")
async def decide(
    task_id: TaskId, body: ChoiceBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Decide what the law leaves open, or what becomes of money that came back."""
    row, state = await _task(front, caller, task_id)
    request = await request_id(front, caller, f"decision/{task_id}", key, body.model_dump(mode="json"))
    choice = Choice(task=task_id, by=caller.subject, choice=body.choice, reason=body.reason, payment=body.payment)
    try:
        await front.orchestrator.decide(Reference(state.group, row.dossier), choice, request)
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    return await view(front, caller, row.dossier)


@router.post("/{task_id}/signature", responses=openapi.answers(DossierState) | openapi.problems([502]))
@needs("tasks:act")
async def sign(
    task_id: TaskId, body: SignatureBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Sign the document exactly as shown; the PIN goes to the signing service and nowhere else."""
    row, state = await _task(front, caller, task_id)
    task = _shown(state, row)
    told = body.model_dump(mode="json", exclude={"pin"})
    request = await request_id(front, caller, f"signature/{task_id}", key, told)
    signature = Signature(task=task_id, by=caller.subject, document_sha256=body.document_sha256, method=body.method)
    if task.state is TaskState.OPEN and task.document and task.document.sha256 == body.document_sha256:
        signer = await _on_duty(front, caller, row.office)
        signature = await _authorised(front, signature, body, signer, state, task, request)
    try:  # a closed task or another document: the dossier itself refuses, or answers what it answered before
        await front.orchestrator.sign(Reference(state.group, row.dossier), signature, request)
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    return await view(front, caller, row.dossier)


async def _on_duty(front: Front, caller: Caller, office: str) -> Signer:
    for signer in await front.duty.on_duty(office, front.now()):
        if signer.person == caller.subject and signer.role == "chair":
            return signer
    raise Problem(403, "not-on-duty", "nobody signs for this office who is not on its duty register now")


async def _authorised(  # what a signature is about
    front: Front,
    signature: Signature,
    body: SignatureBody,
    signer: Signer,
    state: DossierState,
    task: TaskView,
    request: str,
) -> Signature:
    match body:
        case TokenSignature():
            return signature.model_copy(update={"upload": await _stored(front, body, state.code)})
        case RemoteSignature():
            credential = signer.credential
            if credential is None:
                raise Problem(403, "no-credential", "this person has no credential at the signing service")
            to_sign = await _hash_to_sign(front, signer, state, task, request)
            token = await _authorisation(front, credential, body.pin, to_sign, task.id)
            authorisation = Authorisation(credential=credential, token=token)
            return signature.model_copy(update={"authorisation": authorisation})


async def _stored(front: Front, body: TokenSignature, code: str) -> str:
    try:
        content = base64.b64decode(body.signed_pdf, validate=True)
    except (binascii.Error, ValueError):
        wrong = ProblemItem(pointer="/signed_pdf", code="not-base64", message="the content is not base64")
        raise Problem(422, "invalid", "the signed PDF is not base64", [wrong]) from None
    return await front.uploads.put(code, "signed.pdf", content)


async def _hash_to_sign(front: Front, signer: Signer, state: DossierState, task: TaskView, request: str) -> bytes:
    """What the signing service must sign; made ready now for a person who came on duty after the draft."""
    assert task.document is not None, "a signature task has its document"  # noqa: S101
    found = await front.documents.preparation(state.code, task.document.id, signer.person)
    if found is None:
        newcomer = NewSigner(task=task.id, by=signer.person)
        dossier = Reference(state.group, state.code)
        prepared = await front.orchestrator.prepare_signer(dossier, newcomer, f"{request}-prepare")
        if prepared.refused:
            problem = prepared.refused.problem
            raise Problem(SIGNATURE_PROBLEMS.get(problem, 403), problem, prepared.refused.detail)
        found = await front.documents.preparation(state.code, task.document.id, signer.person)
        assert found is not None, "it was just prepared"  # noqa: S101
    return found.hash_to_sign


async def _authorisation(front: Front, credential: str, pin: str, to_sign: bytes, task_id: str) -> str:
    try:
        return await front.signing.authorise(credential, pin, [to_sign], task_id)
    except WrongPin as err:
        raise Problem(403, "wrong-pin", "the PIN is wrong", tries_left=err.tries_left) from None
    except CredentialLocked:
        raise Problem(403, "credential-locked", "too many wrong PINs: the signing service must unlock it") from None
    except (AgencyUnavailable, AgencyProtocolError, RequestRejected):
        raise Problem(503, "signing-unavailable", "the signing service does not answer; nothing was signed") from None


async def _task(front: Front, caller: Caller, task_id: str) -> tuple[TaskRow, DossierState]:
    row = await front.queries.task(task_id)
    if row is None:
        raise Problem(404, "task-unknown", "there is no such task")
    if not caller.sees_all_offices and row.office not in (caller.offices or ()):
        raise Problem(403, "wrong-office", "the token does not cover this office")
    state = await front.queries.view(row.dossier, front.now())
    assert state is not None, "a task's dossier was written with it"  # noqa: S101
    return row, state


def _shown(state: DossierState, row: TaskRow) -> TaskView:
    return next(task for task in state.tasks if task.id == row.id)
