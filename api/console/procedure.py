"""Where a dossier stands in its procedure: its steps in order, side by side where none waits on the other."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.agencies import Step
from contracts.dossier import (
    Channel,
    DocumentState,
    DossierState,
    LegKind,
    LegState,
    LegView,
    Stage,
    TaskKind,
    TaskState,
)


class Mark(StrEnum):
    """How a step stands; each has a sign of its own in the picture."""

    DONE = "done"
    HERE = "here"
    WAITING = "waiting"
    PARKED = "parked"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Node:
    """One step: `leg` where it is one, else `what` it is called. `beside`: it runs beside the others marked so."""

    what: str
    mark: Mark
    leg: LegKind | None = None
    beside: bool = False


FIRST = frozenset({LegKind.CIVIL_STATUS, LegKind.DEATH_REGISTRATION})
NUMBER = LegKind.PERSONAL_ID
CHECKS = frozenset({Step.BIRTH_NOTICE, Step.DEATH_NOTICE, Step.PERSON})
PAPERS = frozenset({Step.CERTIFICATE, Step.DEATH_EXTRACT, Step.SEAL})
_OF_LEG = {
    LegState.WAITING: Mark.WAITING,
    LegState.GRANTED: Mark.DONE,
    LegState.REFUSED: Mark.REFUSED,
    LegState.PARKED: Mark.PARKED,
    LegState.NOT_APPLICABLE: Mark.SKIPPED,
    LegState.WITHDRAWN: Mark.SKIPPED,
}


def procedure(state: DossierState) -> list[Node]:
    """The dossier's procedure, step by step."""
    parked = frozenset(Step(each.step) for each in state.incidents)
    first = [leg for leg in state.legs if leg.kind in FIRST]
    number = [leg for leg in state.legs if leg.kind is NUMBER]
    others = [leg for leg in state.legs if leg.kind not in FIRST | {NUMBER}]
    filed = state.channel is not Channel.OFFICE
    return [
        Node("filed", Mark.DONE),
        *([Node("review", _review(state, parked))] if filed else []),
        *(_leg(leg) for leg in (*first, *number)),
        *([Node("signature", _signature(state, parked))] if filed else []),
        *(_leg(leg, beside=len(others) > 1) for leg in others),
        Node("hand_over", _hand_over(state, parked)),
    ]


def _leg(leg: LegView, *, beside: bool = False) -> Node:
    return Node(leg.kind.value, _OF_LEG.get(leg.state, Mark.HERE), leg.kind, beside)


def _review(state: DossierState, parked: frozenset[Step]) -> Mark:
    tasks = [task.state for task in state.tasks if task.kind is TaskKind.REVIEW]
    if parked & CHECKS:
        return Mark.PARKED
    if state.stage in {Stage.SUBMITTED, Stage.NEEDS_SUPPLEMENT}:
        return Mark.HERE
    return Mark.DONE if TaskState.DONE in tasks else Mark.SKIPPED


def _signature(state: DossierState, parked: frozenset[Step]) -> Mark:
    if parked & PAPERS:
        return Mark.PARKED
    newest = max(state.documents, key=lambda document: document.version, default=None)
    if newest is not None and newest.state is DocumentState.PUBLISHED:
        return Mark.DONE
    if state.stage.closed:
        return Mark.SKIPPED
    return Mark.HERE if newest is not None else Mark.WAITING


def _hand_over(state: DossierState, parked: frozenset[Step]) -> Mark:
    if Step.HAND_OVER in parked:
        return Mark.PARKED
    if state.stage is Stage.RETURNED:
        return Mark.DONE
    if state.stage.closed:
        return Mark.SKIPPED
    return Mark.HERE if state.stage is Stage.DONE else Mark.WAITING
