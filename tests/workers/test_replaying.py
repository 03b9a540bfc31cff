"""One item's turn: whatever a crash left half done is done once, and every turn ends with an outcome."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import insert, update

from contracts.acts import ActState, ActView
from contracts.agencies import Agency
from contracts.causes import Act
from contracts.replays import (
    ItemOutcome,
    ItemsQuestion,
    ItemState,
    ItemTurn,
    ReplayPace,
    ReplayTold,
    Selection,
)
from orchestrator import OutcomeUnknown
from records.database import Database
from records.exchanges import Exchange, ExchangeLog
from records.keys import StoredKeys
from records.support.acts import Acts
from records.support.heard import Hearing
from records.support.replays import Replays
from records.support.selecting import Chosen
from records.tables import exchanges
from records.tables.base import core
from records.tables.support import StuckCase, SupportAct
from workers.acting import Acting
from workers.replaying import Turns, silent_by

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CODE, PLACE = "G22.99.08-261123-000001", "leg.G22.99.08-261123-000001.residence"
TURN = ItemTurn(replay="r-1", number=1, proof_within=60)
PACE = ReplayPace(patience=20)
CASES, ACTS, SAID = core(StuckCase), core(SupportAct), core(exchanges.Exchange)
NO_ANSWER = None


class FakeActing:
    """Carries acts out as it is told to; `asked` counts how often."""

    def __init__(self, database: Database, acts: Acts) -> None:
        self._database = database
        self._acts = acts
        self.asked: list[str] = []
        self.outcomes: list[dict[str, Any] | Exception] = []

    async def perform(self, act_id: str) -> ActView:
        self.asked.append(act_id)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        changed = update(ACTS).where(ACTS.c.id == act_id).values(**outcome | {"state": outcome["state"].value})
        await self._database.write(lambda connection: connection.execute(changed) and None)
        return await self._acts.get(act_id)


class Desk:
    """One replay of one item, and everybody whom its turn meets."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys = StoredKeys(database, bytes(range(32)))
        self.replays, self.acts = Replays(database, self.keys), Acts(database, self.keys)
        self.acting = FakeActing(database, self.acts)
        self.held: set[Agency] = set()
        self.held_next: set[Agency] = set()
        self.now = NOW
        acting = cast(Acting, self.acting)
        silent = silent_by(Hearing(database, self.keys))
        self.turns = Turns(self.replays, self.acts, acting, self._is_held, silent, PACE, self._clock)

    async def _is_held(self, agency: Agency) -> bool:
        return agency in self.held

    def _clock(self) -> datetime:
        return self.now

    def _pass(self) -> None:
        """Time goes by while somebody waits for a proof, and the breaker opens."""
        self.now += timedelta(seconds=30)
        self.held |= self.held_next

    async def turn(self, **otherwise: Any) -> ItemState:
        found: ItemOutcome = await self.turns.turn(TURN.model_copy(update=otherwise), self._pass)
        return found.state

    async def said(self, status: int | None, agency: Agency = Agency.RESIDENCE, ago: float = 0) -> None:
        """An agency's answer, or none, to what it was asked."""
        log, at = ExchangeLog(self.database, self.keys), self.now - timedelta(seconds=ago)
        log.record(Exchange(agency, CODE, "register_residence", None, 1, "POST /x", None, status, 1.0, at))
        await log.aclose()
        await self.write(update(SAID).values(at=at))  # the log has a clock of its own

    async def problem(self) -> str | None:
        return (await self.replays.item("r-1", 1)).problem

    async def write(self, statement: Any) -> None:
        await self.database.write(lambda connection: connection.execute(statement) and None)


@pytest_asyncio.fixture
async def desk(database: Database) -> Desk:
    found = Desk(database)
    await database.write(lambda connection: found.keys.keep(connection, CODE, os.urandom(32)))
    case = {"id": PLACE, "spell": 1, "source": "leg", "cause": "agency-slow", "owner": "agency", "dossier": CODE}
    where = {"group": "birth", "agency": "residence", "leg": "residence", "attempts": 1}
    await found.write(insert(CASES).values(**case, **where, due_at=NOW, noticed_at=NOW, changed_at=NOW))
    await found.replays.draft(
        [Chosen(CODE, PLACE)],
        replay="r-1",
        act=Act.AGAIN,
        selection=Selection(agency="residence"),
        told=ReplayTold(reason="đã trao đổi", rate=2),
        by="support-1",
        now=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return found


@pytest.mark.parametrize(
    ("outcome", "state", "problem"),
    [
        ({"state": ActState.VERIFIED}, ItemState.VERIFIED, None),
        ({"state": ActState.REOPENED, "problem": "parked-again"}, ItemState.FAILED, "parked-again"),
        ({"state": ActState.FAILED, "problem": "resolution-invalid"}, ItemState.FAILED, "resolution-invalid"),
        ({"state": ActState.FAILED, "problem": "nothing-under-way"}, ItemState.SKIPPED, "healed"),
        ({"state": ActState.FAILED, "problem": "dossier-closed"}, ItemState.SKIPPED, "healed"),
    ],
    ids=str,
)
async def test_an_item_ends_as_its_act_does(
    desk: Desk, outcome: dict[str, Any], state: ItemState, problem: str | None
) -> None:
    desk.acting.outcomes = [outcome]
    assert await desk.turn() is state
    assert await desk.problem() == problem
    assert await desk.turn() is state
    assert len(desk.acting.asked) == 1, "what has its outcome is not done again"


async def test_a_turn_that_broke_off_is_taken_again_under_the_same_act_though_the_case_is_gone_by_then(
    desk: Desk,
) -> None:
    desk.acting.outcomes = [OutcomeUnknown("the engine is away"), {"state": ActState.VERIFIED}]
    with pytest.raises(OutcomeUnknown):
        await desk.turn()
    assert (await desk.replays.counts("r-1")).in_hand == 1
    await desk.write(update(CASES).values(gone_at=NOW))
    assert await desk.turn() is ItemState.VERIFIED
    assert len(set(desk.acting.asked)) == 1
    [act] = await desk.acts.of(CODE)
    assert (act.replay, act.by, act.leg, act.cause) == ("r-1", "support-1", "residence", "agency-slow")


async def test_what_is_no_longer_stuck_is_left_alone(desk: Desk) -> None:
    await desk.write(update(CASES).values(gone_at=NOW))
    assert await desk.turn() is ItemState.SKIPPED
    assert (await desk.problem(), desk.acting.asked) == ("healed", [])


async def test_nothing_is_begun_while_the_agency_is_held(desk: Desk) -> None:
    desk.held = {Agency.RESIDENCE}
    assert await desk.turn() is ItemState.WAITING
    assert (await desk.replays.counts("r-1")).in_hand == 0
    desk.held = {Agency.LABOUR}
    desk.acting.outcomes = [{"state": ActState.VERIFIED}]
    assert await desk.turn() is ItemState.VERIFIED


@pytest.mark.parametrize(
    "said",
    [{}, {"status": 200}, {"status": 503, "ago": 1}, {"status": 503, "agency": Agency.VNEID}],
    ids=("nothing", "in hand", "trouble before its turn", "another's trouble"),
)
async def test_without_a_proof_in_time_it_counts_as_failed(desk: Desk, said: dict[str, Any]) -> None:
    desk.acting.outcomes = [{"state": ActState.DONE}]
    if said:
        await desk.said(**said)
    assert await desk.turn() is ItemState.FAILED
    assert await desk.problem() == "not-in-time"
    assert (desk.now - NOW).total_seconds() == TURN.proof_within


@pytest.mark.parametrize(
    ("agency", "ends"),
    [
        ({"status": 503}, ItemState.FAILED),
        ({"status": NO_ANSWER}, ItemState.FAILED),
        ("held", ItemState.WAITING),
        ("held, unminded", ItemState.FAILED),
    ],
    ids=str,
)
async def test_a_turn_whose_agency_goes_away_ends_and_comes_again_under_the_same_act(
    desk: Desk, agency: dict[str, Any] | str, ends: ItemState
) -> None:
    desk.acting.outcomes = [{"state": ActState.DONE}, {"state": ActState.VERIFIED}]
    if isinstance(agency, dict):
        await desk.said(**agency)
    else:
        desk.held_next = {Agency.RESIDENCE}
    assert await desk.turn(minds_held=agency != "held, unminded") is ends
    counts = await desk.replays.counts("r-1")
    assert (counts.remaining, counts.in_hand, counts.failed) == (1, 0, 0), "it has no outcome yet"
    assert (desk.now - NOW).total_seconds() < TURN.proof_within
    desk.now += timedelta(hours=2)
    desk.held, desk.held_next = set(), set()
    await desk.write(update(CASES).values(gone_at=NOW))
    assert await desk.turn() is ItemState.VERIFIED, "although its case went by its own act"
    assert len(desk.acting.asked) == 2
    assert len(await desk.acts.of(CODE)) == 1


async def test_one_that_had_its_time_and_is_not_answered_again_has_failed(desk: Desk) -> None:
    desk.acting.outcomes = [{"state": ActState.DONE}] * 2
    await desk.said(503)
    assert await desk.turn() is ItemState.FAILED
    assert await desk.problem() is None
    desk.now += timedelta(hours=2)
    await desk.said(503)
    assert await desk.turn() is ItemState.FAILED
    assert await desk.problem() == "not-in-time"


async def test_an_erased_dossier_fails_and_holds_nobody(desk: Desk) -> None:
    await desk.keys.destroy(CODE)
    assert await desk.turn() is ItemState.FAILED
    assert await desk.problem() == "dossier-erased"


async def test_what_remains_is_told_only_of_what_was_approved(desk: Desk) -> None:
    approved = (await desk.replays.get("r-1", NOW)).selection_hash

    async def asked(selection_hash: str) -> tuple[bool, tuple[int, ...]]:
        left = await desk.turns.left(ItemsQuestion(replay="r-1", selection_hash=selection_hash, limit=10))
        return left.approved, left.numbers

    assert await asked(approved) == (True, (1,))
    assert await asked("0" * 64) == (False, ())
