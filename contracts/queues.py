"""Names of the engine's task queues; both ends of each queue read them here."""

from contracts.outbox import Audience, Recipient

WORKFLOWS = "dossiers"
JOURNAL = "journal"
DOCUMENTS = "documents"
WEBHOOKS = Audience.WEBHOOKS.value


def of(recipient: Recipient) -> str:
    """One queue an agency: its own limit, its own trouble."""
    return recipient.value if isinstance(recipient, Audience) else f"agency.{recipient}"
