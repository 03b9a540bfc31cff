"""Histories of closed dossiers, kept for good: which are due, each once, and how far the archive is."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.dossier import Stage
from contracts.journal import EventKind
from records.database import Database
from records.journal import JournalStore
from records.keys import StoredKeys
from records.support.archive import START, Archive, ArchiveStatus
from tests.records.samples import NOW, a_filing, a_state, a_turn, claimed, entry

LATER = datetime(2100, 1, 1, tzinfo=UTC)
HISTORY = '{"events": [{"eventId": "1"}]}'


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database)


async def closed(database: Database, keys: StoredKeys, stage: Stage = Stage.RETURNED, minutes: int = 0) -> str:
    code = (await claimed(database, keys)).code
    ended = entry(1, EventKind.RETURNED).model_copy(update={"at": NOW + timedelta(minutes=minutes)})
    turn = a_turn(code, ended, state=a_state(code, stage), filing=a_filing())
    await JournalStore(database, keys).write(turn)
    return code


async def test_closed_dossiers_are_due_in_the_order_of_their_end_a_page_at_a_time(
    database: Database, keys: StoredKeys, archive: Archive
) -> None:
    second, first = await closed(database, keys, minutes=2), await closed(database, keys, Stage.REJECTED, minutes=1)
    await closed(database, keys, Stage.IN_PROGRESS)
    [one] = await archive.due(START, LATER, 1)
    assert (one.code, one.closed_at) == (first, NOW + timedelta(minutes=1))
    assert [each.code for each in await archive.due(one.place, LATER, 9)] == [second]
    assert await archive.due(START, NOW, 9) == []


async def test_a_history_is_kept_once_and_read_as_it_was_told(
    database: Database, keys: StoredKeys, archive: Archive
) -> None:
    await closed(database, keys)
    [due] = await archive.due(START, LATER, 9)
    assert await archive.history(due.code) is None
    kept = [await archive.keep(due.code, due.run, 1, HISTORY, NOW) for _ in range(2)]
    assert kept == [True, False]
    assert await archive.history(due.code) == HISTORY
    assert await archive.due(START, LATER, 9) == []


async def test_a_dossier_that_ran_again_is_due_again_and_its_last_history_counts(
    database: Database, keys: StoredKeys, archive: Archive
) -> None:
    await closed(database, keys)
    [due] = await archive.due(START, LATER, 9)
    await archive.keep(due.code, "an-earlier-run", 1, "{}", NOW)
    assert await archive.due(START, LATER, 9) == [due]
    await archive.keep(due.code, due.run, 1, HISTORY, NOW + timedelta(days=1))
    assert await archive.history(due.code) == HISTORY


async def test_the_status_says_what_is_kept_and_since_when_something_waits(
    database: Database, keys: StoredKeys, archive: Archive
) -> None:
    assert await archive.status() == ArchiveStatus(0, 0, None, 0, None)
    await closed(database, keys)
    [first] = await archive.due(START, LATER, 9)
    await archive.keep(first.code, first.run, 1, HISTORY, NOW)
    await closed(database, keys, minutes=5)
    told = await archive.status()
    assert (told.kept, told.newest_at, told.missing) == (1, NOW, 1)
    assert told.bytes > 0
    assert told.waits_since == NOW + timedelta(minutes=5)
