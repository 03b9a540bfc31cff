"""Signing by token in two halves: a document is made ready here, the token signs its hash, `signatures` takes that."""

import base64
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from fastapi import APIRouter

from api import openapi
from api.answers import Preparation, SigningAlgorithm
from api.bodies import IdempotencyKey, PreparationBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.problems import SIGNATURE_PROBLEMS, Problem
from api.signatures import Sheet, decoded, refused, sheet_of
from api.tasks import TaskId, task_of
from contracts.dossier import ProblemItem
from contracts.tasks import NewSigner, Signature
from orchestrator import DossierClosed, Reference, Refusal
from records.documents import with_token

METHOD = "token"
POINTER = "/certificate"

router = APIRouter(prefix="/v1/tasks", route_class=GuardedRoute, tags=["tasks"])


@router.post("/{task_id}/preparation", responses=openapi.answers(Preparation, described="what the token is to sign"))
@needs("tasks:act")
async def prepare(
    task_id: TaskId, body: PreparationBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> Preparation:
    """Make the document ready for the caller's token; nothing is signed yet, and what was prepared stays."""
    await task_of(front, caller, task_id)  # whose task it is comes before what its key stood for
    request = await request_id(front, caller, f"preparation/{task_id}", key, body.model_dump(mode="json"))
    wanted = Signature(task=task_id, by=caller.subject, document_sha256=body.document_sha256, method=METHOD)
    sheet = await sheet_of(front, caller, wanted, request)
    certificate = await _certificate(front, caller, body)
    read = x509.load_der_x509_certificate(certificate)
    rsa = isinstance(read.public_key(), RSAPublicKey)
    return Preparation(
        document_sha256=body.document_sha256,
        hash_to_sign=base64.b64encode(await _hash_to_sign(front, sheet, certificate)).decode(),
        algorithm=SigningAlgorithm.RSA if rsa else SigningAlgorithm.ECDSA,
        certificate=base64.b64encode(certificate).decode(),
        prepared=sha256(certificate).hexdigest(),
        expires_at=read.not_valid_after_utc,
    )


async def _certificate(front: Front, caller: Caller, body: PreparationBody) -> bytes:
    """The one that was named, or the newest that holds; only what is registered for the caller's token."""
    registered = await front.certificates.of(caller.subject, METHOD)
    if not registered:
        raise Problem(403, "no-token-certificate", "no certificate of a token is registered for this person")
    wanted = registered
    if body.certificate is not None:
        named = decoded(body.certificate, POINTER)
        if named not in registered:
            raise _wrong("certificate-unknown", "this certificate is not registered for a token of this person")
        wanted = (named,)
    holding = next((der for der in wanted if _holds(der)), None)
    if holding is None:
        raise _wrong("certificate-expired", "the token's certificate does not hold now")
    return holding


def _holds(der: bytes) -> bool:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc


def _wrong(name: str, detail: str) -> Problem:
    return Problem(422, name, detail, [ProblemItem(pointer=POINTER, code=name, message=detail)])


async def _hash_to_sign(front: Front, sheet: Sheet, certificate: bytes) -> bytes:
    """What was prepared for this certificate; asked of the dossier where nothing was, which may refuse."""
    code, document, by = sheet.state.code, sheet.task.document, sheet.signature.by
    fingerprint = sha256(certificate).hexdigest()
    place = with_token(by, fingerprint)
    found = await front.documents.preparation(code, document.id, place) if document and sheet.as_shown else None
    if found is None:
        await _make_ready(front, sheet, fingerprint)
        assert document is not None, "a signature task has its document"  # noqa: S101
        found = await front.documents.preparation(code, document.id, place)
        assert found is not None, "it was just prepared"  # noqa: S101
    return found.hash_to_sign


async def _make_ready(front: Front, sheet: Sheet, fingerprint: str) -> None:
    asked = sheet.signature
    signer = NewSigner(task=asked.task, by=asked.by, document_sha256=asked.document_sha256, certificate=fingerprint)
    try:
        prepared = await front.orchestrator.prepare_signer(
            Reference(sheet.state.group, sheet.state.code), signer, sheet.request
        )
    except DossierClosed:
        raise Problem(409, "task-closed", "the task is closed") from None
    except Refusal as err:
        raise await refused(front, err, sheet) from None
    if prepared.refused:
        problem = prepared.refused.problem
        raise Problem(SIGNATURE_PROBLEMS.get(problem, 403), problem, prepared.refused.detail)
