"""What is new in a document since it was shown.

A certificate is made anew for two causes alone: the personal number came after it, or its office was merged before
anybody had signed. A declaration is changed only before anything is drafted.
"""

from dataclasses import dataclass

from api.deps import Front
from contracts.dossier import DocumentRef, DossierState, LegKind
from contracts.journal import EventKind
from records.documents import draft_with


@dataclass(frozen=True)
class Change:
    """A field of the paper: what stood there as it was shown, and what stands there now."""

    field: str
    before: str | None
    now: str | None


async def changes(front: Front, state: DossierState, shown: str, now: DocumentRef) -> tuple[Change, ...]:
    """From what has the hash that was shown to what waits; nothing where no document of the dossier has it."""
    seen = await _seen(front, state, shown, now)
    if seen is None:
        return ()
    number = _number(state) if seen.version < now.version else ()
    return (*number, *await _office(front, state.code, seen.id))


async def _seen(front: Front, state: DossierState, shown: str, now: DocumentRef) -> DocumentRef | None:
    """The draft that was before the signer, whether its version was signed or drawn up anew."""
    for each in state.documents:
        latest = each.draft_id or each.id
        draft = latest if each.sha256 == shown else draft_with(latest, shown)
        placed = await front.documents.placed(draft) if each.version <= now.version else None
        if placed and placed.dossier == state.code and shown in {placed.sha256, each.sha256}:
            return DocumentRef(id=draft, version=each.version, sha256=placed.sha256)
    return None


def _number(state: DossierState) -> tuple[Change, ...]:
    number = next((leg.result for leg in state.legs if leg.kind is LegKind.PERSONAL_ID), None) or {}
    known = number.get("personal_id")
    return (Change("personal_id", None, str(known) if known else None),)


async def _office(front: Front, code: str, draft: str) -> tuple[Change, ...]:
    """In whose name it was drawn up, and in whose name it is now."""
    entries = await front.queries.journal(code)
    drafted = next((each["seq"] for each in entries if each["data"].get("document") == draft), None)
    if drafted is None:
        return ()
    since = [each for each in entries if each["seq"] > drafted]
    moves = [each["data"] for each in since if each["kind"] == EventKind.OFFICE_MOVED]
    if not moves:
        return ()
    left, successor = moves[0]["from"], moves[-1]["to"]
    names = await front.offices.names({left, successor}, front.now())
    return (Change("office", names.get(left, left), names.get(successor, successor)),)
