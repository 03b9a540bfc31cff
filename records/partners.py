"""What partners are told: each one's own statuses, the order it accepts, and the mapping from journal entries."""

from enum import IntEnum, StrEnum

from contracts.dossier import DocumentKind, LegKind, LegState
from contracts.journal import Entry, EventKind


class OneStopStatus(IntEnum):
    """The hub's numbers (domain.md B.6 b). 4, 5 and 7 mean other things than the national portal's."""

    RECEIVED = 1
    SUPPLEMENT_REQUESTED = 2
    ACCEPTED = 3
    RESULT_AVAILABLE = 4
    RESULT_RETURNED = 5
    REJECTED = 6
    SENT_TO_CIVIL_STATUS = 7


class PortalStatus(IntEnum):
    """The national portal's numbers (domain.md B.6 a)."""

    NEWLY_FILED = 1
    RECEIVED = 2
    NOT_ACCEPTED = 3
    IN_PROCESS = 4
    SUPPLEMENT_REQUESTED = 5
    FINANCIAL_OBLIGATION = 6
    WITHDRAWN = 7
    STOPPED = 8
    PROCESSED = 9
    RETURNED = 10


class Notice(StrEnum):
    """What the applicant is told by message."""

    APPOINTMENT = "appointment"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    REJECTED = "rejected"
    DOCUMENT_PUBLISHED = "document_published"
    NUMBER_ARRIVED = "number_arrived"
    LEG_REFUSED = "leg_refused"
    RETURNED = "returned"


CITIZEN_WITHDRAWAL = "citizen-withdrawal"
"""The reason under which a withdrawal reaches the one-stop, which has no status for it."""

_O, _P = OneStopStatus, PortalStatus
_ONE_STOP_MOVES: dict[OneStopStatus | None, frozenset[OneStopStatus]] = {
    None: frozenset({_O.RECEIVED}),
    _O.RECEIVED: frozenset({_O.ACCEPTED, _O.SUPPLEMENT_REQUESTED, _O.REJECTED}),
    _O.SUPPLEMENT_REQUESTED: frozenset({_O.ACCEPTED, _O.SUPPLEMENT_REQUESTED, _O.REJECTED}),
    _O.ACCEPTED: frozenset({_O.SENT_TO_CIVIL_STATUS, _O.SUPPLEMENT_REQUESTED, _O.REJECTED}),
    _O.SENT_TO_CIVIL_STATUS: frozenset({_O.RESULT_AVAILABLE, _O.SUPPLEMENT_REQUESTED, _O.REJECTED}),
    _O.RESULT_AVAILABLE: frozenset({_O.RESULT_RETURNED, _O.REJECTED}),
}
_PORTAL_ENDS = frozenset({_P.WITHDRAWN, _P.STOPPED})
_PORTAL_MOVES: dict[PortalStatus | None, frozenset[PortalStatus]] = {
    None: frozenset({_P.NEWLY_FILED}),
    _P.NEWLY_FILED: frozenset({_P.RECEIVED, _P.NOT_ACCEPTED, _P.SUPPLEMENT_REQUESTED}) | _PORTAL_ENDS,
    _P.SUPPLEMENT_REQUESTED: frozenset({_P.RECEIVED, _P.NOT_ACCEPTED, _P.SUPPLEMENT_REQUESTED}) | _PORTAL_ENDS,
    _P.RECEIVED: frozenset({_P.IN_PROCESS, _P.SUPPLEMENT_REQUESTED}) | _PORTAL_ENDS,
    _P.IN_PROCESS: frozenset({_P.PROCESSED, _P.SUPPLEMENT_REQUESTED}) | _PORTAL_ENDS,
    _P.PROCESSED: frozenset({_P.RETURNED}) | _PORTAL_ENDS,
}
_ONE_STOP_FOR = {
    EventKind.FILED: _O.RECEIVED,
    EventKind.SUPPLEMENT_REQUESTED: _O.SUPPLEMENT_REQUESTED,
    EventKind.ACCEPTED: _O.ACCEPTED,
    EventKind.RETURNED: _O.RESULT_RETURNED,
    EventKind.REJECTED: _O.REJECTED,
    EventKind.WITHDRAWN: _O.REJECTED,
    EventKind.STOPPED: _O.REJECTED,
}
_PORTAL_FOR = {
    EventKind.FILED: _P.NEWLY_FILED,
    EventKind.SUPPLEMENT_REQUESTED: _P.SUPPLEMENT_REQUESTED,
    EventKind.ACCEPTED: _P.RECEIVED,
    EventKind.DONE: _P.PROCESSED,
    EventKind.RETURNED: _P.RETURNED,
    EventKind.WITHDRAWN: _P.WITHDRAWN,
    EventKind.STOPPED: _P.STOPPED,
}
_NOTICE_FOR = {
    EventKind.LAW_READ: Notice.APPOINTMENT,  # only now is the promised date known
    EventKind.SUPPLEMENT_REQUESTED: Notice.SUPPLEMENT_REQUESTED,
    EventKind.REJECTED: Notice.REJECTED,
    EventKind.DOCUMENT_PUBLISHED: Notice.DOCUMENT_PUBLISHED,
    EventKind.RETURNED: Notice.RETURNED,
}
_AT_CIVIL_STATUS = frozenset({LegState.SENT, LegState.PENDING, LegState.GRANTED})
_REGISTRATIONS = frozenset({LegKind.CIVIL_STATUS, LegKind.DEATH_REGISTRATION})
_REGISTERED = frozenset({DocumentKind.BIRTH_CERTIFICATE, DocumentKind.DEATH_EXTRACT})
"""The documents that say a registration was made."""


def one_stop_status(entry: Entry, last: OneStopStatus | None) -> OneStopStatus | None:
    """The status that an entry means to the one-stop, none when it means nothing or nothing new."""
    if _registration_under_way(entry):
        # An agency that answers at once skips "sent": what is granted has been handed over too.
        return None if last in {_O.SENT_TO_CIVIL_STATUS, _O.RESULT_AVAILABLE} else _O.SENT_TO_CIVIL_STATUS
    if _result_published(entry):
        return None if last is _O.RESULT_AVAILABLE else _O.RESULT_AVAILABLE
    return _ONE_STOP_FOR.get(entry.kind)


def portal_status(entry: Entry, last: PortalStatus | None) -> PortalStatus | None:
    """The status that an entry means to the national portal, none when it means nothing or nothing new."""
    if _registration_under_way(entry):
        return None if last is _P.IN_PROCESS else _P.IN_PROCESS
    if entry.kind is EventKind.REJECTED:
        return _P.STOPPED if last in {_P.RECEIVED, _P.IN_PROCESS} else _P.NOT_ACCEPTED
    return _PORTAL_FOR.get(entry.kind)


def notice(entry: Entry, *, published: bool) -> Notice | None:
    """What an entry means to the applicant; `published`: the registration's document was before."""
    if entry.kind is not EventKind.LEG_CHANGED:
        return _NOTICE_FOR.get(entry.kind)
    state = entry.data.get("state")
    if state == LegState.REFUSED:
        # A refused registration ends the dossier: the applicant hears of the rejection.
        return None if entry.leg in _REGISTRATIONS else Notice.LEG_REFUSED
    if published and entry.leg is LegKind.PERSONAL_ID and state == LegState.GRANTED:
        return Notice.NUMBER_ARRIVED
    return None


def one_stop_allows(last: OneStopStatus | None, status: OneStopStatus) -> bool:
    """Order 1→3→7→4→5, with 2 and 6 as exits; anything else the hub refuses."""
    return status in _ONE_STOP_MOVES.get(last, frozenset())


def portal_allows(last: PortalStatus | None, status: PortalStatus) -> bool:
    """Order 1→2→4→9→10, with 3, 5, 7 and 8 as exits."""
    return status in _PORTAL_MOVES.get(last, frozenset())


def _registration_under_way(entry: Entry) -> bool:
    return (
        entry.kind is EventKind.LEG_CHANGED
        and entry.leg in _REGISTRATIONS
        and entry.data.get("state") in _AT_CIVIL_STATUS
    )


def _result_published(entry: Entry) -> bool:
    kind = entry.data.get("document_kind", DocumentKind.BIRTH_CERTIFICATE)
    return entry.kind is EventKind.DOCUMENT_PUBLISHED and kind in _REGISTERED
