"""What can be done at a place of a dossier, from its state alone, and which calls would go out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.acts import MEANINGS, Call, Meaning, Target
from contracts.agencies import Agency, Case, Step
from contracts.benefit_steps import DECIDE, PAY
from contracts.causes import CAUSES, Act, Cause, cause_of
from contracts.dossier import DossierState, IncidentView, LegState, LegView, Stage
from contracts.incidents import NO_EFFECT, Remedy
from contracts.outbox import WaitingMessage
from contracts.standings import Standing
from contracts.steps import LEG_OF_STEP

REMEDY = {
    Act.AGAIN: Remedy.RETRY,
    Act.RETRY_WITH: Remedy.RETRY_WITH,
    Act.RECORD_RESULT: Remedy.RECORD_RESULT,
    Act.GIVE_UP: Remedy.GIVE_UP,
}
"""How an act decides an incident."""
LOOK_UPS = {
    Step.BIRTH_NOTICE: Agency.HEALTH_FACILITY,
    Step.DEATH_NOTICE: Agency.HEALTH_FACILITY,
    Step.PERSON: Agency.POPULATION,
}
OVER = frozenset({LegState.GRANTED, LegState.REFUSED})
_PAID_BY = {DECIDE[kind]: PAY[kind] for kind in DECIDE}
_ON_CERTIFICATE = frozenset(
    {Step.REGISTER_RESIDENCE, Step.ISSUE_CARD, Step.REMOVE_RESIDENCE, Step.LOCK_CARD, *DECIDE.values()}
)
UNDO = {Act.HOLD: Act.RELEASE, Act.RELEASE: Act.HOLD, Act.GIVE_UP: Act.REPLAY}
_CAUSE_OF_LEG = {
    LegState.WAITING: Cause.NEVER_FORWARDED,
    LegState.SENT: Cause.AGENCY_AWAY,
    LegState.PENDING: Cause.AGENCY_SLOW,
    LegState.NEEDS_SUPPLEMENT: Cause.AGENCY_SLOW,
    LegState.GRANTED: Cause.VIEWS_DIFFER,
    LegState.REFUSED: Cause.VIEWS_DIFFER,
}


@dataclass(frozen=True)
class Parked:
    """What a parked step had asked; `call` none where it asked no agency. An enquiry keeps its key."""

    call: Call | None
    fields: dict[str, Any]
    enquiry: bool = False

    @classmethod
    def read(cls, request: dict[str, Any], leg: LegView | None) -> "Parked":
        """From the request as the dossier holds it."""
        case = Case.model_validate(request["case"])
        looked_up = LOOK_UPS.get(case.step)
        agency = looked_up or request.get("receiver") or request.get("agency") or (leg.agency if leg else None)
        key = None if looked_up else case.key
        call = Call(agency=Agency(agency), step=case.step, key=key) if agency else None
        return cls(call, request, enquiry="delay_s" in request)


class NoSuchPlace(Exception):
    """The dossier has no such leg, or no such incident is open."""


@dataclass(frozen=True)
class Place:
    """Where something is to be done, as it stands now; the whole dossier has neither leg nor step."""

    state: DossierState
    leg: LegView | None = None
    step: Step | None = None
    incident: IncidentView | None = None
    cause: Cause | None = None

    @property
    def target(self) -> Target:
        """The place named."""
        return Target(
            leg=self.leg.kind if self.leg else None,
            step=self.step,
            incident=self.incident.id if self.incident else None,
        )


def place_of(state: DossierState, target: Target) -> Place:
    """The place that is meant; a leg or step that is parked is its incident. Raises `NoSuchPlace`."""
    incident = _incident(state, target)
    step = Step(incident.step) if incident else target.step
    kind = target.leg or (LEG_OF_STEP.get(step) if step else None)
    leg = next((each for each in state.legs if each.kind is kind), None)
    if kind and leg is None:
        raise NoSuchPlace("the dossier has no such leg")
    if incident:
        cause: Cause | None = cause_of(incident.code)
    elif leg:
        cause = _CAUSE_OF_LEG.get(leg.state)
    else:
        cause = Cause.AGENCY_AWAY if step else None
    return Place(state, leg, step, incident, cause)


def _incident(state: DossierState, target: Target) -> IncidentView | None:
    if target.incident:
        found = next((each for each in state.incidents if each.id == target.incident), None)
        if found is None:
            raise NoSuchPlace("the incident is not open")
        return found
    parked = [
        each
        for each in state.incidents
        if (target.leg and each.leg is target.leg) or (target.step and each.step == target.step)
    ]
    return parked[-1] if parked else None


def offered(place: Place, cause: Cause | None = None) -> tuple[Act, ...]:
    """What can be done there, the next best act first; `cause`: a better known one than the place's own."""
    known = cause or place.cause
    wanted = CAUSES[known].acts if known else ()
    found = [act for act in wanted if _possible(place, act)]
    state = place.state
    if state.held and Act.RELEASE not in found:
        found.append(Act.RELEASE)
    if not (state.held or state.stage.closed) and Act.HOLD not in found:
        found.append(Act.HOLD)
    if place.leg and place.leg.keys and Act.ASK not in found:
        found.append(Act.ASK)
    if place.step is None and place.leg is None and Act.REDELIVER not in found:
        found.append(Act.REDELIVER)
    return tuple(found)


def _possible(place: Place, act: Act) -> bool:
    state, leg = place.state, place.leg
    still = not (state.held or state.stage.closed)
    fixed = {
        Act.ASK: bool(place.incident or (leg and leg.keys)),
        Act.HOLD: still,
        Act.RELEASE: state.held,
        Act.REPLAY: leg is not None and leg.state in OVER and state.stage is Stage.IN_PROGRESS and begins_anew(leg),
        Act.REDELIVER: True,
    }
    if act in fixed:
        return fixed[act]
    if place.incident:
        return REMEDY[act] in place.incident.decisions
    under_way = leg.state in {LegState.SENT, LegState.PENDING} if leg else place.step is not None
    return under_way and still and act is not Act.RETRY_WITH


def begins_anew(leg: LegView) -> bool:
    """Whether a dossier can do the leg once more: it stands on a certificate, and was asked for.

    A registration and a number are given once; what was taken back, or paid as a difference, is not begun again.
    """
    return any(step_of(key) in _ON_CERTIFICATE and _whole(key) for key in leg.keys)


def _whole(key: str) -> bool:
    """Of one leg only survivors have parts of their own; any other part is a difference's."""
    _, step, *part, _ = key.split(":")
    return not part or step == Step.DECIDE_SURVIVOR


def latest(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Of each effect, the key under which it was asked for last; in the order of asking."""
    found = {key.rsplit(":", 1)[0]: key for key in sorted(keys, key=group_of)}
    return tuple(sorted(found.values(), key=keys.index))


def group_of(key: str) -> int:
    """The attempt group in a key."""
    return int(key.rsplit(":", 1)[1])


def step_of(key: str) -> Step:
    """The step in a key."""
    return Step(key.split(":")[1])


def regrouped(key: str, group: int) -> str:
    """The same effect in another attempt group."""
    return f"{key.rsplit(':', 1)[0]}:{group}"


def calls(place: Place, act: Act, parked: Parked | None = None) -> tuple[Call, ...]:
    """The calls that the act makes, or at least concerns; `parked`: what the incident's step had asked."""
    if act in {Act.HOLD, Act.REDELIVER}:
        return ()
    if act is Act.RELEASE:
        return _released(place.state)
    if place.incident:
        return _parked(place.incident, act, parked) if parked else ()
    if place.leg is None:
        return ()
    if act is Act.REPLAY:
        return _replayed(place.leg)
    goes_out = act in {Act.AGAIN, Act.ASK}
    return tuple(_call(place.leg, key, goes_out=goes_out) for key in _concerned(place.leg))


def _parked(incident: IncidentView, act: Act, parked: Parked) -> tuple[Call, ...]:
    if parked.call is None:
        return ()
    key, again = parked.call.key, act in {Act.AGAIN, Act.RETRY_WITH}
    if key and again and incident.code in NO_EFFECT and not parked.enquiry:
        key = regrouped(key, group_of(key) + 1)
    return (parked.call.model_copy(update={"key": key, "goes_out": again or act is Act.ASK}),)


def decisive(leg: LegView) -> tuple[str, ...]:
    """The keys that decide the leg: of its last step."""
    last = latest(leg.keys)
    return tuple(key for key in last if step_of(key) is step_of(last[-1]))


def payments(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Under which keys the decisions' payments may have been asked for: a decision asked for anew keeps its payment's.

    A benefit's leg is known by its decisions; what agencies know nothing of was not asked.
    """
    decided = [key for key in keys if step_of(key) in _PAID_BY]
    groups = {key: sorted({1, group_of(key)}) for key in decided}
    return tuple(regrouped(_payment(key), group) for key in decided for group in groups[key])


def _payment(key: str) -> str:
    return key.replace(f":{step_of(key)}", f":{_PAID_BY[step_of(key)]}", 1)


def _concerned(leg: LegView) -> tuple[str, ...]:
    """Of a leg with several steps only the last one is under way; of one that has ended, all count."""
    keys = latest(leg.keys) if leg.state.ended else decisive(leg)
    return (*keys, *payments(keys))


def _released(state: DossierState) -> tuple[Call, ...]:
    waiting = [leg for leg in state.legs if leg.state in {LegState.SENT, LegState.PENDING}]
    return tuple(_call(leg, key, goes_out=True) for leg in waiting for key in _concerned(leg))


def _replayed(leg: LegView) -> tuple[Call, ...]:
    """Everything in the leg, under one group that no agency has heard of."""
    group = max((group_of(key) for key in leg.keys), default=1) + 1
    keys = tuple(regrouped(key, group) for key in latest(leg.keys))
    paid = tuple(_payment(key) for key in keys if step_of(key) in _PAID_BY)
    return tuple(_call(leg, key, goes_out=True) for key in (*keys, *paid))


def redelivered(messages: Iterable[WaitingMessage], told: Mapping[str, Standing | None]) -> tuple[Call, ...]:
    """What a redelivery sends, by how the partner's ledger stands under the keys of what it would not take."""
    return tuple(_redelivered(each, told.get(each.key)) for each in messages)


def renewed(message: WaitingMessage, standing: Standing | None) -> bool:
    """Whether it needs a new key: a partner that refused for good answers the old one from memory."""
    return message.problem is not None and standing is Standing.REFUSED


def _redelivered(message: WaitingMessage, standing: Standing | None) -> Call:
    call = Call(agency=message.partner, step=step_of(message.name), key=message.key, meaning=Meaning.SENT)
    if renewed(message, standing):
        return call.model_copy(update={"key": message.next_key, "before": standing})
    if message.problem is None:
        return call
    return call.model_copy(update={"standing": standing, "meaning": MEANINGS[standing] if standing else Meaning.SILENT})


def _call(leg: LegView, key: str, *, goes_out: bool) -> Call:
    return Call(agency=Agency(leg.agency), step=step_of(key), key=key, goes_out=goes_out)
