"""Who is logged in, and which tasks they have in hand."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime
from records.tables.exchanges import SERIAL


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


class TaskHolder(SQLModel, table=True):
    """Who has a task in hand."""

    __tablename__ = "task_holders"
    __table_args__ = (Index("ix_task_holders_person", "person", "task"),)

    task: str = Field(primary_key=True)
    person: str
    since: datetime = Field(sa_type=UtcDateTime)


class TaskHandOver(SQLModel, table=True):
    """One change of hands, kept for good; `sealed`: the reason, under the shared key, where one was given."""

    __tablename__ = "task_hand_overs"
    __table_args__ = (Index("ix_task_hand_overs_task", "task", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    task: str
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    before: str | None = None
    after: str | None = None
    """None: put back for anyone."""
    sealed: bytes | None = None
