"""Tasks in hand: taken by one alone, passed on knowingly, every change kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from records.database import Database
from records.edge import HandOver, Holding, InHand, TaskHeld
from records.keys import StoredKeys
from records.tables.base import core
from records.tables.sessions import TaskHandOver, TaskHolder

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
TASK = "G22.99.08-261123-000001.review.1"


@pytest.fixture
def holding(database: Database, keys: StoredKeys) -> Holding:
    return Holding(database, keys)


async def present(database: Database) -> InHand | None:
    statement = select(core(TaskHolder)).where(core(TaskHolder).c.task == TASK)
    row = await database.read(lambda connection: connection.execute(statement).first())
    return InHand(row.person, row.since) if row is not None else None


async def test_a_free_task_is_taken_by_whoever_asks_first(holding: Holding, database: Database):
    assert await present(database) is None
    assert await holding.take(TASK, "lan", NOW) == InHand("lan", NOW)
    assert await holding.take(TASK, "lan", LATER) == InHand("lan", NOW)
    with pytest.raises(TaskHeld) as held:
        await holding.take(TASK, "nam", LATER)
    assert held.value.present == InHand("lan", NOW)
    assert await present(database) == InHand("lan", NOW)
    assert await holding.changes(TASK) == (HandOver(NOW, "lan", None, "lan", None),)


async def test_of_many_at_once_exactly_one_takes_it(holding: Holding, database: Database, keys: StoredKeys):
    rooms = [Holding(database, keys), Holding(database, keys)]
    people = [f"clerk-{number}" for number in range(12)]
    answers = await asyncio.gather(
        *(rooms[n % 2].take(TASK, who, NOW) for n, who in enumerate(people)), return_exceptions=True
    )
    [winner] = [each for each in answers if isinstance(each, InHand)]
    losers = [each for each in answers if isinstance(each, TaskHeld)]
    assert len(losers) == len(people) - 1
    assert {each.present for each in losers} == {winner}
    assert len(await holding.changes(TASK)) == 1


async def test_of_many_who_take_it_over_at_once_exactly_one_does(holding: Holding, database: Database):
    await holding.take(TASK, "lan", NOW)
    people = [f"clerk-{number}" for number in range(12)]
    answers = await asyncio.gather(
        *(holding.take(TASK, who, LATER, before="lan") for who in people), return_exceptions=True
    )
    [winner] = [each for each in answers if isinstance(each, InHand)]
    assert await present(database) == winner
    assert [each.after for each in await holding.changes(TASK)] == ["lan", winner.person]


async def test_taking_and_putting_back_at_once_ends_in_one_hand_or_in_none(holding: Holding, database: Database):
    async def one(who: str) -> None:
        for _ in range(5):
            try:
                await holding.take(TASK, who, NOW)
            except TaskHeld:
                continue
            await holding.put_back(TASK, who, NOW)

    await asyncio.gather(*(one(f"clerk-{number}") for number in range(6)))
    changes = await holding.changes(TASK)
    assert await present(database) is None
    assert all(later.before == earlier.after for earlier, later in pairwise(changes))


async def test_it_is_taken_over_only_from_whom_one_thinks_has_it(holding: Holding, database: Database):
    await holding.take(TASK, "lan", NOW)
    with pytest.raises(TaskHeld):
        await holding.take(TASK, "nam", LATER, before="mai")
    assert await holding.take(TASK, "nam", LATER, before="lan") == InHand("nam", LATER)
    with pytest.raises(TaskHeld) as held:
        await holding.put_back(TASK, "lan", LATER)
    assert held.value.present.person == "nam"
    assert [(each.by, each.before, each.after) for each in await holding.changes(TASK)] == [
        ("lan", None, "lan"),
        ("nam", "lan", "nam"),
    ]


async def test_handing_over_is_for_who_has_it_and_its_reason_is_sealed(holding: Holding, database: Database):
    await holding.take(TASK, "lan", NOW)
    assert await holding.hand_over(TASK, "lan", "nam", LATER, "Nghỉ phép") == InHand("nam", LATER)
    assert await holding.hand_over(TASK, "lan", "nam", LATER, "Nghỉ phép") == InHand("nam", LATER)
    with pytest.raises(TaskHeld):
        await holding.hand_over(TASK, "lan", "mai", LATER)
    assert (await holding.changes(TASK))[-1] == HandOver(LATER, "lan", "lan", "nam", "Nghỉ phép")
    rows = await database.read(lambda connection: connection.execute(select(core(TaskHandOver))).all())
    assert "Nghỉ phép".encode() not in b"".join(row.sealed for row in rows if row.sealed)


async def test_what_is_put_back_or_done_is_in_nobodys_hand(holding: Holding, database: Database):
    await holding.put_back(TASK, "lan", NOW)
    assert await holding.changes(TASK) == ()
    await holding.take(TASK, "lan", NOW)
    await holding.put_back(TASK, "lan", LATER)
    assert await present(database) is None
    assert (await holding.changes(TASK))[-1] == HandOver(LATER, "lan", "lan", None, None)
    await holding.take(TASK, "nam", LATER)
    await holding.done(TASK)
    assert await present(database) is None
