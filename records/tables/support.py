"""What support sees and does: stuck cases, acts and approvals, replays, switches, reconciliation, questions.

Clear columns serve lists alone and never name a person; whatever people write stands in columns named `sealed…`.
"""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime
from records.tables.exchanges import SERIAL


def _open(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text("gone_at IS NULL"), postgresql_where=text("gone_at IS NULL"))


class StuckCase(SQLModel, table=True):
    """Something that does not go on; `id` names the place, so that one trouble is one row however often seen.

    A place that is stuck again after it was gone is a new row: `spell` counts them.
    """

    __tablename__ = "stuck_cases"
    __table_args__ = (
        _open("ix_stuck_open", "due_at", "id"),
        _open("ix_stuck_cause", "cause", "agency", "due_at", "id"),
        _open("ix_stuck_office", "office", "due_at", "id"),
        _open("ix_stuck_dossier", "dossier"),
        _open("ix_stuck_source", "source", "id"),
        Index("ix_stuck_gone", "gone_at"),
    )

    id: str = Field(primary_key=True)
    spell: int = Field(primary_key=True)
    source: str
    cause: str
    owner: str
    dossier: str | None = None
    group: str | None = None
    office: str | None = None
    province: str | None = None
    agency: str | None = None
    leg: str | None = None
    step: str | None = None
    incident: str | None = None
    due_at: datetime = Field(sa_type=UtcDateTime)
    """From when on it was to be seen."""
    noticed_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    gone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SupportAct(SQLModel, table=True):
    """One act on one dossier, from the wish to the proof."""

    __tablename__ = "support_acts"
    __table_args__ = (
        Index("ix_support_acts_dossier", "dossier", "asked_at"),
        Index("ix_support_acts_state", "state", "asked_at"),
        Index("ix_support_acts_replay", "replay", "state"),
    )

    id: str = Field(primary_key=True)
    dossier: str
    act: str
    leg: str | None = None
    step: str | None = None
    incident: str | None = None
    cause: str | None = None
    state: str
    by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    asked_hash: bytes
    """Of everything that a second person approves; another wish needs another approval."""
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verify_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str | None = None
    replay: str | None = None
    sealed: bytes
    """Reason, corrections (old and new), the result recorded, the evidence's id, the preview as it was shown."""


class Replay(SQLModel, table=True):
    """One act on many dossiers."""

    __tablename__ = "replays"
    __table_args__ = (Index("ix_replays_state", "state", "asked_at"),)

    id: str = Field(primary_key=True)
    act: str
    state: str
    by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    selection: str
    """JSON: cause, agency, period, province, office, or the codes; names nobody."""
    selection_hash: bytes
    selected: int
    rate: float
    """Dossiers a second at most."""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    approved_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_because: str | None = None
    sealed: bytes
    """The reason."""


class ReplayItem(SQLModel, table=True):
    """One dossier of a replay; its outcome once there is one."""

    __tablename__ = "replay_items"
    __table_args__ = (Index("ix_replay_items_state", "replay", "state", "number"),)

    replay: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    dossier: str
    place: str
    """The stuck case's id."""
    state: str
    problem: str | None = None
    act: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AgencySwitch(SQLModel, table=True):
    """What we send to an agency for a while: nothing (0), so many calls a second, or (none) as many as there are.

    `id`: the call that asked for it. Rows stay: `until` is the end, as planned or when another row took its place.
    """

    __tablename__ = "agency_switches"
    __table_args__ = (Index("ix_agency_switches_agency", "agency", "since"),)

    id: str = Field(primary_key=True)
    agency: str
    rate: float | None = None
    by: str
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: bytes
    """The reason, and the end that was planned."""


class Reconciliation(SQLModel, table=True):
    """One comparison of our records with one agency's, for one day; of the differences, how many it saw and settled."""

    __tablename__ = "reconciliations"
    __table_args__ = (Index("ix_reconciliations_agency", "agency", "day"),)

    id: str = Field(primary_key=True)
    agency: str
    day: date
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ours: int = 0
    theirs: int = 0
    agreeing: int = 0
    missing: int = 0
    extra: int = 0
    different: int = 0
    settled: int = 0
    problem: str | None = None


class Discrepancy(SQLModel, table=True):
    """Where they differ: `missing` there, `extra` there, or `different`; `settled_by`: which comparison agreed."""

    __tablename__ = "discrepancies"
    __table_args__ = (Index("ix_discrepancies_open", "agency", "settled_at", "found_at"),)

    agency: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    dossier: str
    kind: str
    ours: str | None = None
    theirs: str | None = None
    found_at: datetime = Field(sa_type=UtcDateTime)
    reconciliation: str
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str | None = None


class Question(SQLModel, table=True):
    """A clerk asks support about a dossier.

    `answer_by` and `answered_at` are of the first answer; `due_at`: until when the next one is, or was, owed.
    """

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_state", "state", "due_at", "id"),
        Index("ix_questions_asked", "asked_at", "id"),
        Index("ix_questions_dossier", "dossier", "asked_at"),
    )

    id: str = Field(primary_key=True)
    dossier: str
    office: str
    by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer_by: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str
    cause: str | None = None


class QuestionMessage(SQLModel, table=True):
    """One thing said, sealed with the dossier's key."""

    __tablename__ = "question_messages"

    question: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes


class Advice(SQLModel, table=True):
    """A catalogue entry that an answer became: what to do about a cause; holds nothing of anybody."""

    __tablename__ = "advice"
    __table_args__ = (Index("ix_advice_cause", "cause", "written_at"),)

    id: str = Field(primary_key=True)
    cause: str
    agency: str | None = None
    language: str
    title: str
    text: str
    by: str
    written_at: datetime = Field(sa_type=UtcDateTime)
    question: str | None = None


class SavedFilter(SQLModel, table=True):
    """A list that somebody looks at again and again."""

    __tablename__ = "saved_filters"

    person: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    query: str


class Unmasking(SQLModel, table=True):
    """Somebody looked at personal data in what was said with an agency, and why."""

    __tablename__ = "unmaskings"
    __table_args__ = (Index("ix_unmaskings_dossier", "dossier", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    dossier: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes


class ArchivedHistory(SQLModel, table=True):
    """A closed dossier's history as the engine had it: its payloads are still under the dossier's key."""

    __tablename__ = "archived_histories"

    dossier: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    archived_at: datetime = Field(sa_type=UtcDateTime)
    events: int
    content: bytes
    """The engine's JSON, compressed."""
