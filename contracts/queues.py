"""Names of the engine's task queues; both ends of each queue read them here."""

from contracts.agencies import Agency

WORKFLOWS = "dossiers"
JOURNAL = "journal"
DOCUMENTS = "documents"


def of(agency: Agency) -> str:
    """One queue an agency: its own limit, its own trouble."""
    return f"agency.{agency}"
