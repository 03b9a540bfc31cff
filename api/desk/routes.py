"""The desk's pages, in the order in which their addresses are looked at."""

from api.desk import batch, dossiers, files, holding, inbox, tasks

PAGES = (inbox.router, holding.router, tasks.router, batch.router, dossiers.router, files.router, dossiers.lost)
"""The last one answers for every address that no page has."""
