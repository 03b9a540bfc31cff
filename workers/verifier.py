"""The verifier: an act that was carried out is proven only when the agency's own standing agrees with ours."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.acts import ActProblem, ActView, Call
from contracts.agencies import Agency, Step
from contracts.benefit_steps import PAY
from contracts.causes import Act
from contracts.dossier import DocumentState, DossierState, LegState, LegView, TaskKind
from contracts.offers import decisive, payments, step_of
from contracts.standings import Standing, StandingAnswer, StandingQuestion, digest
from orchestrator import DoorError, Orchestrator
from records.queries import Queries
from records.support.acts import Acts
from records.support.deliveries import Deliveries
from workers.arrears import wall_clock
from workers.rooms import Rooms

PAUSE_S = 0.5
PAGE = 100
OURS_MOST, THEIRS_MOST = timedelta(seconds=5), timedelta(seconds=30)
"""What is not final here, or at the agency, is looked at again, ever more rarely."""
PAYMENTS = frozenset(PAY.values())
_HERE: dict[Step, Callable[[DossierState], bool]] = {
    Step.CERTIFICATE: lambda state: bool(state.documents),
    Step.DEATH_EXTRACT: lambda state: bool(state.documents),
    Step.SEAL: lambda state: all(each.state is not DocumentState.SIGNED for each in state.documents),
    Step.HAND_OVER: lambda state: state.stage.closed,
}
"""Steps in which no agency has the last word: what the dossier shows once they are done; else that its review began."""
log = structlog.get_logger()
Standings = Mapping[str, Standing | None]


@dataclass(frozen=True)
class Verdict:
    """`problem` none: everybody agrees."""

    problem: ActProblem | None = None


AGREED = Verdict()


class Verifier:
    """Looks again and again at what was done, until it is proven, or its time is over."""

    def __init__(
        self,
        acts: Acts,
        deliveries: Deliveries,
        queries: Queries,
        orchestrator: Orchestrator,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._acts = acts
        self._deliveries = deliveries
        self._queries = queries
        self._orchestrator = orchestrator
        self._now = now
        self._not_before: dict[str, datetime] = {}

    @classmethod
    def of(cls, rooms: Rooms, orchestrator: Orchestrator) -> "Verifier":
        """In a process's rooms, by the clock on the wall."""
        return cls(Acts(rooms.database, rooms.keys), Deliveries(rooms.database), rooms.queries(), orchestrator)

    async def run(self) -> None:
        """Pass after pass, for as long as the process runs."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, DoorError) as err:
                log.info("verifier_waits", trouble=type(err).__name__)
            await asyncio.sleep(PAUSE_S)

    async def sweep(self) -> None:
        """Look at everything that is done and not proven, a page at a time."""
        after, seen = "", set[str]()
        while page := await self._acts.to_verify(PAGE, after):
            await self._look([act for act in page if self._not_before.get(act.id, self._now()) <= self._now()])
            after, seen = page[-1].id, seen | {act.id for act in page}
        self._not_before = {act: when for act, when in self._not_before.items() if act in seen}

    async def _look(self, acts: list[ActView]) -> None:
        """Our own side first, which costs nothing; then the agencies of all that are final there, in one go."""
        final: list[tuple[ActView, DossierState]] = []
        for act in acts:
            state = await self._queries.view(act.told.opened or act.dossier, self._now())
            if state is None:
                continue
            verdict = await self._ours(act, state)
            if isinstance(verdict, Verdict):
                await self._settle(act, verdict)
            elif verdict:
                final.append((act, state))
            else:
                await self._later(act, OURS_MOST)
        asked = {(call.agency, state.code, call.key) for act, state in final for call in questions(act, state)}
        told = await self._answers(sorted((agency, code, key) for agency, code, key in asked if key))
        for act, state in final:
            answers = {call.key or "": told.get(call.key or "") for call in questions(act, state)}
            known = {key: answer.standing if answer else None for key, answer in answers.items()}
            if agreed := theirs(act, state, known):
                await self._settle(act, agreed if agreed.problem else recorded(act, answers))
            else:
                await self._later(act, THEIRS_MOST)

    async def _ours(self, act: ActView, state: DossierState) -> Verdict | bool:
        return await self._brought(act) if act.act is Act.REDELIVER else ours(act, state)

    async def _brought(self, act: ActView) -> Verdict | bool:
        left = await self._deliveries.left(act.dossier, act.told.waits)
        if not left:
            return AGREED
        messages = await self._deliveries.messages(act.dossier)
        refused = any(each.refused for each in messages if each.name in left)
        return Verdict(ActProblem.REFUSED_AGAIN) if refused else False

    async def _answers(self, asked: list[tuple[Agency, str, str]]) -> dict[str, StandingAnswer]:
        found: dict[str, StandingAnswer] = {}
        for first in range(0, len(asked), PAGE):
            part = asked[first : first + PAGE]
            wanted = tuple(StandingQuestion(agency=agency, dossier=code, key=key) for agency, code, key in part)
            answers = await self._orchestrator.ask_agencies(wanted)
            found |= {answer.key: answer for answer in answers if answer}
        return found

    async def _settle(self, act: ActView, verdict: Verdict) -> None:
        if verdict.problem:
            await self._acts.reopen(act.id, verdict.problem)
        else:
            await self._acts.verified(act.id, self._now())
        log.info("act_settled", dossier=act.dossier, act=act.act, problem=verdict.problem)

    async def _later(self, act: ActView, most: timedelta) -> None:
        now = self._now()
        if act.verify_by and act.verify_by <= now:
            await self._settle(act, Verdict(ActProblem.NOT_FINAL))
            return
        age = now - (act.done_at or now)
        self._not_before[act.id] = min(now + min(most, age / 4), act.verify_by or now)


def ours(act: ActView, state: DossierState) -> Verdict | bool:
    """What our own side says already; else whether it is final, so that the agency is to be asked.

    `state`: of legs that are done once more, that of the dossier in which they are.
    """
    if act.told.opened:
        return state.stage.closed
    at_once = {
        Act.ASK: True,
        Act.HOLD: state.held or state.stage.closed,
        Act.RELEASE: not state.held,
    }
    if act.act in at_once:
        return AGREED if at_once[act.act] else Verdict(ActProblem.VIEWS_DIFFER)
    if act.step is not Step.HAND_OVER and _parked_again(act, state):
        return Verdict(ActProblem.PARKED_AGAIN)
    leg = _leg(act, state)
    if leg is None:
        return _step_done(act, state)
    if not leg.state.ended:
        return False
    return True if leg.keys and leg.state is not LegState.NOT_APPLICABLE else AGREED


def questions(act: ActView, state: DossierState) -> tuple[Call, ...]:
    """The requests whose standing decides."""
    legs = _legs(act, state)
    if not legs:
        return tuple(call for call in act.told.calls if call.key)
    return tuple(
        Call(agency=Agency(leg.agency), step=step_of(key), key=key) for leg in legs for key in _deciding(act, leg)
    )


def theirs(act: ActView, state: DossierState, standings: Standings) -> Verdict | None:
    """Whether the agency agrees; none as long as it has not said so for good."""
    found = set(standings.values())
    if found & {None, Standing.PENDING}:
        return None
    if legs := _legs(act, state):
        agreed = all(_same(leg, {key: standings.get(key) for key in _deciding(act, leg)}) for leg in legs)
    elif act.act is not Act.GIVE_UP and Standing.UNKNOWN in found:
        return None
    else:
        agreed = (Standing.GRANTED in found) is (act.act is not Act.GIVE_UP)
    return AGREED if agreed else Verdict(ActProblem.VIEWS_DIFFER)


def recorded(act: ActView, answers: Mapping[str, StandingAnswer | None]) -> Verdict:
    """Whether a result that somebody recorded is the one that the agency gave, as far as it tells."""
    entered = {name: digest(value) for name, value in (act.told.result or {}).items() if value is not None}
    given = [answer.result for key, answer in answers.items() if answer and step_of(key) is _recorded_step(act)]
    differs = any(entered[name] != value for result in given for name, value in result.items() if name in entered)
    return Verdict(ActProblem.RESULT_DIFFERS) if differs else AGREED


def _recorded_step(act: ActView) -> Step | None:
    return act.step or next((call.step for call in act.told.calls), None)


def _leg(act: ActView, state: DossierState) -> LegView | None:
    return next((leg for leg in state.legs if leg.kind is act.leg), None) if act.leg else None


def _legs(act: ActView, state: DossierState) -> tuple[LegView, ...]:
    if act.told.opened:
        return tuple(leg for leg in state.legs if leg.keys)
    leg = _leg(act, state)
    return (leg,) if leg else ()


def _deciding(act: ActView, leg: LegView) -> tuple[str, ...]:
    """The keys of the leg's last step; of a benefit also those of its payment, which the leg does not keep."""
    keys = decisive(leg)
    own = (call.key for call in act.told.calls if call.key and leg.kind is act.leg and call.step in PAYMENTS)
    return tuple(dict.fromkeys((*keys, *payments(keys), *own)))


def _same(leg: LegView, standings: Standings) -> bool:
    """Whether what this leg ended with is what its agency says; a benefit is granted once it is paid."""
    paid = [key for key in standings if step_of(key) in PAYMENTS]
    told = {standings[key] for key in paid or standings}
    return not told or (Standing.GRANTED in told) is (leg.state is LegState.GRANTED)


def _step_done(act: ActView, state: DossierState) -> Verdict | bool:
    if any(call.key for call in act.told.calls):
        return True
    if act.act is Act.GIVE_UP:
        return AGREED
    reviewed = any(task.kind is TaskKind.REVIEW for task in state.tasks) or state.stage.closed
    here = _HERE.get(act.step, lambda _: reviewed) if act.step else (lambda _: True)
    return AGREED if here(state) else False


def _parked_again(act: ActView, state: DossierState) -> bool:
    """Incidents are counted: a later one at the same place came after the act."""
    before = _number(act.incident) if act.incident else 0
    return any(
        _number(each.id) > before
        for each in state.incidents
        if (each.leg is act.leg if act.leg else each.step == act.step)
    )


def _number(incident: str) -> int:
    return int(incident.rsplit(".", 1)[1])
