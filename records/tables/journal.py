"""The projection: dossiers, their legs, tasks and incidents, the chained entries and the search tokens.

Clear columns serve lists alone and never name a person. Sealed columns come last, so that a list reads little.
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime
from records.tables.exchanges import SERIAL


def _late(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text("late_at IS NOT NULL"), postgresql_where=text("late_at IS NOT NULL"))


def _troubled(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text("open_incidents > 0"), postgresql_where=text("open_incidents > 0"))


def _following(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text("follows IS NOT NULL"), postgresql_where=text("follows IS NOT NULL"))


class Dossier(SQLModel, table=True):
    """One dossier as lists show it, how far its journal is, and how far each partner has been told."""

    __tablename__ = "dossiers"
    __table_args__ = (
        Index("ix_dossiers_filed", "filed_at", "code"),
        Index("ix_dossiers_office", "office", "filed_at", "code"),
        Index("ix_dossiers_stage", "group", "stage", "filed_at", "code"),
        Index("ix_dossiers_office_stage", "office", "group", "stage", "filed_at", "code"),
        _late("ix_dossiers_late", "late_at", "code"),
        _late("ix_dossiers_office_late", "office", "late_at", "code"),
        _troubled("ix_dossiers_incidents", "filed_at", "code"),
        _troubled("ix_dossiers_office_incidents", "office", "filed_at", "code"),
        _following("ix_dossiers_follows", "follows", "code"),
        Index(
            "ix_dossiers_returned",
            "office",
            "group",
            "closed_at",
            "promised_at",
            sqlite_where=text("stage = 'returned'"),
            postgresql_where=text("stage = 'returned'"),
        ),
        Index(
            "ix_dossiers_closed",
            "closed_at",
            "code",
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index("ix_dossiers_held", "code", sqlite_where=text("held = 1"), postgresql_where=text("held")),
    )

    code: str = Field(primary_key=True, foreign_key="dossier_keys.dossier")
    group: str
    channel: str
    office: str
    client: str
    filed_at: datetime = Field(sa_type=UtcDateTime)
    stage: str
    held: bool
    promised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    late_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """From when on a leg is overdue: the earliest law's date or expected answer among unfinished legs."""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    open_incidents: int = 0
    epoch: str
    seq: int
    position: int
    """How many entries the chain has."""
    last_hash: bytes
    one_stop_status: int | None = None
    one_stop_count: int = 0
    portal_status: int | None = None
    portal_count: int = 0
    notice_count: int = 0
    moves_skipped: int = 0
    """Statuses that a partner's order of statuses does not allow: never sent."""
    filing_seq: int = -1
    follows: str | None = None
    """The dossier that this one corrects or completes."""
    sealed_state: bytes
    sealed_filing: bytes | None = None


class Leg(SQLModel, table=True):
    """One leg, with copies of its dossier's columns that lists sort and filter by."""

    __tablename__ = "legs"
    __table_args__ = (
        Index("ix_legs_state", "kind", "state", "filed_at", "dossier"),
        Index("ix_legs_office_state", "office", "kind", "state", "filed_at", "dossier"),
        {"sqlite_with_rowid": False},
    )

    dossier: str = Field(primary_key=True, foreign_key="dossiers.code")
    kind: str = Field(primary_key=True)
    state: str
    office: str
    filed_at: datetime = Field(sa_type=UtcDateTime)
    late_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Task(SQLModel, table=True):
    """A person's work, sorted by who will be late first."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_office", "office", "state", "due_at", "id"),
        Index("ix_tasks_office_kind", "office", "kind", "state", "due_at", "id"),
        Index("ix_tasks_state", "state", "due_at", "id"),
        Index(
            "ix_tasks_open",
            "kind",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(primary_key=True)
    dossier: str = Field(foreign_key="dossiers.code")
    kind: str
    state: str
    office: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime = Field(sa_type=UtcDateTime)


class Incident(SQLModel, table=True):
    """A step that waits for an operator; gone from here once resolved, kept in the journal."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_opened", "opened_at", "id"),)

    id: str = Field(primary_key=True)
    dossier: str = Field(foreign_key="dossiers.code", index=True)
    office: str
    step: str
    code: str
    leg: str | None = None
    agency: str | None = None
    attempts: int = 0
    opened_at: datetime = Field(sa_type=UtcDateTime)


class JournalEntry(SQLModel, table=True):
    """One thing that happened, chained by `hash` to the dossier's previous entry."""

    __tablename__ = "journal_entries"
    __table_args__ = ({"sqlite_with_rowid": False},)  # one tree: an entry is one page written

    dossier: str = Field(primary_key=True)
    epoch: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    position: int
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    leg: str | None = None
    actor: str | None = None
    hash: bytes
    sealed: bytes


class SearchToken(SQLModel, table=True):
    """A keyed hash of a name, a syllable or a number, and a dossier that has it."""

    __tablename__ = "search_tokens"
    __table_args__ = ({"sqlite_with_rowid": False},)

    token: bytes = Field(primary_key=True)
    dossier: str = Field(primary_key=True)


class FeedEvent(SQLModel, table=True):
    """What portals read in order; `id` grows with the order of commits."""

    __tablename__ = "feed_events"
    __table_args__ = (Index("ix_feed_events_client", "client", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    client: str
    dossier: str
    epoch: str
    seq: int
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    leg: str | None = None
    stage: str
