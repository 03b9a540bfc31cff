"""Names of the engine's task queues; both ends of each queue read them here."""

from enum import StrEnum

from contracts.agencies import Agency
from contracts.outbox import Audience, Recipient

WORKFLOWS = "dossiers"
JOURNAL = "journal"
DOCUMENTS = "documents"
REPLAYS = "replays"
RECONCILIATION = "reconciliation"
WEBHOOKS = Audience.WEBHOOKS.value
AGENCIES = tuple(each for each in Agency if each is not Agency.SIGNING)
"""Agencies with a queue; the signing service is asked by whoever signs, at once."""


class LimitedBy(StrEnum):
    """Why a queue gives out less than it has; what the engine is told as the reason."""

    BREAKER = "breaker"
    SWITCH = "switch"


def of(recipient: Recipient) -> str:
    """One queue an agency: its own limit, its own trouble."""
    return recipient.value if isinstance(recipient, Audience) else f"agency.{recipient}"
