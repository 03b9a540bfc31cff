"""What stands above the list of tasks: how many of each kind, due today in Viet Nam or late, and who is waited for."""

from datetime import datetime, timedelta
from typing import Any

from api.desk.inbox import press, tonight
from api.web.words import LEGAL_ZONE
from contracts.dossier import Stage, TaskKind, TaskState
from records.queries import Queries, Workload
from tests.records.samples import OFFICE, a_task
from tests.records.test_queries import OTHER, dossier, queries

__all__ = ["dossier", "queries"]

MINUTE = timedelta(minutes=1)
MINE = frozenset({OFFICE})


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment in Viet Nam."""
    return datetime(2026, 11, day, hour, minute, tzinfo=LEGAL_ZONE)


async def counted(queries: Queries, now: datetime, offices: frozenset[str] | None = MINE) -> Workload:
    return await queries.workload(offices, now, tonight(now))


async def test_tasks_are_counted_by_kind_and_by_how_pressing_they_are(queries: Queries, dossier):
    now = at(10)

    async def due(moment: datetime, office: str = OFFICE, **more: Any) -> None:
        await dossier(office=office, tasks=lambda code: (a_task(code, due_at=moment, office=office, **more),))

    for moment in (now - MINUTE, now, at(23, 59), at(0, day=24)):
        await due(moment)
    await due(now - MINUTE, kind=TaskKind.SIGNATURE)
    await due(at(11), kind=TaskKind.SIGNATURE, state=TaskState.DONE)
    await due(at(11), state=TaskState.CANCELLED)
    await due(at(11), OTHER)
    work = await counted(queries, now)
    assert {each.kind: (each.open, each.today, each.late) for each in work.tasks} == {
        TaskKind.REVIEW: (4, 2, 1),
        TaskKind.SIGNATURE: (1, 0, 1),
    }
    assert (work.open, work.today, work.late, work.waiting) == (5, 2, 2, 0)
    assert (await counted(queries, now, frozenset({OTHER}))).open == 1
    assert (await counted(queries, now, frozenset())).open == 0
    assert (await counted(queries, now, None)).open == 6


async def test_who_is_asked_for_papers_is_waited_for_until_they_answer(queries: Queries, dossier):
    for stage, office in (
        (Stage.NEEDS_SUPPLEMENT, OFFICE),
        (Stage.NEEDS_SUPPLEMENT, OTHER),
        (Stage.IN_PROGRESS, OFFICE),
        (Stage.WITHDRAWN, OFFICE),
    ):
        await dossier(stage=stage, office=office)
    assert (await counted(queries, at(10))).waiting == 1
    assert (await counted(queries, at(10), None)).waiting == 2


async def test_today_ends_at_midnight_in_viet_nam(queries: Queries, dossier):
    await dossier(tasks=lambda code: (a_task(code, due_at=at(0, 30, day=24)),))
    [row] = (await queries.tasks(offices=MINE, limit=5)).items
    for now, today, late, pressed in (
        (at(19), 0, 0, "later"),
        (at(23, 59), 0, 0, "soon"),  # within the hour, but tomorrow
        (at(0, day=24), 1, 0, "soon"),
        (at(0, 30, day=24), 1, 0, "soon"),
        (at(0, 31, day=24), 0, 1, "late"),
        (at(6, 59, day=24), 0, 1, "late"),  # when UTC has not come to this day yet
    ):
        work = await counted(queries, now)
        assert (work.open, work.today, work.late, press(row, now)) == (1, today, late, pressed), now


async def test_what_is_due_this_evening_is_todays_however_far_off_it_is(queries: Queries, dossier):
    await dossier(tasks=lambda code: (a_task(code, due_at=at(22)),))
    [row] = (await queries.tasks(offices=MINE, limit=5)).items
    assert [press(row, now) for now in (at(0), at(17, 59), at(18, 1), at(22), at(22, 1))] == [
        "today",
        "today",
        "soon",
        "soon",
        "late",
    ]
