"""The journal: each entry once, in order, chained; the newest state wins whatever arrives when."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from contracts.dossier import IncidentView, LegKind, LegState, LegView, Stage
from contracts.journal import Entry, EventKind
from records.chain import GENESIS, entry_row, link
from records.database import Database
from records.journal import JournalStore
from records.keys import KeyDestroyed, KeyUnknown, StoredKeys
from records.queries import Queries
from tests.records.conftest import MASTER
from tests.records.samples import CLIENT, NOW, a_filing, a_state, a_task, a_turn, claimed, entry

FIRST, SECOND, THIRD = (
    entry(1, EventKind.FILED, channel="online"),
    entry(2, EventKind.LAW_READ, regime="R63"),
    entry(3, EventKind.ACCEPTED),
)


@pytest.fixture
def journal(database: Database, keys: StoredKeys) -> JournalStore:
    return JournalStore(database, keys)


@pytest.fixture
def queries(database: Database, keys: StoredKeys) -> Queries:
    return Queries(database, keys)


@pytest.fixture
async def code(database: Database, keys: StoredKeys) -> str:
    return (await claimed(database, keys)).code


async def _count(database: Database, table: str) -> int:
    return await database.read(lambda c: c.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


async def test_a_turn_can_be_read_at_once(journal: JournalStore, queries: Queries, code: str):
    state = a_state(code, tasks=(a_task(code),))
    assert await queries.view(code, NOW) is None
    assert (await queries.header(code)).stage is Stage.SUBMITTED
    await journal.write(a_turn(code, FIRST, SECOND, state=state, filing=a_filing()))
    assert await queries.view(code, NOW) == state
    header = await queries.header(code)
    assert (header.client, header.office, header.stage) == (CLIENT, state.office, Stage.IN_PROGRESS)
    entries = await queries.journal(code)
    assert [(each["seq"], each["kind"], each["data"]) for each in entries] == [
        (1, "filed", {"channel": "online"}),
        (2, "law_read", {"regime": "R63"}),
    ]
    assert entries[0]["at"] == FIRST.at
    assert await journal.verify_chain(code)


async def test_a_repeated_write_changes_nothing(database: Database, journal: JournalStore, queries: Queries, code: str):
    turn = a_turn(code, FIRST, SECOND, filing=a_filing())
    await journal.write(turn)
    before = await queries.journal(code)
    counts = [await _count(database, table) for table in ("outbox", "feed_events", "journal_entries", "search_tokens")]
    await asyncio.gather(*(journal.write(turn) for _ in range(4)))
    assert await queries.journal(code) == before
    tables = ("outbox", "feed_events", "journal_entries", "search_tokens")
    assert [await _count(database, table) for table in tables] == counts


async def test_first_writes_at_once_from_two_processes_are_kept_once(
    database: Database, keys: StoredKeys, queries: Queries, code: str
):
    stores = [JournalStore(database, keys), JournalStore(database, StoredKeys(database, MASTER))]
    turn = a_turn(code, FIRST, SECOND, filing=a_filing())
    await asyncio.gather(*(stores[n % 2].write(turn) for n in range(8)))
    assert [each["seq"] for each in await queries.journal(code)] == [1, 2]
    assert await stores[0].verify_chain(code)
    assert await _count(database, "feed_events") == 2


async def test_overlapping_writes_keep_each_entry_once(journal: JournalStore, queries: Queries, code: str):
    await journal.write(a_turn(code, FIRST, SECOND))
    newer = a_state(code, Stage.DONE)
    await journal.write(a_turn(code, SECOND, THIRD, state=newer))
    assert [each["seq"] for each in await queries.journal(code)] == [1, 2, 3]
    assert await queries.view(code, NOW) == newer
    assert await journal.verify_chain(code)


async def test_an_older_write_after_a_newer_keeps_the_newer_state(journal: JournalStore, queries: Queries, code: str):
    newer = a_state(code, Stage.DONE, tasks=(a_task(code, 2),))
    await journal.write(a_turn(code, FIRST))
    await journal.write(a_turn(code, THIRD, state=newer))
    await journal.write(a_turn(code, SECOND, state=a_state(code, tasks=(a_task(code, 1),)), filing=a_filing()))
    assert await queries.view(code, NOW) == newer
    assert [each["seq"] for each in await queries.journal(code)] == [1, 3, 2]
    assert [each.id for each in (await queries.tasks(offices=None)).items] == [newer.tasks[0].id]
    assert await journal.verify_chain(code)


async def test_a_new_run_of_the_engine_goes_on_and_the_old_one_is_late(
    journal: JournalStore, queries: Queries, code: str
):
    newer = a_state(code, Stage.DONE)
    await journal.write(a_turn(code, FIRST, SECOND))
    await journal.write(a_turn(code, THIRD, epoch="run-2", state=newer))
    await journal.write(a_turn(code, THIRD, epoch="run-1", state=a_state(code, Stage.STOPPED)))
    assert await queries.view(code, NOW) == newer
    assert [each["seq"] for each in await queries.journal(code)] == [1, 2, 3, 3]
    assert await journal.verify_chain(code)


def later(each: Entry, **changes: Any) -> Entry:
    """As the engine makes it again after the worker died."""
    return each.model_copy(update={"at": each.at + timedelta(seconds=10), **changes})


async def test_a_turn_made_again_replaces_what_the_lost_one_left(
    database: Database, journal: JournalStore, queries: Queries, code: str
):
    lost = entry(3, EventKind.NUMBER_ABSENT), entry(4, EventKind.TASK_OPENED, task="t"), entry(5, EventKind.DONE)
    kept = (later(lost[0], kind=EventKind.LEG_CHANGED), later(lost[1]))
    true = a_state(code, tasks=(a_task(code, 2),))
    await journal.write(a_turn(code, FIRST, SECOND))
    await journal.write(a_turn(code, *lost, state=a_state(code, Stage.DONE, tasks=(a_task(code, 1),))))
    await journal.write(a_turn(code, *kept, state=true))
    entries = await queries.journal(code)
    assert [each["kind"] for each in entries] == ["filed", "law_read", "leg_changed", "task_opened"]
    assert [each["at"] for each in entries[2:]] == [each.at for each in kept]
    assert await queries.view(code, NOW) == true
    assert [each.id for each in (await queries.tasks(offices=None)).items] == [true.tasks[0].id]
    assert await journal.verify_chain(code)
    assert await _count(database, "feed_events") == 6, "what was said before is not said again"


async def test_a_lost_turn_that_comes_late_changes_nothing(journal: JournalStore, queries: Queries, code: str):
    await journal.write(a_turn(code, FIRST))
    await journal.write(a_turn(code, later(SECOND), state=a_state(code, Stage.DONE)))
    before = await queries.journal(code)
    await journal.write(a_turn(code, SECOND, THIRD))
    assert await queries.journal(code) == before
    assert (await queries.header(code)).stage is Stage.DONE


async def test_even_the_first_turn_can_be_made_again_and_is_told_once(
    database: Database, journal: JournalStore, queries: Queries, code: str
):
    await journal.write(a_turn(code, FIRST, SECOND, filing=a_filing()))
    told = [await _count(database, table) for table in ("outbox", "feed_events")]
    await journal.write(a_turn(code, later(FIRST), later(SECOND), filing=a_filing()))
    assert [each["at"] for each in await queries.journal(code)] == [later(FIRST).at, later(SECOND).at]
    assert [await _count(database, table) for table in ("outbox", "feed_events")] == told
    assert await journal.verify_chain(code)


async def test_a_store_that_did_not_write_the_last_turn_still_sees_it(
    database: Database, keys: StoredKeys, queries: Queries, code: str
):
    ours, theirs = JournalStore(database, keys), JournalStore(database, keys)
    await ours.write(a_turn(code, FIRST, state=a_state(code, tasks=(a_task(code, 1),))))
    await theirs.write(a_turn(code, SECOND, state=a_state(code, tasks=(a_task(code, 2),))))
    await ours.write(a_turn(code, THIRD, state=a_state(code, tasks=(a_task(code, 3),))))
    assert [each.id for each in (await queries.tasks(offices=None)).items] == [a_task(code, 3).id]


async def test_an_unknown_or_erased_dossier_is_not_written(journal: JournalStore, keys: StoredKeys, code: str):
    await keys.destroy(code)
    with pytest.raises(KeyDestroyed):
        await journal.write(a_turn(code, FIRST))
    unknown = "G22.99.08-261122-999999"
    with pytest.raises(KeyUnknown):
        await journal.write(a_turn(unknown, FIRST))
    assert await journal.verify_chain(unknown)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE journal_entries SET kind = 'rejected' WHERE seq = 2",
        "UPDATE journal_entries SET actor = 'clerk-2' WHERE seq = 1",
        "UPDATE journal_entries SET sealed = (SELECT e.sealed FROM journal_entries e WHERE e.seq = 1) WHERE seq = 2",
        "DELETE FROM journal_entries WHERE seq = 1",
        "DELETE FROM journal_entries WHERE seq = 3",
        "DELETE FROM journal_entries",
    ],
)
async def test_tampering_shows(database: Database, journal: JournalStore, code: str, harm: str):
    await journal.write(a_turn(code, FIRST, SECOND, THIRD))
    assert await journal.verify_chain(code)
    await database.write(lambda c: c.execute(text(harm)) and None)
    assert not await journal.verify_chain(code)


def test_the_same_entry_has_the_same_hash_wherever_it_is_written():
    rows = [entry_row(bytes(32), "d", "run-1", FIRST) for _ in range(2)]
    assert rows[0] == rows[1]
    other = FIRST.model_copy(update={"seq": 2})
    assert entry_row(bytes(32), "d", "run-1", other)["sealed"][1:13] != rows[0]["sealed"][1:13]
    assert link(GENESIS, rows[0]) == link(GENESIS, rows[1])
    assert link(link(GENESIS, rows[0]), rows[0]) != link(GENESIS, rows[0])


async def test_a_rebuilt_journal_has_the_same_hashes_and_tells_nobody_again(
    database: Database, journal: JournalStore, keys: StoredKeys, queries: Queries, code: str
):
    turns = [a_turn(code, FIRST, SECOND, filing=a_filing()), a_turn(code, THIRD)]
    for turn in turns:
        await journal.write(turn)
    hashes = [each["hash"] for each in await queries.journal(code)]
    told = [await _count(database, table) for table in ("outbox", "feed_events")]

    def forget(connection):
        for table in ("tasks", "legs", "incidents", "journal_entries", "search_tokens", "dossiers"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608

    await database.write(forget)
    rebuilt = JournalStore(database, keys)
    for turn in turns:
        await rebuilt.rebuild(turn)
    assert [each["hash"] for each in await queries.journal(code)] == hashes
    assert [await _count(database, table) for table in ("outbox", "feed_events")] == told


async def test_incidents_and_legs_follow_the_state(journal: JournalStore, queries: Queries, code: str):
    incident = IncidentView(id=f"{code}.incident.1", step="issue_id", code="answer-unreadable", opened_at=NOW)
    parked = LegView(kind=LegKind.PERSONAL_ID, agency="population", state=LegState.PARKED)
    await journal.write(a_turn(code, FIRST, state=a_state(code, incidents=(incident,), legs=(parked,))))
    assert (await queries.incident(incident.id)).dossier == code
    assert [each.id for each in (await queries.incidents(step="issue_id")).items] == [incident.id]
    await journal.write(a_turn(code, SECOND, state=a_state(code)))
    assert await queries.incident(incident.id) is None
    assert (await queries.incidents()).items == ()
