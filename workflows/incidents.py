"""Incidents: a step that cannot go on parks the step, never the dossier, until an operator decides."""

import asyncio
from typing import Any, NoReturn, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError

from contracts.agencies import Agency, Case, PendingCase, Step
from contracts.base import Message
from contracts.dossier import IncidentView, LegKind, LegState
from contracts.filings import Filing
from contracts.incidents import NO_EFFECT, IncidentCode, Remedy, Resolution
from contracts.journal import EventKind
from contracts.steps import LEG_OF_STEP
from contracts.tasks import Opening
from workflows.record import Record

OPEN_INCIDENTS = SearchAttributeKey.for_int("OpenIncidents")
INCIDENT_CODES = SearchAttributeKey.for_keyword_list("IncidentCodes")
Q = TypeVar("Q", bound=Message)
HISTORYS_OWN = {
    *("case", "receiver", "agency", "reference", "document", "sha256", "certificate", "registered"),
    *("certificate_of", "claim", "undone", "decision_number"),
}
"""Fields that name a step, its party and its stored papers: an operator corrects facts, not these."""


REMEDIES = {Step.SEAL: (Remedy.RETRY, Remedy.GIVE_UP)}
"""What may be decided, where not everything: nobody seals by saying so, but a document can stay unpublished."""


class GivenUp(Exception):
    """An operator gave the step up."""


class Parked:
    """One open incident: what was asked, and where the decision will arrive."""

    def __init__(self, request: Message, result: type[Message] | None) -> None:
        self.request = request
        self.result = result
        self.decided: asyncio.Future[Resolution] = asyncio.Future()


def refuse(kind: str, message: str, *details: Any) -> NoReturn:  # noqa: ANN401  # JSON
    """Refuse an update: nothing is added to the history."""
    raise ApplicationError(message, *details, type=kind, non_retryable=True)


class IncidentDesk(Record):
    """Parks steps and takes operators' decisions."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._parked: dict[str, Parked] = {}
        self._asked: dict[tuple[Step, str], Message] = {}
        self._incident_count = 0

    async def park(
        self, request: Message, code: IncidentCode, result: type[Message] | None, attempts: int = 1
    ) -> Resolution:
        """Open an incident on a step and wait for the decision; several can be open at once."""
        case = case_of(request)
        self._incident_count += 1
        incident = f"{self.opening.code}.{case.step}.{self._incident_count}"
        leg = LEG_OF_STEP.get(case.step)
        slot = self._parked[incident] = Parked(request, result)
        agency = self.legs[leg].agency if leg else getattr(request, "receiver", None)
        self._show(incident, case, code, leg, agency, attempts)
        state_before = self.legs[leg].state if leg else None
        if leg:
            self.move_leg(leg, LegState.PARKED)
        try:
            resolution = await slot.decided
        except asyncio.CancelledError:  # not `finally`: collected as garbage, this must give no commands
            self._unpark(incident, leg, state_before)
            raise
        self._unpark(incident, leg, state_before)
        return resolution

    def _unpark(self, incident: str, leg: LegKind | None, state_before: LegState | None) -> None:
        del self._parked[incident]
        del self.incidents[incident]
        self._index_incidents()
        if leg and state_before:
            self.move_leg(leg, state_before)

    def _show(
        self, incident: str, case: Case, code: IncidentCode, leg: LegKind | None, agency: str | None, attempts: int
    ) -> None:
        self.incidents[incident] = IncidentView(
            id=incident,
            step=case.step,
            code=code,
            opened_at=workflow.now(),
            leg=leg,
            agency=agency,
            attempts=attempts,
            decisions=REMEDIES.get(case.step, tuple(Remedy)),
        )
        self.note(EventKind.INCIDENT_OPENED, leg=leg, incident=incident, step=case.step, code=code)
        self._index_incidents()

    def _index_incidents(self) -> None:
        workflow.upsert_search_attributes(
            [
                OPEN_INCIDENTS.value_set(len(self.incidents)),
                INCIDENT_CODES.value_set(sorted({i.code for i in self.incidents.values()})),
            ]
        )

    def as_asked(self, request: Q) -> Q:
        """The request as it was sent last: operators' corrections and keys used up stay with the step."""
        case = case_of(request)
        known = self._asked.get((case.step, case.part), request)
        return cast("Q", known) if case_of(known).group >= case.group else request

    def asked_groups(self) -> dict[tuple[Step, str], int]:
        """The latest attempt group of each step that was sent anew."""
        return {place: case_of(request).group for place, request in self._asked.items()}

    def ask_again(self, request: Q, code: IncidentCode, resolution: Resolution) -> Q:
        """The request to send once more, remembered."""
        again = asked_again(request, code, resolution)
        if not isinstance(again, PendingCase):
            case = case_of(again)
            self._asked[case.step, case.part] = again
        return again

    @workflow.query
    def parked_request(self, incident: str) -> dict[str, Any] | None:
        """What the parked step had asked, as it would ask again; none where the incident is not open."""
        slot = self._parked.get(incident)
        return slot.request.model_dump(mode="json") if slot else None

    @workflow.update
    async def resolve_incident(self, resolution: Resolution) -> None:
        """Carry the decision to the step that waits for it."""
        view = self.incidents[resolution.incident]
        self._parked[resolution.incident].decided.set_result(resolution)
        self.note(
            EventKind.INCIDENT_RESOLVED,
            leg=view.leg,
            actor=resolution.by,
            incident=resolution.incident,
            decision=resolution.decision,
            reason=resolution.reason,
        )
        await self.written()

    @resolve_incident.validator
    def _check_resolution(self, resolution: Resolution) -> None:
        slot = self._parked.get(resolution.incident)
        if slot is None or slot.decided.done():
            refuse("IncidentNotOpen", "incident is not open")
        if resolution.decision not in self.incidents[resolution.incident].decisions:
            refuse("DecisionNotPossible", "this cannot be decided of this step")
        if resolution.decision is Remedy.RETRY_WITH:
            _fits(type(slot.request), corrected(slot.request, resolution.input), "input")
        if resolution.decision is Remedy.RECORD_RESULT:
            if slot.result is None:
                refuse("DecisionNotPossible", "this step has no result to record")
            _fits(slot.result, resolution.result, "result")


def case_of(request: Message) -> Case:
    return cast("Case", getattr(request, "case"))  # noqa: B009  # every parkable request has one


def corrected(request: Message, changes: dict[str, Any] | None) -> dict[str, Any]:
    """The request's fields with an operator's changes."""
    if not changes:
        refuse(
            "ResolutionInvalid",
            "corrections are missing",
            [{"loc": ["input"], "type": "missing", "msg": "Field required"}],
        )
    frozen = sorted(HISTORYS_OWN & changes.keys())
    if frozen:
        refuse(
            "ResolutionInvalid",
            "what names the step and its papers cannot be changed",
            [{"loc": ["input", name], "type": "frozen", "msg": "Field is frozen"} for name in frozen],
        )
    return {**request.model_dump(mode="json"), **changes}


def _fits(kind: type[Message], value: dict[str, Any] | None, where: str) -> None:
    try:
        kind.model_validate_json(TypeAdapter(Any).dump_json(value))
    except ValidationError as err:
        errors = err.errors(include_url=False, include_input=False, include_context=False)
        refuse(
            "ResolutionInvalid", "does not fit the step", [{**each, "loc": [where, *each["loc"]]} for each in errors]
        )


def recorded_as(kind: type[Q], resolution: Resolution) -> Q:
    """The result that an operator obtained outside, read as the step's own."""
    return kind.model_validate_json(TypeAdapter(Any).dump_json(resolution.result))


def asked_again(request: Q, code: IncidentCode, resolution: Resolution) -> Q:
    """The request to send once more: corrected where decided, under a new key where the old one had no effect."""
    fields = request.model_dump(mode="json")
    if resolution.decision is Remedy.RETRY_WITH:
        fields = corrected(request, resolution.input)
    if code in NO_EFFECT and not isinstance(request, PendingCase):
        fields = {**fields, "case": {**fields["case"], "group": fields["case"]["group"] + 1}}
    return type(request).model_validate_json(TypeAdapter(Any).dump_json(fields))
