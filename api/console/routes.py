"""The console's pages, in the order in which their addresses are looked at."""

from api.console import agencies, overview

PAGES = (overview.router, agencies.router, overview.lost)
"""The last one answers for every address that no page has."""
