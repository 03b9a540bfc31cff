"""The one window on what people see: views, lists, search, the event feed, statistics."""

from records.paging import BadCursor, Page
from records.queries.callbacks import CallbackRow, Callbacks
from records.queries.dossiers import DossierFilter, DossierRow
from records.queries.feed import Event, Feed, Statistics
from records.queries.inbox import TaskCount, Workload, Workloads
from records.queries.left import Left, LeftRow
from records.queries.lists import IncidentRow, Lists, TaskRow
from records.queries.undelivered import Undelivered, UndeliveredRow
from records.queries.views import FOUND_AT_MOST, Header, SearchKind, Views

__all__ = [
    "FOUND_AT_MOST",
    "BadCursor",
    "CallbackRow",
    "DossierFilter",
    "DossierRow",
    "Event",
    "Header",
    "IncidentRow",
    "LeftRow",
    "Page",
    "Queries",
    "SearchKind",
    "Statistics",
    "TaskCount",
    "TaskRow",
    "UndeliveredRow",
    "Workload",
]


class Queries(Views, Lists, Feed, Undelivered, Callbacks, Workloads, Left):
    """All reading questions; `Queries(database, keys)`."""
