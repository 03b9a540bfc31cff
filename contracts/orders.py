"""What support orders of a dossier that is under way, each with who ordered it and why."""

from enum import StrEnum

from pydantic import model_validator

from contracts.agencies import Step
from contracts.base import Fault, Line, Message, refuse
from contracts.dossier import LegKind


class StepAct(StrEnum):
    """`again`: ask now, under the same key. `stop`: park the step, so that somebody can decide on it."""

    AGAIN = "again"
    STOP = "stop"


class StepOrder(Message):
    """To the steps of a leg that are under way; `step` instead for those that belong to no leg."""

    act: StepAct
    by: str
    reason: Line
    leg: LegKind | None = None
    step: Step | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "StepOrder":
        if (self.leg is None) == (self.step is None):
            refuse(type(self), [Fault(("leg",), "missing", "either a leg or a step is named")])
        return self


class HoldOrder(Message):
    """Nothing more goes out to any agency; what people decide is kept meanwhile."""

    by: str
    reason: Line


class ReleaseOrder(Message):
    """What was held goes on."""

    by: str
    reason: Line


class LegReplay(Message):
    """A leg that has ended is done once more: everything in it is asked under new keys."""

    leg: LegKind
    by: str
    reason: Line
