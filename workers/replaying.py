"""Replays of many: an item's turn, from the look whether it is still stuck to the proof; and what was not started."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from activities.replays import ReplayActivities
from adapters import replies
from contracts import queues
from contracts.acts import ActAsked, ActProblem, ActState, ActView
from contracts.agencies import Agency
from contracts.causes import Act, Cause
from contracts.reopenings import LEGS
from contracts.replays import (
    ItemOutcome,
    ItemProblem,
    ItemsLeft,
    ItemsQuestion,
    ItemState,
    ItemTurn,
    ReplayNote,
    ReplayPace,
    ReplayRequest,
)
from orchestrator import DoorError, Orchestrator, update_id
from records.keys import KeyUnknown
from records.support.acts import Acts
from records.support.heard import Hearing
from records.support.replays import ReplayRow, Replays
from records.support.selecting import StuckPlace
from runtime.settings import Settings
from runtime.task_queues import TaskQueues
from workers.acting import Acting
from workers.arrears import wall_clock
from workers.rooms import Rooms

PAUSE_S = 2.0
LEFT_ALONE = timedelta(seconds=5)
"""One that was approved this short a time ago is still in its caller's hands."""
LOOK_S, LOOK_MOST_S = 0.2, 2.0
SENDING = frozenset({Act.ASK, Act.AGAIN, Act.REPLAY})
"""Acts that only help where something can go out."""
GONE = frozenset(
    {
        *(ActProblem.NOTHING_UNDER_WAY, ActProblem.NOTHING_WAITS, ActProblem.DOSSIER_CLOSED),
        *("incident-not-open", "dossier-held", "dossier-not-held"),
    }
)
"""What an act's refusal says where its trouble was gone a moment before."""
PROOF = {ActState.VERIFIED: ItemState.VERIFIED, ActState.REOPENED: ItemState.FAILED, ActState.FAILED: ItemState.FAILED}
log = structlog.get_logger()
IsHeld = Callable[[Agency], Awaitable[bool]]
IsSilent = Callable[[str, Agency, datetime], Awaitable[bool]]


class Turns:
    """Whatever it does is safe to do twice: an item's act has one id, and its outcome is written once."""

    def __init__(
        self,
        replays: Replays,
        acts: Acts,
        acting: Acting,
        is_held: IsHeld,
        is_silent: IsSilent,
        pace: ReplayPace,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._replays = replays
        self._acts = acts
        self._acting = acting
        self._is_held = is_held
        self._is_silent = is_silent
        self._pace = pace
        self._now = now

    def pace(self) -> ReplayPace:
        """As the settings say."""
        return self._pace

    async def left(self, question: ItemsQuestion) -> ItemsLeft:
        """What remains, where it is what was approved."""
        if await self._replays.fixed(question.replay) != question.selection_hash:
            log.error("replay_changed", replay=question.replay)
            return ItemsLeft(approved=False)
        return ItemsLeft(numbers=await self._replays.left(question.replay, question.limit))

    async def note(self, note: ReplayNote) -> None:
        """Where the run stands."""
        await self._replays.note(note, self._now())
        log.info("replay_stands", replay=note.replay, state=note.state, because=note.paused_because)

    async def turn(self, turn: ItemTurn, alive: Callable[[], None]) -> ItemOutcome:
        """One item, from wherever a crash left it."""
        item = await self._replays.item(turn.replay, turn.number)
        if item.state.ended:
            return ItemOutcome(state=item.state)
        began = self._now()
        replay, place = await self._replays.get(turn.replay, began), await self._replays.place(item.place)
        if item.state is ItemState.WAITING:
            if item.act is None and (place is None or place.gone or await self._done_once_more(replay, place)):
                return await self._ended(turn, ItemState.SKIPPED, ItemProblem.HEALED)
            agency = place.agency if place else None
            if turn.minds_held and replay.act in SENDING and agency and await self._is_held(agency):
                return ItemOutcome(state=ItemState.WAITING)
            await self._replays.begin(turn.replay, turn.number, _act_id(turn))
        try:
            if place is not None:
                await self._ask(turn, replay, item.dossier, place)
            await self._acting.perform(_act_id(turn))
            return await self._proven(turn, place, began, alive)
        except KeyUnknown:
            return await self._ended(turn, ItemState.FAILED, ItemProblem.ERASED)

    async def _ask(self, turn: ItemTurn, replay: ReplayRow, dossier: str, place: StuckPlace) -> None:
        """Of a turn that is taken again the act is kept already."""
        told, leg = await self._replays.told(turn.replay), place.target.leg
        reopens = replay.act is Act.REPLAY and leg is not None and await self._acting.reopenings.is_closed(dossier)
        asked = ActAsked(
            dossier=dossier,
            act=replay.act,
            target=place.target,
            reason=told.reason,
            input={LEGS: [leg]} if reopens else None,
        )
        await self._acts.ask(
            asked,
            act_id=_act_id(turn),
            by=replay.by,
            now=self._now(),
            cause=place.cause,
            replay=turn.replay,
            approved=(replay.approved_by, replay.approved_at),
        )

    async def _done_once_more(self, replay: ReplayRow, place: StuckPlace) -> bool:
        """A leg that was done once more waits for the next comparison: nobody does it again meanwhile."""
        leg = place.target.leg if replay.act is Act.REPLAY else None
        return leg is not None and await self._acting.reopenings.done_once_more(place.dossier, leg)

    async def _proven(
        self, turn: ItemTurn, place: StuckPlace | None, began: datetime, alive: Callable[[], None]
    ) -> ItemOutcome:
        pause, patience = LOOK_S, timedelta(seconds=self._pace.patience)
        while True:
            alive()
            act, waited = await self._acts.get(_act_id(turn)), self._now() - began
            if act.state in PROOF:
                return await self._ended(turn, *_outcome(act))
            if waited >= timedelta(seconds=turn.proof_within):
                return await self._ended(turn, ItemState.FAILED, ItemProblem.NOT_IN_TIME)
            if place and place.agency and waited >= patience:
                stood_still = await self._stood_still(turn, act, place.agency, began)
                if stood_still:
                    return stood_still
            await asyncio.sleep(pause)
            pause = min(LOOK_MOST_S, pause * 1.5)

    async def _stood_still(self, turn: ItemTurn, act: ActView, agency: Agency, began: datetime) -> ItemOutcome | None:
        """Frees the hand of a turn whose agency is away; one that had its time before is over."""
        held = await self._is_held(agency)
        if not held and not await self._is_silent(act.dossier, agency, began):
            return None
        if not held and self._now() >= act.asked_at + timedelta(seconds=turn.proof_within):
            return await self._ended(turn, ItemState.FAILED, ItemProblem.NOT_IN_TIME)
        await self._replays.lay_aside(turn.replay, turn.number)
        return ItemOutcome(state=ItemState.WAITING if held and turn.minds_held else ItemState.FAILED)

    async def _ended(self, turn: ItemTurn, state: ItemState, problem: str | None) -> ItemOutcome:
        item = await self._replays.end(turn.replay, turn.number, state, problem, self._now())
        log.info("replay_item_ended", replay=turn.replay, dossier=item.dossier, state=item.state, problem=item.problem)
        return ItemOutcome(state=item.state)


class ReplayRelay:
    """Starts what was approved and, for a crash, never started."""

    def __init__(self, replays: Replays, orchestrator: Orchestrator, now: Callable[[], datetime] = wall_clock) -> None:
        self._replays = replays
        self._orchestrator = orchestrator
        self._now = now

    @classmethod
    def of(cls, rooms: Rooms, orchestrator: Orchestrator) -> "ReplayRelay":
        """In a process's rooms."""
        return cls(Replays(rooms.database, rooms.keys), orchestrator)

    async def run(self) -> None:
        """Pass after pass, for as long as the process runs."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, DoorError) as err:
                log.info("replays_wait", trouble=type(err).__name__)
            await asyncio.sleep(PAUSE_S)

    async def sweep(self) -> None:
        """Start them; one that runs already goes on."""
        for replay in await self._replays.to_start(self._now() - LEFT_ALONE):
            found, told = await self._replays.get(replay, self._now()), await self._replays.told(replay)
            await self._orchestrator.start_replay(
                ReplayRequest(replay=replay, selection_hash=found.selection_hash, rate=told.rate)
            )


def replay_activities(rooms: Rooms, client: Client) -> list[Callable[..., object]]:
    """What serves the replays' queue."""
    orchestrator = Orchestrator(client, rooms.settings.update_timeout)
    acts, acting = Acts(rooms.database, rooms.keys), Acting.of(rooms, orchestrator)
    held, silent = held_by(client), silent_by(Hearing(rooms.database, rooms.keys))
    turns = Turns(Replays(rooms.database, rooms.keys), acts, acting, held, silent, _pace(rooms.settings))
    served = ReplayActivities(turns)
    return [served.read_pace, served.list_items, served.take_turn, served.note_replay]


def held_by(client: Client) -> IsHeld:
    """Whether the engine gives nothing out of an agency's queue: its breaker is open, or its switch off."""
    task_queues = TaskQueues(client)

    async def is_held(agency: Agency) -> bool:
        limit = (await task_queues.sight(queues.of(agency))).limit
        return limit is not None and limit.rate == 0

    return is_held


def silent_by(hearing: Hearing) -> IsSilent:
    """Whether an agency, asked about a dossier since a moment, had no answer at last, or trouble of its own."""

    async def is_silent(dossier: str, agency: Agency, since: datetime) -> bool:
        said = await hearing.exchanges(dossier, None, agency, 1)
        return any(replies.cause_of(agency, each.status) is Cause.AGENCY_AWAY for each in said if each.at >= since)

    return is_silent


def _pace(settings: Settings) -> ReplayPace:
    return ReplayPace(
        in_hand=settings.replay_in_hand,
        watches=settings.replay_watches,
        pauses_at=settings.replay_pauses_at,
        minds_held=settings.replay_minds_held,
        proof_within=settings.replay_proof_within,
        patience=settings.replay_patience,
    )


def _act_id(turn: ItemTurn) -> str:
    return update_id("replays", turn.replay, str(turn.number))


def _outcome(act: ActView) -> tuple[ItemState, str | None]:
    healed = act.state is ActState.FAILED and act.problem in GONE
    if healed and not (act.act is Act.REPLAY and act.problem == ActProblem.DOSSIER_CLOSED):
        return ItemState.SKIPPED, ItemProblem.HEALED
    return PROOF[act.state], act.problem
