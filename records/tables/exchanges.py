"""What was said between us and an agency."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, text
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime

SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""A counting key: SQLite counts in INTEGER columns only."""
FAILED = "(status IS NULL OR status >= 500 OR status IN (408, 425, 429))"
"""No answer, or trouble of the agency's own; written as the index has it, or the index is not used."""


class Exchange(SQLModel, table=True):
    """One request and its answer, sealed with the dossier's key, or the shared key where it belongs to none."""

    __tablename__ = "exchanges"
    __table_args__ = (
        Index("ix_exchanges_agency", "agency", "at", "status", "duration_ms"),
        Index("ix_exchanges_failed", "agency", "at", sqlite_where=text(FAILED), postgresql_where=text(FAILED)),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    agency: str
    dossier: str | None = Field(default=None, index=True)
    step: str | None = None
    key: str | None = None
    attempt: int
    status: int | None = None
    duration_ms: float
    at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes
