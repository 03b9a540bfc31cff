"""What is kept, by topic. Personal data stands in columns named `sealed…` alone; hashes are keyed."""

from records.tables import documents, edge, exchanges, journal, outbox, registers, webhooks

__all__ = ["documents", "edge", "exchanges", "journal", "outbox", "registers", "webhooks"]
