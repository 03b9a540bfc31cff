"""One act on many dossiers: which are meant, how the run goes on, and what became of each."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from contracts.agencies import Agency
from contracts.base import DossierCode, Fault, Instant, Line, Message, Office, Province, Sha256, refuse
from contracts.causes import Act, Cause, Owner
from contracts.dossier import Group

SELECTED_MOST = 10_000
"""Items of one replay: more are several replays, each approved by itself."""
MANY = frozenset({Act.ASK, Act.AGAIN, Act.GIVE_UP, Act.HOLD, Act.RELEASE, Act.REPLAY, Act.REDELIVER})
"""Acts that are the same for every dossier; corrections and results are one dossier's own."""
Rate = Annotated[float, Field(ge=0.01, le=50, allow_inf_nan=False)]
"""Dossiers a second at most."""


class ReplayState(StrEnum):
    """From the draft to the report."""

    DRAFT = "draft"
    """For a second person."""
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    DECLINED = "declined"
    EXPIRED = "expired"
    """A draft that nobody approved in time; stored nowhere."""

    @property
    def over(self) -> bool:
        """No item of it begins any more."""
        return self in {ReplayState.DONE, ReplayState.STOPPED, ReplayState.DECLINED, ReplayState.EXPIRED}


class ItemState(StrEnum):
    """Of one dossier; `waiting` and `doing` are what remains."""

    WAITING = "waiting"
    DOING = "doing"
    VERIFIED = "verified"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def ended(self) -> bool:
        """It has its outcome."""
        return self in {ItemState.VERIFIED, ItemState.FAILED, ItemState.SKIPPED}


class ItemProblem(StrEnum):
    """Why an item was skipped or failed; else the act's own problem."""

    HEALED = "healed"
    """Its trouble was gone before its turn."""
    NOT_STUCK = "not-stuck"
    """A code that was given, of which nothing is stuck."""
    NOT_OFFERED = "act-not-offered"
    """This act does not help against this cause."""
    ERASED = "dossier-erased"
    NOT_IN_TIME = "not-in-time"
    """No proof came in time, for or against."""


class PauseReason(StrEnum):
    """Why a run stands still, or was stopped by itself."""

    SUPPORT = "by-support"
    ERRORS = "errors"
    """Too many of those that ended last failed."""
    AGENCY_HELD = "agency-held"
    """Nothing goes out to the agency: its breaker is open, or its switch is off."""
    SELECTION_CHANGED = "selection-changed"
    """The items are not those that were approved: stopped for good."""


class Selection(Message):
    """Which stuck cases are meant: all of what is named must hold; `since` and `until`: when they were due."""

    cause: Cause | None = None
    agency: Agency | None = None
    owner: Owner | None = None
    office: Office | None = None
    province: Province | None = None
    group: Group | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None
    codes: Annotated[tuple[DossierCode, ...], Field(max_length=SELECTED_MOST)] = ()

    @model_validator(mode="after")
    def _names_something(self) -> "Selection":
        if not self.model_fields_set:
            refuse(type(self), [Fault(("cause",), "missing", "a selection names something")])
        return self


class OrderKind(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RATE = "rate"


class ReplayOrder(Message):
    """What support orders of a run; `id` tells a repeat."""

    id: str
    order: OrderKind
    rate: Rate | None = None
    by: str
    at: Instant
    reason: Line


class ReplayTold(Message):
    """What people wrote of a replay: sealed. `rate`: what was approved."""

    reason: Line
    rate: Rate
    decision_reason: Line | None = None
    orders: tuple[ReplayOrder, ...] = ()


class ReplayPace(Message):
    """How carefully this installation runs them; durations in seconds.

    It pauses itself when `pauses_at` of the last `watches` that ended failed. `patience`: so long a turn stands still
    for an agency that is held, or does not answer.
    """

    in_hand: int = 10
    watches: int = 20
    pauses_at: float = 0.5
    minds_held: bool = True
    proof_within: float = 900.0
    patience: float = 60.0
    in_one_history: int = 250


class ReplayRequest(Message):
    """How a run starts, and goes on in a fresh history: `selection_hash` is what the second person approved."""

    replay: str
    selection_hash: Sha256
    rate: Rate
    paused_because: PauseReason | None = None
    recent: tuple[bool, ...] = ()
    """Of those that ended last, the oldest first: did it fail?"""


class ItemsQuestion(Message):
    """Which items remain, the first ones."""

    replay: str
    selection_hash: Sha256
    limit: int


class ItemsLeft(Message):
    """`approved` false: the items are not those that were approved."""

    numbers: tuple[int, ...] = ()
    approved: bool = True


class ItemTurn(Message):
    """One item's turn."""

    replay: str
    number: int
    proof_within: float
    minds_held: bool = True


class ItemOutcome(Message):
    """How a turn ended; whatever has no outcome in the database has another one.

    `waiting`: its agency is held. `failed`: also where its agency did not answer.
    """

    state: ItemState


class ReplayNote(Message):
    """Where the run stands, for those who look; `order`: by whose order."""

    replay: str
    state: ReplayState
    rate: Rate
    paused_because: PauseReason | None = None
    order: ReplayOrder | None = None
