"""What is new in a document since the version that somebody saw.

A certificate is made anew for one cause alone: the personal number came after it. A declaration is changed only before
anything is drafted.
"""

from dataclasses import dataclass

from api.deps import Front
from contracts.dossier import DocumentRef, DocumentView, DossierState, LegKind


@dataclass(frozen=True)
class Change:
    """A field of the paper: what stood there as it was shown, and what stands there now."""

    field: str
    before: str | None
    now: str | None


async def changes(front: Front, state: DossierState, shown: str, now: DocumentRef) -> tuple[Change, ...]:
    """From the version with the hash that was shown to the one that waits; nothing where no earlier one has it."""
    earlier = [each for each in state.documents if each.version < now.version]
    if shown not in [digest for each in earlier for digest in await _digests(front, each)]:
        return ()
    number = next((leg.result for leg in state.legs if leg.kind is LegKind.PERSONAL_ID), None) or {}
    known = number.get("personal_id")
    return (Change("personal_id", None, str(known) if known else None),)


async def _digests(front: Front, document: DocumentView) -> list[str]:
    """Of a version as it was signed, and as it was before."""
    draft = await front.documents.placed(document.draft_id) if document.draft_id else None
    return [document.sha256, *([draft.sha256] if draft else [])]
