"""Acting: carries approved acts of support out, through the door; whatever it does is safe to do twice."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.acts import ActProblem, ActView, Call, Target
from contracts.causes import Act
from contracts.dossier import DossierState, IncidentView, LegKind, ProblemItem
from contracts.incidents import IncidentCode, Resolution
from contracts.journal import EventKind
from contracts.offers import REMEDY, NoSuchPlace, Parked, calls, place_of, redelivered, renewed
from contracts.orders import HoldOrder, LegReplay, ReleaseOrder, StepAct, StepOrder
from contracts.outbox import WaitingMessage
from contracts.reopenings import LEGS
from contracts.standings import Standing, StandingQuestion
from orchestrator import DoorError, DossierClosed, DossierUnknown, Orchestrator, Reference, Refusal, update_id
from records.queries import Queries
from records.sealing import SealBroken
from records.support.acts import Acts
from records.support.deliveries import Deliveries
from workers.arrears import wall_clock
from workers.reopenings import NotReopenable, Reopenings
from workers.rooms import Rooms

PAUSE_S = 0.3
BATCH = 50
STOPS_WITHIN_S = 3.0
LOOK_EVERY_S = 0.1
log = structlog.get_logger()


class NotPossible(Exception):
    """The act finds nothing to act on."""

    def __init__(self, problem: ActProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class Acting:
    """Update ids follow from the act's id: what a crash left half done is found done when it is done again."""

    def __init__(
        self,
        acts: Acts,
        deliveries: Deliveries,
        queries: Queries,
        orchestrator: Orchestrator,
        reopenings: Reopenings,
        *,
        verify_within: float,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._acts = acts
        self._deliveries = deliveries
        self._queries = queries
        self._orchestrator = orchestrator
        self.reopenings = reopenings
        self._verify_within = timedelta(seconds=verify_within)
        self._now = now

    @classmethod
    def of(cls, rooms: Rooms, orchestrator: Orchestrator) -> "Acting":
        """In a process's rooms, by the clock on the wall."""
        acts, deliveries = Acts(rooms.database, rooms.keys), Deliveries(rooms.database)
        reopenings, within = Reopenings.of(rooms, orchestrator), rooms.settings.verify_within
        return cls(acts, deliveries, rooms.queries(), orchestrator, reopenings, verify_within=within)

    async def run(self) -> None:
        """Pass after pass, for as long as the process runs."""
        while True:
            try:
                await self.sweep()
            except SQLAlchemyError as err:
                log.info("acting_waits", trouble=type(err).__name__)
            await asyncio.sleep(PAUSE_S)

    async def sweep(self) -> None:
        """Carry out whatever is approved, side by side: one dossier that does not answer holds no other."""
        await self._acts.expire(self._now())
        await asyncio.gather(*(self._tried(act) for act in await self._acts.to_do(BATCH)))

    async def perform(self, act_id: str) -> ActView:
        """Carry out one approved act; the door's `OutcomeUnknown` means that it can be tried again."""
        if await self._acts.begin(act_id):
            act = await self._acts.get(act_id)
            if await self._acts.intact(act):
                await self._perform(act)
            else:
                log.error("act_changed", act=act_id)
                await self._acts.fail(act_id, ActProblem.CHANGED)
        return await self._acts.get(act_id)

    async def _tried(self, act_id: str) -> None:
        try:
            act = await self.perform(act_id)
            log.info("act_carried_out", dossier=act.dossier, act=act.act, state=act.state)
        except DoorError as err:
            log.info("act_waits", act=act_id, trouble=type(err).__name__)
        except SealBroken:
            log.warning("act_unreadable", act=act_id)
            await self._acts.void(act_id)

    async def _perform(self, act: ActView) -> None:
        known: dict[str, Any] = {}
        try:
            known = await self._carry_out(act)
        except (Refusal, DossierClosed) as err:
            if not await self._was_done(act.id):
                await self._acts.fail(act.id, *_problem(err))
                return
        except DossierUnknown:
            await self._acts.fail(act.id, ActProblem.DOSSIER_CLOSED)
            return
        except NotPossible as err:
            await self._acts.fail(act.id, err.problem)
            return
        now = self._now()
        await self._acts.done(act.id, now, now + self._verify_within, **known)

    async def _carry_out(self, act: ActView) -> dict[str, Any]:
        dossier, by, reason = await self._reference(act), act.by, act.told.reason
        door, request = self._orchestrator, _request(act, act.act)
        match act.act:
            case Act.ASK:
                return {"standings": await self._asked(act, dossier)}
            case Act.REDELIVER:
                return await self._hurried(act)
            case Act.HOLD:
                await door.hold(dossier, HoldOrder(by=by, reason=reason), request)
            case Act.RELEASE:
                await door.release(dossier, ReleaseOrder(by=by, reason=reason), request)
            case Act.REPLAY if LEGS in (act.told.input or {}):
                return {"opened": await self._reopened(act)}
            case Act.REPLAY if act.leg:
                await door.replay(dossier, LegReplay(leg=act.leg, by=by, reason=reason), request)
            case Act.AGAIN if act.incident is None:
                await door.order_step(dossier, _order(act, StepAct.AGAIN), request)
            case _:
                await self._decide(act, dossier)
        return {}

    async def _reopened(self, act: ActView) -> str:
        legs = [LegKind(each) for each in (act.told.input or {})[LEGS]]
        try:
            return await self.reopenings.open(act, legs)
        except NotReopenable:
            raise NotPossible(ActProblem.NOT_REOPENABLE) from None

    # ---- what is parked, or is to be

    async def _decide(self, act: ActView, dossier: Reference) -> None:
        incidents = [act.incident] if act.incident else await self._stopped(act, dossier)
        for incident in incidents:
            resolution = Resolution(
                incident=incident,
                by=act.by,
                decision=REMEDY[act.act],
                reason=act.told.reason,
                input=act.told.input,
                result=act.told.result,
            )
            await self._orchestrator.resolve(dossier, resolution, _request(act, incident))

    async def _stopped(self, act: ActView, dossier: Reference) -> list[str]:
        """Park what is under way, and tell by which incidents."""
        await self._orchestrator.order_step(dossier, _order(act, StepAct.STOP), _request(act, "stop"))
        found: list[IncidentView] = []
        try:
            async with asyncio.timeout(STOPS_WITHIN_S):
                while not found:
                    found = [each for each in (await self._state(act)).incidents if _is_stopped(each, act)]
                    await asyncio.sleep(0 if found else LOOK_EVERY_S)
        except TimeoutError:  # it ended by itself at the same moment
            raise NotPossible(ActProblem.NOTHING_UNDER_WAY) from None
        await self._acts.aim(act.id, found[0].id)
        return [each.id for each in found]

    async def _was_done(self, act_id: str) -> bool:
        """Whether a refusal only says that it was done before a crash: the incident was decided so, by the same."""
        act = await self._acts.get(act_id)
        return any(
            entry["kind"] == EventKind.INCIDENT_RESOLVED
            and (entry["actor"], entry["data"].get("incident")) == (act.by, act.incident)
            and entry["data"].get("decision") == REMEDY.get(act.act)
            and entry["data"].get("reason") == act.told.reason
            for entry in await self._queries.journal(act.dossier)
        )

    # ---- questions and messages

    async def _asked(self, act: ActView, dossier: Reference) -> tuple[Call, ...]:
        concerned = [each for each in await self._concerned(act, dossier) if each.key]
        if not concerned:
            raise NotPossible(ActProblem.NOTHING_UNDER_WAY)
        questions = tuple(StandingQuestion(agency=c.agency, dossier=act.dossier, key=c.key or "") for c in concerned)
        answers = await self._orchestrator.ask_agencies(questions)
        if not any(answers):
            raise NotPossible(ActProblem.AGENCY_SILENT)
        return tuple(
            call.model_copy(update={"standing": answer.standing if answer else None})
            for call, answer in zip(concerned, answers, strict=True)
        )

    async def _concerned(self, act: ActView, dossier: Reference) -> tuple[Call, ...]:
        if act.told.calls:
            return act.told.calls
        try:
            target = Target(leg=act.leg, step=act.step, incident=act.incident)
            place = place_of(await self._state(act), target)
        except NoSuchPlace:
            return ()
        request = await self._orchestrator.parked_request(dossier, place.incident.id) if place.incident else None
        return calls(place, act.act, Parked.read(request, place.leg) if request else None)

    async def _hurried(self, act: ActView) -> dict[str, Any]:
        waits = await self._deliveries.waiting(act.dossier, act.told.agency)
        if not waits:
            raise NotPossible(ActProblem.NOTHING_WAITS)
        messages = await self._deliveries.messages(act.dossier, act.told.agency)
        asked = [each for each in messages if each.problem]
        told = await self._standings(act.dossier, asked)
        renew = [each for each in asked if renewed(each, told.get(each.key))]
        await self._deliveries.hurry(act.dossier, waits, self._now(), renew=renew)
        return {"waits": waits, "standings": redelivered(messages, told)}

    async def _standings(self, dossier: str, messages: list[WaitingMessage]) -> dict[str, Standing]:
        if not messages:
            return {}
        questions = tuple(StandingQuestion(agency=m.partner, dossier=dossier, key=m.key) for m in messages)
        return {each.key: each.standing for each in await self._orchestrator.ask_agencies(questions) if each}

    async def _reference(self, act: ActView) -> Reference:
        header = await self._queries.header(act.dossier)
        if header is None:
            raise DossierUnknown("no such dossier")
        return Reference(header.group, header.code)

    async def _state(self, act: ActView) -> DossierState:
        state = await self._queries.view(act.dossier, self._now())
        if state is None:
            raise DossierUnknown("no such dossier")
        return state


def _request(act: ActView, part: str) -> str:
    return update_id("acts", act.id, part)


def _order(act: ActView, order: StepAct) -> StepOrder:
    step = None if act.leg else act.step
    return StepOrder(act=order, by=act.by, reason=act.told.reason, leg=act.leg, step=step)


def _is_stopped(incident: IncidentView, act: ActView) -> bool:
    here = incident.leg is act.leg if act.leg else incident.step == act.step
    return here and incident.code == IncidentCode.STOPPED


def _problem(err: DoorError) -> tuple[str, tuple[ProblemItem, ...]]:
    """The dossier's refusal by its name, and which fields of it."""
    if not isinstance(err, Refusal):
        return ActProblem.DOSSIER_CLOSED, ()
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", err.kind).lower()
    told = err.details[0] if err.details and isinstance(err.details[0], list) else []
    return name, tuple(
        ProblemItem(pointer="".join(f"/{part}" for part in each["loc"]), code=each["type"], message=each["msg"])
        for each in told
    )
