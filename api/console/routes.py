"""The console's pages, in the order in which their addresses are looked at."""

from api.console import acting, agencies, cases, dossiers, followed, lists, overview, replays

PAGES = (
    overview.router,
    cases.router,
    acting.router,
    dossiers.router,
    followed.router,
    lists.router,
    replays.router,
    agencies.router,
    overview.lost,
)
"""The last one answers for every address that no page has."""
