"""Comparing a day of ours with a day of an agency's: what each holds under a key, and where they differ."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.agencies import Agency, Step
from contracts.base import Day, DossierCode, Instant, Message
from contracts.dossier import DossierState, LegState, LegView, Stage
from contracts.offers import decisive, latest, step_of
from contracts.standings import DayLine, Standing, StandingAnswer
from contracts.steps import LEG_OF_STEP


class DiscrepancyKind(StrEnum):
    """How they differ."""

    MISSING = "missing"
    """We hold it as granted; the agency knows nothing of it."""
    EXTRA = "extra"
    """The agency granted it; we do not know it, or still wait for it."""
    DIFFERENT = "different"
    """Both have it, with different outcomes."""


class ReconciliationProblem(StrEnum):
    """Why a run ended before it had seen everything."""

    AGENCY_SILENT = "agency-silent"


class ReconciliationRequest(Message):
    """How a run starts. `day` none: the one before the day on which it was due.

    `settles`: so many seconds ours may lag behind what the agency decided.
    """

    agency: Agency
    day: Day | None = None
    settles: float


class Run(Message):
    """One comparison; `id`: its workflow's."""

    id: str
    agency: Agency
    day: Day
    settles: float


class Holding(Message):
    """What we hold under a key; `instead_of`: the keys of earlier dossiers whose place it has taken."""

    dossier: DossierCode
    key: str
    ours: Standing
    instead_of: tuple[str, ...] = ()


class TheirPage(Message):
    """One page of the agency's day."""

    run: Run
    lines: tuple[DayLine, ...]


class Matched(Message):
    """Of one page: how many of its keys are ours, how many agree, and what is to be looked at again."""

    ours: int
    agreeing: int
    suspects: tuple[Holding, ...]


class OurPlace(Message):
    """How far our own day was read: exchanges first, then what partners were `told`."""

    told: bool = False
    at: Instant | None = None
    id: int = 0


class OurQuestion(Message):
    """What do we hold as granted by this agency, of what was said on the day?"""

    run: Run
    after: OurPlace = OurPlace()


class OurAnswer(Message):
    """`after` none: the last page. A key may come again."""

    granted: tuple[Holding, ...]
    after: OurPlace | None = None


class OpenQuestion(Message):
    """Which differences are open that this run did not find itself?"""

    run: Run
    after: str = ""
    limit: Annotated[int, Field(ge=1)]


class OpenAnswer(Message):
    """As our side stands now; `after` none: the last page."""

    holdings: tuple[Holding, ...]
    after: str | None = None


class Looked(Message):
    """What we held before the agency was asked, and what it said."""

    run: Run
    holdings: tuple[Holding, ...]
    answers: tuple[StandingAnswer, ...]


class Agreeing(Message):
    """How many agree after all."""

    count: int


class RunEnd(Message):
    """The sums of a run."""

    run: Run
    ours: int
    theirs: int
    agreeing: int
    problem: ReconciliationProblem | None = None


_DIFFER = {
    (Standing.GRANTED, Standing.UNKNOWN): DiscrepancyKind.MISSING,
    (Standing.GRANTED, Standing.PENDING): DiscrepancyKind.DIFFERENT,
    (Standing.GRANTED, Standing.REFUSED): DiscrepancyKind.DIFFERENT,
    (Standing.REFUSED, Standing.GRANTED): DiscrepancyKind.DIFFERENT,
    (Standing.PENDING, Standing.REFUSED): DiscrepancyKind.DIFFERENT,
    (Standing.PENDING, Standing.GRANTED): DiscrepancyKind.EXTRA,
    (Standing.UNKNOWN, Standing.GRANTED): DiscrepancyKind.EXTRA,
}
LACKING = frozenset({Standing.UNKNOWN, Standing.REFUSED})
"""Theirs, where the agency does not have the effect: asking once more under a new key makes no second one."""
LAGGING = frozenset({Standing.PENDING, Standing.UNKNOWN})
"""Ours, where the agency's answer may still be on its way."""


def difference(ours: Standing | None, theirs: Standing) -> DiscrepancyKind | None:
    """How they differ; `ours` none: not to be compared."""
    return _DIFFER.get((ours, theirs)) if ours else None


def held_by_leg(state: DossierState, key: str) -> Standing | None:
    """What a leg tells of a key; raises `KeyError` where no leg was asked under it.

    None: people have it in hand, another key has taken its place, or several requests share one outcome.
    """
    leg = next((each for each in state.legs if key in each.keys), None)
    if leg is None:
        raise KeyError(key)
    if leg.state is LegState.PARKED:
        return None
    if key not in latest(leg.keys):
        return Standing.REFUSED if leg.state.ended and leg.state is not LegState.GRANTED else None
    return _of_leg(leg, key)


def _of_leg(leg: LegView, key: str) -> Standing | None:
    alone = sum(step_of(each) is step_of(key) for each in latest(leg.keys)) == 1
    last = key in decisive(leg)
    if leg.state is LegState.GRANTED or not (last or leg.state.ended):  # a step that another followed was granted
        return Standing.GRANTED if alone else None
    if not last:
        return None
    return Standing.REFUSED if leg.state.ended else Standing.PENDING


def once_more(key: str, later: Sequence[DossierState]) -> Holding | None:
    """What has taken a key's place in dossiers that follow, the newest first; pending: it is being done once more.

    A leg that is taken back there, or that was refused there, leaves the key as it is.
    """
    for state in reversed(later):
        leg = next((each for each in state.legs if each.kind is LEG_OF_STEP.get(step_of(key))), None)
        same = [each for each in latest(leg.keys) if _effect(each) == _effect(key)] if leg else []
        if leg is None or (leg.keys and not same):
            continue
        if not leg.state.ended:
            return Holding(dossier=state.code, key=same[-1] if same else "", ours=Standing.PENDING)
        if same and leg.state is LegState.GRANTED:
            return Holding(dossier=state.code, key=same[-1], ours=Standing.GRANTED)
    return None


def _effect(key: str) -> list[str]:
    """A key without its dossier and its attempt group."""
    return key.split(":")[1:-1]


def handed_over(state: DossierState) -> Standing | None:
    """What is handed over belongs to no leg: it is sure once the dossier is returned."""
    return Standing.GRANTED if state.stage is Stage.RETURNED else None


def is_hand_over(key: str) -> bool:
    """Is it the key of a hand-over?"""
    return key.split(":")[1] == Step.HAND_OVER
