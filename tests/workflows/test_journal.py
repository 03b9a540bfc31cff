"""The journal: one write a turn, every entry once and in order, and a second way when the first is closed."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from temporalio.api.enums.v1 import EventType

from contracts.dossier import Stage, TaskKind
from contracts.journal import EventKind
from tests.workflows.birth import Birth


async def test_each_turn_is_written_once_and_the_entries_follow_each_other_without_a_gap(returned: Birth) -> None:
    book = returned.town.journal
    written = [entry.seq for turn in book.writes for entry in turn.entries]
    assert written == list(range(1, len(written) + 1))
    assert {turn.epoch for turn in book.writes} == {(await returned.handle.describe()).run_id}
    assert book.ways == Counter(here=len(book.writes))


async def test_a_turns_state_stands_after_its_last_entry(returned: Birth) -> None:
    opened: set[object] = set()
    for turn in returned.town.journal.writes:
        opened |= {each.data["task"] for each in turn.entries if each.kind is EventKind.TASK_OPENED}
        assert {task.id for task in turn.state.tasks} == opened


async def test_the_filing_is_written_with_the_first_turn_alone_while_nobody_changes_it(returned: Birth) -> None:
    writes = returned.town.journal.writes
    assert writes[0].filing == returned.filing
    assert not any(turn.filing for turn in writes[1:])


async def test_several_things_in_one_turn_cost_one_write(returned: Birth) -> None:
    assert len(returned.town.journal.writes) <= 12
    history = await returned.history()
    scheduled = sum(e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED for e in history.events)
    assert scheduled == 10, "what belongs to a turn is no activity of its own"


async def test_an_entry_has_the_time_at_which_its_turn_was_given_out(returned: Birth) -> None:
    history = await returned.history()
    given_out = {
        datetime.fromtimestamp(event.event_time.ToNanoseconds() / 1e9, UTC)  # rounded as the SDK does
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
    }
    assert {entry.at for entry in returned.town.journal.entries.values()} <= given_out


@pytest.mark.history("journal-away")
async def test_with_the_database_away_the_turn_is_written_by_the_queue_and_nothing_is_lost(birth: Birth) -> None:
    await birth.file()
    await birth.task(TaskKind.REVIEW)
    birth.town.journal.away_here = True
    accepting = asyncio.create_task(birth.accept())
    await birth.until(lambda state: state.stage is Stage.IN_PROGRESS)
    birth.town.journal.away_here = False
    await accepting
    await birth.task(TaskKind.SIGNATURE)
    book = birth.town.journal
    assert book.ways["queued"] >= 1
    assert [entry.seq for turn in book.writes for entry in turn.entries] == sorted(book.entries)
