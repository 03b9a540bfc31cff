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
    ItemsQuestion,
    ItemState,
    ItemTurn,
    ReplayPace,
    ReplayTold,
    Selection,
)
from orchestrator import OutcomeUnknown
from records.database import Database
from records.keys import StoredKeys
from records.support.acts import Acts
from records.support.replays import Replays
from records.support.selecting import Chosen
from records.tables.base import core
from records.tables.support import StuckCase, SupportAct
from workers.acting import Acting
from workers.replaying import Turns

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CODE, PLACE = "G22.99.08-261123-000001", "leg.G22.99.08-261123-000001.residence"
TURN = ItemTurn(replay="r-1", number=1, proof_within=60)
CASES, ACTS = core(StuckCase), core(SupportAct)


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
        self.now = NOW
        acting = cast(Acting, self.acting)
        self.turns = Turns(self.replays, self.acts, acting, self._is_held, ReplayPace(), self._clock)

    async def _is_held(self, agency: Agency) -> bool:
        return agency in self.held

    def _clock(self) -> datetime:
        return self.now

    async def turn(self) -> ItemState:
        return (await self.turns.turn(TURN, lambda: None)).state

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


async def test_without_a_proof_in_time_it_counts_as_failed(desk: Desk) -> None:
    desk.acting.outcomes = [OutcomeUnknown("the engine is away"), {"state": ActState.DONE}]
    with pytest.raises(OutcomeUnknown):
        await desk.turn()
    desk.now += timedelta(seconds=61)
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
