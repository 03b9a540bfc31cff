"""Portals' subscriptions to their events, and what became of each event."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime


class Subscription(SQLModel, table=True):
    """Where a client wants its events; address and secret are sealed with the shared key, and erased on deletion."""

    __tablename__ = "webhooks"
    __table_args__ = (Index("ix_webhooks_client", "client", "created_at"),)

    id: str = Field(primary_key=True)
    client: str
    kinds: str | None = None
    """Kinds of events, separated by commas; none means all."""
    state: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    after: int = Field(sa_type=BigInteger)
    """The client's newest event when it subscribed."""
    position: int = Field(sa_type=BigInteger)
    """The last event of the feed that deliveries were made of, or that was not wanted."""
    sealed: bytes


class Delivery(SQLModel, table=True):
    """One event for one subscription; what it says stands in the feed. `redelivery`: the last one asked for."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_pending",
            "subscription",
            "event",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        {"sqlite_with_rowid": False},
    )

    subscription: str = Field(primary_key=True, foreign_key="webhooks.id")
    event: int = Field(primary_key=True, sa_type=BigInteger)
    state: str
    attempts: int = 0
    last_status: int | None = None
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    redelivery: str | None = None
