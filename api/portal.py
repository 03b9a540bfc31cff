"""Portals: file, follow, supplement, withdraw."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response, status

from api import filing as filings
from api import openapi, unmasking
from api.answers import JournalEntry, Page
from api.bodies import FilingBody, IdempotencyKey, SupplementBody, WithdrawalBody
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.problems import Problem
from api.sight import offices_of, owned, reference, seen, view
from contracts.base import DOSSIER_CODE
from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, ProblemItem, Stage
from contracts.people import PaperRef
from contracts.tasks import OPENINGS, BirthOpening, DeathOpening, Supplement, Withdrawal
from contracts.verdicts import KeptVerdict
from orchestrator import update_id
from records.documents import DocumentUnknown
from records.edge import Claim, Upload
from records.queries import DossierFilter, DossierRow

router = APIRouter(prefix="/v1/dossiers", route_class=GuardedRoute, tags=["dossiers"])
DossierCode = Annotated[str, Path(pattern=DOSSIER_CODE)]
Limit = Annotated[int, Query(ge=1, le=200)]
ETAG = {"ETag": {"description": "its SHA-256", "schema": openapi.TEXT}}
PDF: openapi.Responses = {
    200: {"headers": ETAG, "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"headers": ETAG, "description": "the caller has these bytes already"},
}


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    responses=openapi.answers(DossierState, 202, 200, described="filed, now or before", Location="the dossier"),
)
@needs("dossiers:write")
async def file(
    body: FilingBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep, response: Response
) -> dict[str, Any]:
    """File a birth or a death; safe to repeat with the same key, also after the dossier has closed."""
    claim = await _claim(body, key, caller, front)
    if claim.differing:
        errors = [
            ProblemItem(pointer=each, code="differs", message="differs from the first call") for each in claim.differing
        ]
        raise Problem(409, "key-reused", "this Idempotency-Key was used with another body", errors)
    if not claim.started:
        await front.orchestrator.open(claim.opening, update_id(caller.client, "open", key))
        await front.claims.mark_started(claim.code)
    if not claim.created:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = f"/v1/dossiers/{claim.code}"
    return await view(front, caller, claim.code)


async def _claim(body: FilingBody, key: str, caller: Caller, front: Front) -> Claim:
    now = front.now()
    filings.declared(body.declaration, now)
    papers = filings.uploads(body.attachments)
    office = await front.offices.get(body.office, now)
    if office is None:
        raise filings.no_office(dict(await front.offices.merged(now)).get(body.office))
    if body.channel is Channel.COUNTER and body.office not in (caller.offices or ()):
        raise Problem(403, "wrong-office", "only a clerk of the office files at its counter")

    def opening(code: str, kept: tuple[PaperRef, ...]) -> BirthOpening | DeathOpening:
        told = {
            "code": code,
            "group": body.group,
            "client": caller.client,
            "channel": body.channel,
            "office": body.office,
            "province": office.province,
            "filed_at": now,
            "pace": front.pace,
            "filing": filings.filing(body, kept),
        }
        return OPENINGS[body.group].model_validate(told)

    return await front.claims.claim(
        client=caller.client,
        key=key,
        group=body.group,
        office=body.office,
        filed_at=now,
        body=filings.canonical(body),
        uploads=papers,
        opening=opening,
    )


@router.get("/{code}", responses=openapi.answers(DossierState))
@needs("dossiers:read", "tasks:read", "support:read")
async def follow(code: DossierCode, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One dossier, as this caller may see it."""
    await seen(front, caller, code)
    return await view(front, caller, code)


@router.get("", responses=openapi.answers(Page[DossierRow]))
@needs("tasks:read", "support:read")
async def listing(  # the contract's filters
    caller: CallerDep,
    front: FrontDep,
    office: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
    group: Group | None = None,
    stage: Stage | None = None,
    leg: LegKind | None = None,
    leg_state: LegState | None = None,
    incident: Annotated[str | None, Query(max_length=64)] = None,
    overdue: bool | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Dossiers of the caller's offices, newest first; `incident`: a code, or `any`."""
    wanted = DossierFilter(
        offices=offices_of(caller, office),
        office=office,
        group=group,
        stage=stage,
        leg=leg,
        leg_state=leg_state,
        incident=True if incident == "any" else incident,
        overdue=overdue,
    )
    page = await front.queries.dossiers(wanted, cursor=cursor, limit=limit, now=front.now())
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


def vars_of(row: object) -> dict[str, Any]:
    """A list's row as JSON."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}  # type: ignore[attr-defined]  # rows are dataclasses


@router.get("/{code}/journal", responses=openapi.answers(Page[JournalEntry]))
@needs("dossiers:read", "tasks:read", "support:read")
async def journal(code: DossierCode, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """What happened, in order."""
    await seen(front, caller, code)
    return {"items": await front.queries.journal(code), "next": None}


@router.get("/{code}/documents/{document}", response_class=Response, responses=PDF)
@needs("dossiers:read", "tasks:read", "support:read")
async def document(
    code: DossierCode,
    document: Annotated[str, Path(max_length=100)],
    caller: CallerDep,
    front: FrontDep,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """The PDF; its bytes never change under this id. Support reads it once they have given a reason (`…/unmasking`)."""
    header = await seen(front, caller, code)
    if await unmasking.covered(front, caller, header):
        raise unmasking.reason_needed()
    try:
        stored = await front.documents.get(code, document)
    except DocumentUnknown:
        raise Problem(404, "document-unknown", "there is no such document") from None
    # What a reason opened for a while is not to stay with whoever gave it.
    lasts = "private, max-age=31536000, immutable" if unmasking.by_right(caller, header) else "no-store"
    headers = {"ETag": f'"{stored.sha256}"', "Cache-Control": lasts}
    if _held(if_none_match, headers["ETag"]):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(stored.content, media_type="application/pdf", headers=headers)


@router.get("/{code}/documents/{document}/verdict", responses=openapi.answers(KeptVerdict, described="as it was found"))
@needs("dossiers:read", "tasks:read", "support:read")
async def verdict(
    code: DossierCode, document: Annotated[str, Path(max_length=100)], caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """How the signature on a document was judged: who, when, by which chain, and what CA and time-stamp said."""
    await seen(front, caller, code)
    found = await front.documents.verdict(code, document)
    if found is None:
        raise Problem(404, "document-unknown", "there is no such signed document")
    return KeptVerdict.model_validate(found).model_dump(mode="json")


def _held(if_none_match: str, etag: str) -> bool:
    """Has the caller these bytes already (RFC 9110, 13.1.2)?"""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return not tags.isdisjoint({"*", etag})


@router.post("/{code}/supplement", responses=openapi.answers(DossierState))
@needs("dossiers:write")
async def supplement(
    code: DossierCode, body: SupplementBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Answer a supplement request: changed fields and further papers."""
    header = await owned(front, caller, code)
    told = body.model_dump(mode="json", exclude={"attachments": {"__all__": {"content_base64"}}})
    request = await request_id(front, caller, f"supplement/{code}", key, told)
    known = await front.claims.filing(code)
    assert known is not None, "a dossier that is seen was claimed"  # noqa: S101
    papers = [await _kept(front, code, each) for each in filings.uploads(body.attachments)]
    changed = filings.supplemented(known, body.declaration, papers, front.now())
    answer = Supplement(request=body.request, filing=changed)
    await front.orchestrator.answer_supplement(reference(header), answer, request)
    return await view(front, caller, code)


async def _kept(front: Front, code: str, paper: Upload) -> PaperRef:
    blob = await front.uploads.put(code, paper.name, paper.content)
    return PaperRef(kind=paper.kind, name=paper.name, sha256=paper.sha256, blob=blob)


@router.post("/{code}/withdrawal", responses=openapi.answers(DossierState))
@needs("dossiers:write")
async def withdrawal(
    code: DossierCode, body: WithdrawalBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Withdraw what is not yet irreversible."""
    header = await owned(front, caller, code)
    request = await request_id(front, caller, f"withdrawal/{code}", key, body.model_dump(mode="json"))
    await front.orchestrator.withdraw(reference(header), Withdrawal(reason=body.reason, legs=body.legs), request)
    return await view(front, caller, code)
