"""What callers send to act on one case."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from api import examples
from api.bodies import PAPER_BASE64_MOST, Fields
from contracts.acts import Target
from contracts.agencies import Agency, Step
from contracts.base import Line, Message, Sha256
from contracts.causes import Act
from contracts.dossier import LegKind
from contracts.incidents import Remedy

IncidentId = Annotated[str, Field(min_length=1, max_length=100)]


class EvidenceBody(Message):
    """The paper on which the result stands: PDF, JPEG or PNG, 5 MB at most."""

    name: Line
    content_base64: Annotated[str, Field(max_length=PAPER_BASE64_MOST)]


class PlaceBody(Message):
    """What is to be done, and where: at one of leg, step and incident; at none: to the whole dossier.

    `agency`: of a redelivery, whose messages. `input`: the corrected fields of the step's request (`retry_with`).
    """

    act: Act
    leg: LegKind | None = None
    step: Step | None = None
    incident: IncidentId | None = None
    agency: Agency | None = None
    input: Fields | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "PlaceBody":
        if sum(each is not None for each in (self.leg, self.step, self.incident)) > 1:
            raise ValueError("one of leg, step and incident is named")
        return self

    @property
    def target(self) -> Target:
        """The place that is meant."""
        return Target(leg=self.leg, step=self.step, incident=self.incident, agency=self.agency)


class ActPreviewBody(PlaceBody):
    """What would happen if this were done? The body of the act itself can be sent as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ACT_PREVIEW]})

    reason: Line | None = None
    result: Fields | None = None
    evidence: EvidenceBody | None = None


class ActBody(PlaceBody):
    """`result`: the step's result as it was obtained outside (`record_result`), and the paper that it stands on."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ACT]})

    reason: Line
    result: Fields | None = None
    evidence: EvidenceBody | None = None


class ResolutionBody(Message):
    """`input`: the corrected fields of the step's request (`retry_with`).

    `result`: the step's result as it was obtained outside (`record_result`), and the paper that it stands on.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RESOLUTION]})

    decision: Remedy
    reason: Line
    input: Fields | None = None
    result: Fields | None = None
    evidence: EvidenceBody | None = None


class ReopeningBody(Message):
    """Which legs of a closed dossier are to be done once more, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REOPENING]})

    legs: Annotated[frozenset[LegKind], Field(min_length=1)]
    reason: Line


class ApprovalBody(Message):
    """`asked_hash`: of the wish that was looked at."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.APPROVAL]})

    decision: Literal["approve", "decline"]
    reason: Line
    asked_hash: Sha256
