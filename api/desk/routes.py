"""The desk's pages, in the order in which their addresses are looked at."""

from api.desk import batch, dossiers, files, holding, inbox, questions, tasks
from api.web import digest

WORK = (inbox.router, holding.router, tasks.router, batch.router)
PAGES = (*WORK, dossiers.router, questions.router, digest.desk, files.router, dossiers.lost)
"""The last one answers for every address that no page has."""
