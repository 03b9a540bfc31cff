"""What an act of support would do, told before anything does: from the dossier, and from what agencies have now."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from api.deps import Front
from api.problems import Problem
from api.sight import reference, standing
from contracts.acts import MEANINGS, ActPreview, Call, Meaning, Target
from contracts.agencies import Agency
from contracts.benefit_steps import DECIDE, PAY
from contracts.causes import CAUSES, GUARDED, Act, Cause, second_person
from contracts.dossier import LegKind, Stage
from contracts.offers import (
    UNDO,
    NoSuchPlace,
    Parked,
    Place,
    begins_anew,
    calls,
    latest,
    offered,
    place_of,
    redelivered,
)
from contracts.standings import Standing, StandingQuestion
from records.queries import Header

REGISTRATIONS = frozenset({LegKind.CIVIL_STATUS, LegKind.DEATH_REGISTRATION})
LEG_REFUSED, REJECTED, NUMBER_ARRIVED = "leg_refused", "rejected", "number_arrived"
"""Notices by name, as the outbox has them."""
MESSAGES = frozenset({"outbox", "callback"})
"""Where what a partner was not told, or what it told in vain, is seen as stuck."""
DECISIONS, PAYMENTS = frozenset(DECIDE.values()), frozenset(PAY.values())


@dataclass(frozen=True)
class Plan:
    """An act on a place as it stands; `why_not`: why it cannot be done there."""

    header: Header
    act: Act
    place: Place
    target: Target
    cause: Cause | None
    offered: tuple[Act, ...]
    why_not: str | None = None
    calls: tuple[Call, ...] = ()
    present: dict[str, Any] | None = None
    """The parked request's fields, as they are now."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Which of them may be corrected."""
        permitted = CAUSES[self.cause].fields if self.cause else ()
        return tuple(name for name in permitted if name in (self.present or {}))


async def plan(front: Front, header: Header, act: Act, target: Target) -> Plan:
    """What the act is at this place now. Raises a problem where there is no such place."""
    state = await standing(front, header.code)
    try:
        place = place_of(state, target)
    except NoSuchPlace as err:
        if target.incident:
            raise Problem(409, "incident-not-open", str(err)) from None
        raise Problem(422, "invalid", str(err)) from None
    cause = await _cause(front, place, target.agency)
    named = place.target.model_copy(update={"agency": target.agency})
    known = Plan(header, act, place, named, cause, offered(place, cause))
    parked = None
    if place.incident and act not in {Act.HOLD, Act.RELEASE}:
        request = await front.orchestrator.parked_request(reference(header), place.incident.id)
        parked = Parked.read(request, place.leg) if request else None
    made = calls(place, act, parked)
    known = replace(known, calls=made, present=parked.fields if parked else None)
    return replace(known, why_not=await _why_not(front, known))


async def _cause(front: Front, place: Place, partner: Agency | None) -> Cause | None:
    """As the watchdog knows it, who read the agency's own words; else by the place's own state."""
    here = place.target
    for row in await front.stuck.of(place.state.code):
        if partner:
            same = row.source in MESSAGES and row.agency == partner
        elif here.incident:
            same = row.incident == here.incident
        elif here.leg:
            same = (row.incident, row.leg) == (None, here.leg)
        else:
            same = (row.incident, row.leg, row.step) == (None, None, here.step)
        if same:
            return Cause(row.cause)
    return place.cause


async def _why_not(front: Front, known: Plan) -> str | None:
    if known.act is Act.REPLAY and known.place.state.stage.closed:
        return "dossier-closed"
    if known.act not in known.offered:
        return "act-not-offered"
    if known.act is Act.ASK and not any(call.key for call in known.calls):
        return "nothing-to-ask"
    if known.act is Act.REDELIVER and not await front.deliveries.waiting(known.header.code, known.target.agency):
        return "nothing-waits"
    return None


async def preview(front: Front, known: Plan, changed: Collection[str] = ()) -> ActPreview:
    """The plan with how each call's case stands at its agency now; `changed`: the fields that are to be corrected."""
    suppressed = await front.deliveries.heard(known.header.code)
    fields = known.fields if known.act is Act.RETRY_WITH else ()
    return ActPreview(
        dossier=known.header.code,
        act=known.act,
        target=known.target,
        cause=known.cause,
        offered=known.offered,
        possible=known.why_not is None,
        why_not=known.why_not,
        fields=fields,
        guarded=tuple(each for each in fields if each in GUARDED),
        calls=await _looked_at(front, known) if known.why_not is None else known.calls,
        notices=_notices(known),
        suppressed=suppressed,
        second_person=second_person(known.act, changed),
        evidence=known.act is Act.RECORD_RESULT,
        undo=_undo(known),
    )


async def _looked_at(front: Front, known: Plan) -> tuple[Call, ...]:
    """Under the key that goes out and, where that is a new one, under the one used before."""
    if known.act is Act.REDELIVER:
        messages = await front.deliveries.messages(known.header.code, known.target.agency)
        told = await _told(front, known, {(each.partner, each.key) for each in messages if each.problem})
        return redelivered(messages, told)
    before = _keys_before(known)
    wanted = {(call.agency, key) for call in known.calls for key in (call.key, before.get(call.key or "")) if key}
    told = await _told(front, known, wanted)
    seen = tuple(_seen(call, known.act, told, before.get(call.key or "")) for call in known.calls)
    return seen if known.act is Act.REPLAY else _staged(seen)


async def _told(front: Front, known: Plan, wanted: set[tuple[Agency, str]]) -> dict[str, Standing]:
    code = known.header.code
    questions = tuple(StandingQuestion(agency=agency, dossier=code, key=key) for agency, key in sorted(wanted))
    answers = await front.orchestrator.ask_agencies(questions) if questions else ()
    return {each.key: each.standing for each in answers if each}


def _staged(seen: tuple[Call, ...]) -> tuple[Call, ...]:
    """Of a benefit the payment follows the decision: what was decided is not asked for again, what was not is not paid.

    A payment may have been asked for under several keys: those that the agency knows count.
    """
    decided = any(call.standing is Standing.GRANTED for call in seen if call.step in DECISIONS)
    paid = [call for call in seen if call.step in PAYMENTS]
    if not paid or len(paid) == len(seen):
        return seen
    known = [call for call in paid if call.standing not in {None, Standing.UNKNOWN}] or paid[:1]
    first = [call for call in seen if call.step not in PAYMENTS]
    if not decided:
        return tuple(first)
    asking = first[0].meaning is Meaning.ONLY_ASKED
    return (
        *(call if asking else call.model_copy(update={"goes_out": False, "meaning": None}) for call in first),
        *known,
    )


def _seen(call: Call, act: Act, told: dict[str, Standing], before: str | None) -> Call:
    if call.key is None:
        return call.model_copy(update={"meaning": Meaning.LOOKED_UP if call.goes_out else None})
    now = told.get(call.key)
    meaning = (Meaning.SILENT if now is None else MEANINGS[now]) if call.goes_out else None
    if act is Act.ASK:
        meaning = Meaning.ONLY_ASKED if now else Meaning.SILENT
    return call.model_copy(update={"standing": now, "meaning": meaning, "before": told.get(before) if before else None})


def _keys_before(known: Plan) -> dict[str, str]:
    """By each new key, the one under which the same effect was asked for last."""
    used = known.place.leg.keys if known.place.leg else ()
    last = {key.rsplit(":", 1)[0]: key for key in latest(used)}
    return {
        call.key: last[call.key.rsplit(":", 1)[0]]
        for call in known.calls
        if call.key and call.key not in used and call.key.rsplit(":", 1)[0] in last
    }


def _notices(known: Plan) -> tuple[str, ...]:
    """What the citizen will be written because of it; results that agencies may give are told when they come."""
    leg = known.place.leg
    if leg is None:
        return ()
    match known.act:
        case Act.GIVE_UP:
            return (REJECTED,) if leg.kind in REGISTRATIONS else (LEG_REFUSED,)
        case Act.RECORD_RESULT if leg.kind is LegKind.PERSONAL_ID and known.place.state.documents:
            return (NUMBER_ARRIVED,)
    return ()


def _undo(known: Plan) -> Act | None:
    """A leg that was given up can be done once more, as long as the dossier is under way."""
    if known.act is Act.GIVE_UP:
        leg, under_way = known.place.leg, known.place.state.stage is Stage.IN_PROGRESS
        return Act.REPLAY if under_way and leg and begins_anew(leg) else None
    return UNDO.get(known.act)
