"""What is known of a paper: which it is, who issued and signed it when, and whether it still counts; nobody's data."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from api.deps import Front
from contracts.dossier import DocumentKind, DocumentState, DocumentView, DossierState, LegKind, LegState
from contracts.verdicts import KeptVerdict
from records.keys import KeyUnknown

PUBLISHED = re.compile(r"[0-9a-f]{32}\.v[0-9]{1,3}")
"""Ids of published documents; drafts have no page, nor has what was signed and not sealed."""
REGISTERED_BY = {
    DocumentKind.BIRTH_CERTIFICATE: LegKind.CIVIL_STATUS,
    DocumentKind.DEATH_EXTRACT: LegKind.DEATH_REGISTRATION,
}
"""Whose line in the register a paper repeats."""


class Standing(StrEnum):
    """Whether a genuine paper still counts."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    IN_QUESTION = "in-question"
    """Its registration is to be struck by an office's order; until then nobody should rely on it."""
    STRUCK = "struck"


@dataclass(frozen=True)
class Genuine:
    """A paper that was issued here."""

    kind: DocumentKind
    version: int
    standing: Standing
    office: str
    register_number: str
    registered_on: date | None
    signed_at: datetime
    sealed_by: str | None
    """The office that the seal's certificate names; none on papers from before offices had seals here."""
    sealed_at: datetime | None
    replaced_at: datetime | None
    sha256: str


async def found(front: Front, document: str) -> Genuine | None:
    """The paper with this id; none where there is none, or where its dossier's key was destroyed."""
    placed = await front.documents.placed(document) if PUBLISHED.fullmatch(document) else None
    if placed is None:
        return None
    try:
        state = await front.queries.view(placed.dossier, front.now())
        kept = await front.documents.verdict(placed.dossier, document)
        shown = next((each for each in state.documents if each.id == document), None) if state else None
        if state is None or shown is None or kept is None:
            return None
        return await _told(front, state, shown, KeptVerdict.model_validate(kept))
    except KeyUnknown:
        return None


async def _told(front: Front, state: DossierState, shown: DocumentView, verdict: KeptVerdict) -> Genuine | None:
    seal = verdict.seal
    if verdict.signed_at is None or not verdict.ok or (seal is not None and not seal.ok):
        return None
    office = await front.offices.get(verdict.office or state.office, verdict.signed_at)
    line = next((leg.result for leg in state.legs if leg.kind is REGISTERED_BY[shown.kind]), None) or {}
    registered = line.get("registered_on")
    newer = max((each for each in state.documents if _replaces(each, shown)), key=_version, default=None)
    later = KeptVerdict.model_validate(await front.documents.verdict(state.code, newer.id)) if newer else None
    return Genuine(
        kind=shown.kind,
        version=shown.version,
        standing=await _standing(front, state, shown),
        office=f"{office.name}, {office.province_name}" if office else "",
        register_number=str(line.get("register_number") or ""),
        registered_on=date.fromisoformat(str(registered)) if registered else None,
        signed_at=verdict.signed_at,
        sealed_by=seal.signer.common_name if seal and seal.signer else None,
        sealed_at=seal.signed_at if seal else None,
        replaced_at=later.signed_at if later else None,
        sha256=shown.sha256,
    )


def _replaces(other: DocumentView, shown: DocumentView) -> bool:
    counted = other.state in {DocumentState.PUBLISHED, DocumentState.SUPERSEDED}
    return counted and other.kind is shown.kind and other.version > shown.version


def _version(document: DocumentView) -> int:
    return document.version


async def _standing(front: Front, state: DossierState, shown: DocumentView) -> Standing:
    """A registration that is struck takes every version with it."""
    for code in state.followed_by:
        follower = await front.queries.view(code, front.now())
        struck = next((leg for leg in follower.legs if leg.kind in REGISTERED_BY.values()), None) if follower else None
        if struck is not None and struck.state is not LegState.REFUSED:
            return Standing.STRUCK if struck.state is LegState.GRANTED else Standing.IN_QUESTION
    return Standing.SUPERSEDED if shown.state is DocumentState.SUPERSEDED else Standing.CURRENT
