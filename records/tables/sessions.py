"""Who is logged in."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime


class Session(SQLModel, table=True):
    """One login; `token_hash` is of the cookie's random value, `sealed` says who holds it and what they may."""

    __tablename__ = "sessions"

    token_hash: bytes = Field(primary_key=True)
    subject: str = Field(index=True)
    """An account id, never a name."""
    opened_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: bytes
