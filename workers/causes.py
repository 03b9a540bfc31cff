"""Why each place is stuck: from what its source shows and what the agency said last."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters import replies
from contracts.agencies import Agency, Step
from contracts.causes import Cause, cause_of
from contracts.dossier import DocumentState, DossierState, Group, LegKind, LegState, Stage, TaskState
from contracts.outbox import UNREADABLE
from contracts.steps import LEG_OF_STEP
from records.support.heard import Heard
from records.support.noticing import Noticed, Place
from records.support.sources import Source

WAITING_FOR_IT = frozenset({Cause.AGENCY_AWAY, Cause.AGENCY_SLOW, Cause.NOT_YET_UPDATED})
"""What a paused agency's cases would be called, if it were not paused."""
REFINED = frozenset({Cause.REQUEST_REJECTED, Cause.HAND_OVER_REFUSED})
"""Incidents of which the agency's own words may tell more."""
AGENCY_OF_LEG = {
    LegKind.CIVIL_STATUS: Agency.CIVIL_STATUS,
    LegKind.DEATH_REGISTRATION: Agency.CIVIL_STATUS,
    LegKind.PERSONAL_ID: Agency.POPULATION,
    LegKind.RESIDENCE: Agency.RESIDENCE,
    LegKind.RESIDENCE_REMOVAL: Agency.RESIDENCE,
    LegKind.HEALTH_CARD: Agency.SOCIAL_INSURANCE,
    LegKind.HEALTH_CARD_LOCK: Agency.SOCIAL_INSURANCE,
}
"""Whose leg it is before anybody was heard; who pays a benefit only the dossier itself knows."""
OF_SOURCE = {
    Source.TASK: Cause.TASK_LATE,
    Source.CLAIM: Cause.NEVER_STARTED,
    Source.HELD: Cause.HELD_LONG,
    Source.DIFFERENCE: Cause.VIEWS_DIFFER,
    Source.ACT: Cause.VIEWS_DIFFER,
}
CALLBACK = {"unmatched": Cause.CALLBACK_UNMATCHED, "refused": Cause.CALLBACK_CONTRADICTS}
OUTBOX = {None: Cause.AGENCY_AWAY, UNREADABLE: Cause.ANSWER_UNREADABLE}
RUNNING = frozenset({LegState.SENT, LegState.PENDING, LegState.PARKED, LegState.NEEDS_SUPPLEMENT})
COUNTS = frozenset({DocumentState.PUBLISHED, DocumentState.SUPERSEDED})
IN_HAND = 202
"""How agencies answer what they decide on later."""
CLOSING = f":{Step.HAND_OVER}:results-"
"""In the key of the closing list, which is handed over once every leg has ended."""
LOOKED_UP = {Group.BIRTH: Step.BIRTH_NOTICE, Group.DEATH: Step.DEATH_NOTICE}


def last_of(place: Place, heard: Sequence[Heard]) -> Heard | None:
    """What was said last about this very place."""
    same = [each for each in heard if _about(place, each)]
    return max(same, key=lambda each: each.id, default=None)


def of_leg(place: Place, last: Heard | None, words: Mapping[int, str], payer: str | None) -> Noticed:
    """An overdue leg; `payer`: whose it is where only the dossier knows."""
    if last is None:
        return Noticed(replace(place, agency=payer or AGENCY_OF_LEG.get(LegKind(place.leg or ""))), Cause.AGENCY_AWAY)
    cause = replies.cause_of(last.agency, last.status, words.get(last.id)) or Cause.AGENCY_SLOW
    return Noticed(replace(place, agency=last.agency, step=last.step, attempts=last.attempt), cause)


def of_incident(place: Place, last: Heard | None, words: Mapping[int, str]) -> Noticed:
    """An open incident; `hint`: its code."""
    cause = cause_of(place.hint or "")
    said = replies.meaning(last.agency, words.get(last.id)) if last and cause in REFINED else None
    sealing = Agency.SIGNING if place.step == Step.SEAL else None  # nobody's exchanges with it are kept
    whose = place.agency or (last.agency if last else sealing)  # nor does the dossier know whom it asked for a look-up
    return Noticed(replace(place, agency=whose), cause if said in {None, Cause.AGENCY_AWAY} else said)


def of_other(place: Place) -> Noticed:
    """What its source alone tells."""
    if place.source is Source.CALLBACK:
        return Noticed(place, CALLBACK[place.hint or ""])
    if place.source is Source.OUTBOX:
        return Noticed(place, OUTBOX.get(place.hint, Cause.PARTNER_REFUSES))
    return Noticed(place, OF_SOURCE[place.source])


def paused(noticed: Noticed, agencies: frozenset[str]) -> Noticed:
    """What waits for an agency to which we send nothing waits for us."""
    waits = noticed.cause in WAITING_FOR_IT and noticed.place.agency in agencies
    return replace(noticed, cause=Cause.AGENCY_PAUSED) if waits else noticed


def legless(heard: Sequence[Heard]) -> list[Heard]:
    """Of the steps that belong to no leg: nothing else tells that they wait."""
    return [each for each in heard if each.step not in LEG_OF_STEP]


def of_quiet(
    at: Place, state: DossierState, heard: Sequence[Heard], words: Mapping[int, str], *, long: bool
) -> list[Noticed]:
    """Why a dossier in which nothing happens does not go on; empty where that is as it should be.

    `long`: it was quiet for so long that a step between two agencies cannot be the reason.
    """
    if state.stage.closed or state.held:
        return []
    parked = {each.step for each in state.incidents}
    unheard = []
    for each in legless(heard):
        cause = replies.cause_of(each.agency, each.status, words.get(each.id))
        if each.step not in parked and cause is not None and cause in WAITING_FOR_IT:
            unheard.append(Noticed(_quiet(at, each.step, agency=each.agency, attempts=each.attempt), cause))
    if unheard or not _unexplained(state):
        return unheard
    return _between(at, state, heard, long=long)


def _between(at: Place, state: DossierState, heard: Sequence[Heard], *, long: bool) -> list[Noticed]:
    """Nobody is being asked, as far as anybody heard."""
    waiting = [leg for leg in state.legs if leg.state is LegState.WAITING]
    if any(each.state is DocumentState.SIGNED for each in state.documents):
        return [Noticed(_quiet(at, Step.SEAL, agency=Agency.SIGNING), Cause.AGENCY_AWAY)]
    if not waiting:
        return _handing_over(at, state, heard)
    look_up = LOOKED_UP[state.group]
    if state.stage is Stage.SUBMITTED and not any(each.step == look_up for each in heard):
        return [Noticed(_quiet(at, look_up, agency=Agency.HEALTH_FACILITY), Cause.AGENCY_AWAY)]
    if not long:
        return []
    return [Noticed(_quiet(at, leg.kind, leg=leg.kind, agency=leg.agency), Cause.NEVER_FORWARDED) for leg in waiting]


def _handing_over(at: Place, state: DossierState, heard: Sequence[Heard]) -> list[Noticed]:
    """Whoever has a result in hand is slow; where nobody said so, it is the wallet that is waited for."""
    closing = state.stage is Stage.DONE
    asked = [each for each in heard if each.step == Step.HAND_OVER and (CLOSING in (each.key or "")) is closing]
    in_hand = sorted({each.agency for each in asked if each.status == IN_HAND})
    cause = Cause.AGENCY_SLOW if asked else Cause.AGENCY_AWAY
    return [Noticed(_quiet(at, Step.HAND_OVER, agency=each), cause) for each in in_hand or [Agency.VNEID]]


def _unexplained(state: DossierState) -> bool:
    """No task, incident or running leg tells why nothing happens; a missing seal only its own incident explains."""
    sealing = any(each.state is DocumentState.SIGNED for each in state.documents)
    if sealing and not any(each.step == Step.SEAL for each in state.incidents):
        return True
    if state.stage is Stage.NEEDS_SUPPLEMENT or state.incidents:
        return False
    if any(each.state is TaskState.OPEN for each in state.tasks):
        return False
    running = {leg.kind for leg in state.legs if leg.state in RUNNING}
    published = any(each.state in COUNTS for each in state.documents)
    if published and any(leg.state is LegState.WAITING for leg in state.legs):
        running -= {LegKind.PERSONAL_ID}  # once the certificate counts, nothing waits for the number any more
    return not running


def _quiet(at: Place, name: str, *, leg: str | None = None, agency: str | None, attempts: int = 0) -> Place:
    step = None if leg else str(name)
    found = replace(at, id=f"quiet.{at.dossier}.{name}.{agency}", agency=agency, attempts=attempts)
    return replace(found, leg=leg and str(leg), step=step)


def _about(place: Place, heard: Heard) -> bool:
    if place.source is Source.LEG:
        return heard.step in LEG_OF_STEP and LEG_OF_STEP[Step(heard.step)] == place.leg
    return heard.step == place.step and place.agency in {None, heard.agency}
