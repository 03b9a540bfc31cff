"""Filings claimed, keys, operations already asked for, callbacks received, uploaded papers."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime


class DossierKey(SQLModel, table=True):
    """A dossier's key, wrapped by the master key; none once destroyed."""

    __tablename__ = "dossier_keys"

    dossier: str = Field(primary_key=True)
    wrapped: bytes | None = None
    destroyed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Claim(SQLModel, table=True):
    """A filing that was accepted for processing; `key_hash` is the client's idempotency key, hashed."""

    __tablename__ = "claims"
    __table_args__ = (
        Index(
            "ix_claims_unstarted",
            "claimed_at",
            sqlite_where=text("started = 0"),
            postgresql_where=text("NOT started"),
        ),
    )

    client: str = Field(primary_key=True)
    key_hash: bytes = Field(primary_key=True)
    code: str = Field(unique=True, foreign_key="dossier_keys.dossier")
    group: str
    office: str
    filed_at: datetime = Field(sa_type=UtcDateTime)
    claimed_at: datetime = Field(sa_type=UtcDateTime)
    started: bool = False
    sealed_body: bytes
    sealed_opening: bytes


class Operation(SQLModel, table=True):
    """An operation that a client asked for under an idempotency key, and the keyed hash of its body."""

    __tablename__ = "operations"

    client: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    key_hash: bytes = Field(primary_key=True)
    body_hash: bytes
    asked_at: datetime = Field(sa_type=UtcDateTime)


class Callback(SQLModel, table=True):
    """An agency's late answer, stored before it is acknowledged; sealed with the shared key."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index(
            "ix_callbacks_waiting",
            "received_at",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        Index("ix_callbacks_state", "state", "received_at"),
    )

    agency: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    dossier: str | None = None
    step: str
    state: str
    received_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes


class Upload(SQLModel, table=True):
    """Bytes that a citizen or a clerk sent along."""

    __tablename__ = "uploads"

    dossier: str = Field(primary_key=True, foreign_key="dossier_keys.dossier")
    id: str = Field(primary_key=True)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    sealed_name: bytes
    sealed: bytes
