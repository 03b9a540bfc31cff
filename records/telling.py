"""From a move to the outbox's row: what the partner or the applicant is told along with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.dossier import DossierState
from contracts.filings import Filing
from contracts.journal import Entry, EventKind
from contracts.people import Requester
from records import lost
from records.outbox import Contact, LegOutcome, Move, OutboxPayload
from records.partners import CITIZEN_WITHDRAWAL
from records.sealing import seal

_WITH_RESULTS = frozenset({EventKind.DOCUMENT_PUBLISHED, EventKind.LEG_CHANGED, EventKind.DONE, EventKind.RETURNED})


def outbox_row(
    move: Move, state: DossierState, filing: Callable[[], Filing | None], key: bytes, now: datetime
) -> dict[str, Any]:
    """The row for one move; the filing is asked for only where the applicant is told."""
    said = _payload(move.entry, state)
    if move.notice:
        current = filing()
        said = said.model_copy(update={"applicant": _contact(current.applicant) if current else None})
    name = move.key(state.code)
    return {
        "partner": move.partner.value,
        "dossier": state.code,
        "number": move.number,
        "key": name,
        "status": move.status,
        "notice": move.notice.value if move.notice else None,
        "at": move.entry.at,
        "not_before": now,
        "attempts": 0,
        "sealed": seal(key, said.model_dump_json(exclude_none=True).encode(), f"outbox/{name}"),
        "said": lost.mark(key, move.entry) if move.notice else None,
    }


def _payload(entry: Entry, state: DossierState) -> OutboxPayload:
    supplement = state.supplement if entry.kind is EventKind.SUPPLEMENT_REQUESTED else None
    reason, text = _reason(entry, state)
    version = entry.data.get("version")
    return OutboxPayload(
        group=state.group,
        office=state.office,
        leg=entry.leg,
        reason=reason,
        reason_text=text,
        promised_at=state.promised_at,
        supplement_due_at=supplement.due_at if supplement else None,
        papers=supplement.documents if supplement else (),
        document=_text(entry, "document"),
        document_version=version if isinstance(version, int) else None,
        results=_results(state) if entry.kind in _WITH_RESULTS else (),
    )


def _reason(entry: Entry, state: DossierState) -> tuple[str | None, str | None]:
    """The reason's code and its words."""
    match entry.kind:
        case EventKind.WITHDRAWN:
            return CITIZEN_WITHDRAWAL, state.reason_text
        case EventKind.REJECTED | EventKind.STOPPED:
            return state.reason or _text(entry, "reason"), state.reason_text
        case EventKind.SUPPLEMENT_REQUESTED:
            return None, _text(entry, "reason")
        case EventKind.LEG_CHANGED:
            leg = next((leg for leg in state.legs if leg.kind is entry.leg), None)
            return (leg.reason, leg.reason_text) if leg else (None, None)
        case _:
            return None, None


def _results(state: DossierState) -> tuple[LegOutcome, ...]:
    return tuple(
        LegOutcome(
            leg=leg.kind,
            state=leg.state,
            result=leg.result,
            reason=leg.reason,
            reason_text=leg.reason_text,
            legal_basis=leg.legal_basis,
        )
        for leg in state.legs
    )


def _contact(who: Requester) -> Contact:
    return Contact(full_name=who.full_name, personal_id=who.personal_id, phone=who.phone, email=who.email)


def _text(entry: Entry, name: str) -> str | None:
    value = entry.data.get(name)
    return value if isinstance(value, str) else None
