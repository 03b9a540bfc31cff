"""The console's pages, in the order in which their addresses are looked at."""

from api.console import (
    acting,
    agencies,
    cases,
    dossiers,
    followed,
    lists,
    overview,
    questions,
    reconciliations,
    reopening,
    replays,
)
from api.web import digest

PAGES = (
    overview.router,
    cases.router,
    acting.router,
    dossiers.router,
    followed.router,
    reopening.router,
    lists.router,
    replays.router,
    questions.router,
    digest.console,
    agencies.router,
    reconciliations.router,
    overview.lost,
)
"""The last one answers for every address that no page has."""
