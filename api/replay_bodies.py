"""What callers send to, and are told of, one act on many dossiers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from api import examples
from contracts.acts import ActPreview
from contracts.base import Line, Message, Sha256
from contracts.causes import Act
from contracts.replays import (
    MANY,
    ItemProblem,
    ItemState,
    OrderKind,
    PauseReason,
    Rate,
    ReplayOrder,
    ReplayState,
    Selection,
)

RATE = 2.0
"""Dossiers a second, unless said otherwise."""


def _for_many(act: Act) -> Act:
    if act not in MANY:
        raise ValueError("this act is one dossier's own")
    return act


class ReplayBody(Message):
    """What is to be done to every stuck case that is selected; `rate`: dossiers a second at most."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REPLAY]})

    selection: Selection
    act: Annotated[Act, AfterValidator(_for_many)]
    reason: Line
    rate: Rate = RATE


class ReplayApprovalBody(Message):
    """`selection_hash`: of the draft that was looked at."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REPLAY_APPROVAL]})

    selection_hash: Sha256
    decision: Literal["approve", "decline"] = "approve"
    reason: Line


class ReplayOrderBody(Message):
    """`rate`: where the rate is ordered, and only there."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REPLAY_ORDER]})

    order: OrderKind
    rate: Rate | None = None
    reason: Line


class ReplayCounts(BaseModel):
    """`selected` = `verified` + `failed` + `skipped` + `remaining`; `in_hand`: how many of those begin to end."""

    selected: int
    verified: int
    failed: int
    skipped: int
    remaining: int
    in_hand: int


class ReplaySlope(BaseModel):
    """How many ended within the last minute."""

    verified: int
    failed: int
    skipped: int


class ReplaySummary(BaseModel):
    """A replay in a list; `rate`: the present one."""

    id: str
    act: Act
    state: ReplayState
    by: str
    asked_at: datetime
    selection: dict[str, Any]
    selection_hash: Sha256
    selected: int
    rate: float
    expires_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    paused_because: PauseReason | None


class ReplayView(ReplaySummary):
    """One replay with its counts, and what was written of it."""

    reason: str
    decision_reason: str | None
    orders: list[ReplayOrder]
    counts: ReplayCounts
    slope: ReplaySlope


class Divided(BaseModel):
    """How many items there are of one kind; none: of those that belong to none."""

    name: str | None
    count: int


class ReplaySample(BaseModel):
    """One item, and what would happen to it; `problem`: why that cannot be told."""

    number: int
    dossier: str
    preview: ActPreview | None
    problem: str | None


class ReplayWarning(BaseModel):
    """Items that are left out, why, and the first of them."""

    problem: ItemProblem
    count: int
    dossiers: list[str]


class ReplayPreview(BaseModel):
    """What a draft means: how its items divide, what would happen to a few, and which are left out."""

    by_cause: list[Divided]
    by_agency: list[Divided]
    by_office: list[Divided]
    sample: list[ReplaySample]
    warnings: list[ReplayWarning]


class ReplayDraft(ReplayView, ReplayPreview):
    """A draft as it is asked for."""


class ReplayItemView(BaseModel):
    """One dossier of a replay; `place`: where it is stuck, `act`: the act of support that was done."""

    number: int
    dossier: str
    place: str
    state: ItemState
    problem: str | None
    act: str | None
    ended_at: datetime | None
