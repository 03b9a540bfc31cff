"""What was said between us and an agency."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime

SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""A counting key: SQLite counts in INTEGER columns only."""


class Exchange(SQLModel, table=True):
    """One request and its answer, sealed with the dossier's key, or the shared key where it belongs to none."""

    __tablename__ = "exchanges"

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
