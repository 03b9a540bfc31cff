"""Statuses and notices on their way to partners."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime
from records.tables.exchanges import SERIAL


class OutboxRow(SQLModel, table=True):
    """One status or notice; `number` counts per dossier and partner."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_number", "dossier", "partner", "number", unique=True),
        Index(
            "ix_outbox_pending",
            "partner",
            "not_before",
            "id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(
            "ix_outbox_settled",
            "partner",
            "settled_at",
            sqlite_where=text("settled_at IS NOT NULL"),
            postgresql_where=text("settled_at IS NOT NULL"),
        ),
        Index(
            "ix_outbox_said",
            "dossier",
            "said",
            sqlite_where=text("said IS NOT NULL"),
            postgresql_where=text("said IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    partner: str
    dossier: str
    number: int
    key: str
    status: int | None = None
    notice: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    attempt_group: int = 1
    """The next one follows a refusal for good: the key then is new to the partner."""
    problem: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: bytes
    said: str | None = None
    """A keyed hash of what a notice tells of: nobody is written to twice of one thing."""
