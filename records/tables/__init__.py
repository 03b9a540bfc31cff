"""What is kept, by topic. Personal data stands in columns named `sealed…` alone; hashes are keyed."""

from records.tables import (
    benefits,
    documents,
    edge,
    exchanges,
    journal,
    outbox,
    registers,
    sessions,
    support,
    webhooks,
)

__all__ = [
    "benefits",
    "documents",
    "edge",
    "exchanges",
    "journal",
    "outbox",
    "registers",
    "sessions",
    "support",
    "webhooks",
]
