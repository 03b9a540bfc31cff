"""A turn that the engine never had, and that nobody makes again: it is found by the feed and taken back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from contracts.dossier import Stage, TaskState
from contracts.journal import Entry, EventKind
from records.database import Database
from records.edge import Claims
from records.feed import Standing, Standings
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from records.tables.base import core
from records.tables.outbox import OutboxRow
from tests.records.samples import NOW, a_filing, a_state, a_task, a_turn, claimed, entry

OUTBOX = core(OutboxRow)
FILED, OPENED = entry(1, EventKind.FILED), entry(2, EventKind.TASK_OPENED, task="t")
CLOSED, REJECTED = entry(3, EventKind.TASK_CLOSED, task="t"), entry(4, EventKind.REJECTED)


@pytest.fixture
def journal(database: Database, keys: StoredKeys) -> JournalStore:
    return JournalStore(database, keys)


@pytest.fixture
def queries(database: Database, keys: StoredKeys) -> Queries:
    return Queries(database, keys)


@pytest.fixture
async def code(database: Database, keys: StoredKeys) -> str:
    return (await claimed(database, keys)).code


async def standing(database: Database, code: str) -> Standing:
    standings = Standings(database)
    found = await standings.written(0, await standings.newest(), 100)
    return next(each for each in found if each.dossier == code)


async def shown(queries: Queries, code: str) -> list[Any]:
    """Everything that people see of a dossier."""
    return [
        await queries.view(code, NOW),
        await queries.header(code),
        await queries.journal(code),
        (await queries.tasks(offices=None)).items,
    ]


async def test_a_dossier_stands_again_as_before_the_lost_turn(
    database: Database, journal: JournalStore, queries: Queries, code: str
) -> None:
    true = a_turn(code, FILED, OPENED, state=a_state(code, tasks=(a_task(code),)), filing=a_filing())
    done = a_task(code, state=TaskState.DONE)
    lost = a_turn(code, CLOSED, REJECTED, state=a_state(code, Stage.REJECTED, tasks=(done, a_task(code, 2))))
    await journal.write(true)
    before = await shown(queries, code)
    await journal.write(lost)
    assert await shown(queries, code) != before

    seen = await standing(database, code)
    assert seen.seq == 4
    assert await journal.take_back(true, seen.last_hash)

    assert await shown(queries, code) == before
    assert await journal.verify_chain(code)
    assert (await standing(database, code)).seq == 2


async def test_a_filing_that_only_a_lost_turn_changed_is_as_it_was(
    database: Database, keys: StoredKeys, journal: JournalStore, code: str
) -> None:
    true = a_turn(code, FILED, OPENED, filing=a_filing())
    await journal.write(true)
    await journal.write(a_turn(code, CLOSED, filing=a_filing(name=("Trần", "Thị", "Sửa"))))
    assert await journal.take_back(true, (await standing(database, code)).last_hash)
    assert await Claims(database, keys).filing(code) == a_filing()


async def test_portals_are_told_where_it_stands_and_what_comes_next(
    database: Database, journal: JournalStore, queries: Queries, code: str
) -> None:
    true = a_turn(code, FILED, OPENED)
    await journal.write(true)
    await journal.write(a_turn(code, CLOSED, REJECTED, state=a_state(code, Stage.REJECTED)))
    await journal.take_back(true, (await standing(database, code)).last_hash)
    accepted = entry(4, EventKind.ACCEPTED)
    await journal.write(a_turn(code, later(CLOSED), later(accepted)))
    told = [(event.kind, event.stage) for event in await queries.events("portal", 0, 100)]
    here = Stage.IN_PROGRESS
    assert told[2:] == [
        ("task_closed", Stage.REJECTED),
        ("rejected", Stage.REJECTED),
        ("task_opened", here),
        ("task_closed", here),
        ("accepted", here),
    ]
    assert [each["kind"] for each in await queries.journal(code)] == ["filed", "task_opened", "task_closed", "accepted"]
    assert await journal.verify_chain(code)


def later(each: Entry) -> Entry:
    return each.model_copy(update={"at": each.at + timedelta(hours=1)})


async def test_what_was_written_meanwhile_is_never_taken_back(
    database: Database, journal: JournalStore, queries: Queries, code: str
) -> None:
    true = a_turn(code, FILED, OPENED)
    await journal.write(true)
    await journal.write(a_turn(code, CLOSED))
    seen = await standing(database, code)
    await journal.write(a_turn(code, later(CLOSED)))  # the caller repeated it: the same number, and it did happen
    before = await queries.journal(code)
    assert not await journal.take_back(true, seen.last_hash)
    assert await queries.journal(code) == before


@pytest.mark.parametrize("epoch", ["run-1", "run-2"])
async def test_a_journal_in_step_and_one_of_another_run_stay_as_they_are(
    database: Database, journal: JournalStore, queries: Queries, code: str, epoch: str
) -> None:
    await journal.write(a_turn(code, FILED, OPENED))
    before = await queries.journal(code)
    last = a_turn(code, OPENED, epoch=epoch)
    assert not await journal.take_back(last, (await standing(database, code)).last_hash)
    assert await queries.journal(code) == before


async def test_a_dossier_is_found_by_its_last_entry_and_in_pages(
    database: Database, keys: StoredKeys, journal: JournalStore
) -> None:
    codes = [(await claimed(database, keys)).code for _ in range(3)]
    for code in codes:
        await journal.write(a_turn(code, FILED))
    standings = Standings(database)
    middle = await standings.newest()
    await journal.write(a_turn(codes[0], OPENED))
    until = await standings.newest()
    assert [each.dossier for each in await standings.written(0, middle, 9)] == codes[1:]
    assert [each.dossier for each in await standings.written(middle, until, 9)] == codes[:1]
    [first] = await standings.written(0, until, 1)
    assert [each.dossier for each in await standings.written(first.number, until, 9)] == [codes[2], codes[0]]


async def test_the_window_is_counted_back_from_the_last_entry(
    database: Database, keys: StoredKeys, journal: JournalStore
) -> None:
    standings = Standings(database)
    assert [await standings.newest(), await standings.before(timedelta(hours=1))] == [0, 0]
    code = (await claimed(database, keys)).code
    await journal.write(a_turn(code, *(entry(n, EventKind.FILED) for n in range(1, 3001))))  # a minute apart
    assert await standings.before(timedelta(minutes=900)) == await standings.newest() - 1000
    assert await standings.before(timedelta(minutes=1500)) == await standings.newest() - 2000
    assert await standings.before(timedelta(days=9)) == 0


async def test_nobody_is_written_to_twice_of_what_was_taken_back_or_made_again_in_parts(
    database: Database, journal: JournalStore, code: str
) -> None:
    true = a_turn(code, FILED, OPENED)
    await journal.write(true)
    await journal.write(a_turn(code, CLOSED, REJECTED, state=a_state(code, Stage.REJECTED)))
    told = await notices(database, code)
    await journal.take_back(true, (await standing(database, code)).last_hash)
    await journal.write(a_turn(code, later(CLOSED)))
    await journal.write(a_turn(code, later(REJECTED), state=a_state(code, Stage.REJECTED)))
    assert await notices(database, code) == told == 1


async def notices(database: Database, code: str) -> int:
    wanted = select(func.count()).where(OUTBOX.c.dossier == code, OUTBOX.c.notice.is_not(None))
    return int(await database.read(lambda connection: connection.execute(wanted).scalar_one()))
