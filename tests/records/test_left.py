"""A dossier that moved to another office: lists, counts, incidents and sight follow; what is left behind is found."""

import pytest

from contracts.dossier import DossierState, Group, IncidentView, LegKind, LegState, Stage
from contracts.filings import Filing
from contracts.journal import EventKind
from records.database import Database
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import DossierFilter, LeftRow, Queries
from tests.records.samples import NOW, OFFICE, a_death, a_filing, a_state, a_task, a_turn, claimed, entry

SUCCESSOR, OTHER = "00008", "00074"
SIDES = (OFFICE, SUCCESSOR)


@pytest.fixture
def journal(database: Database, keys: StoredKeys) -> JournalStore:
    return JournalStore(database, keys)


@pytest.fixture
def queries(database: Database, keys: StoredKeys) -> Queries:
    return Queries(database, keys)


def stands(code: str, office: str) -> DossierState:
    stuck = IncidentView(id=f"{code}.i", step="register", code="step-failed", opened_at=NOW)
    return a_state(code, office=office, tasks=(a_task(code, office=office),), incidents=(stuck,))


async def test_everything_that_is_listed_by_office_moves_with_the_dossier(
    database: Database, keys: StoredKeys, journal: JournalStore, queries: Queries
) -> None:
    code = (await claimed(database, keys)).code
    filed = entry(1, EventKind.FILED)
    await journal.write(a_turn(code, filed, state=stands(code, OFFICE), filing=a_filing()))

    async def listed(office: str) -> list[object]:
        mine = frozenset({office})
        legs = DossierFilter(offices=mine, leg=LegKind.RESIDENCE, leg_state=LegState.WAITING)
        header = await queries.header(code)
        return [
            header is not None and header.office == office,
            [
                row.code
                for row in (await queries.dossiers(DossierFilter(offices=mine), cursor=None, limit=9, now=NOW)).items
            ],
            [row.code for row in (await queries.dossiers(legs, cursor=None, limit=9, now=NOW)).items],
            [row.dossier for row in (await queries.tasks(offices=mine)).items],
            (await queries.workload(mine, NOW, NOW)).open,
            [row.dossier for row in (await queries.incidents(office=office)).items],
        ]

    here, nowhere = [True, [code], [code], [code], 1, [code]], [False, [], [], [], 0, []]
    assert [await listed(office) for office in SIDES] == [here, nowhere]
    moved = entry(2, EventKind.OFFICE_MOVED, **{"from": OFFICE, "to": SUCCESSOR})
    await journal.write(a_turn(code, moved, state=stands(code, SUCCESSOR)))
    assert [await listed(office) for office in SIDES] == [nowhere, here]
    assert await journal.verify_chain(code)


async def test_before_its_first_turn_a_dossier_is_where_it_was_filed(
    database: Database, keys: StoredKeys, queries: Queries
) -> None:
    header = await queries.header((await claimed(database, keys, office=OTHER)).code)
    assert header is not None
    assert header.office == OTHER


async def test_open_dossiers_at_some_offices_are_found_a_page_at_a_time(
    database: Database, keys: StoredKeys, journal: JournalStore, queries: Queries
) -> None:
    async def at(office: str, stage: Stage, filing: Filing | None = None) -> str:
        code = (await claimed(database, keys, office=office, filing=filing)).code
        group = Group.DEATH if filing else Group.BIRTH
        await journal.write(
            a_turn(code, entry(1, EventKind.FILED), state=a_state(code, stage, office=office, group=group))
        )
        return code

    stages = (Stage.SUBMITTED, Stage.NEEDS_SUPPLEMENT, Stage.IN_PROGRESS, Stage.DONE)
    found = [await at(OFFICE, stage) for stage in stages] + [await at(SUCCESSOR, Stage.SUBMITTED, a_death())]
    for closed in (Stage.RETURNED, Stage.REJECTED, Stage.WITHDRAWN, Stage.STOPPED):
        await at(OFFICE, closed)
    await at(OTHER, Stage.SUBMITTED)
    first = await queries.left_at(SIDES, limit=3)
    rest = await queries.left_at(SIDES, after=first[-1].code, limit=3)
    assert [row.code for row in first + rest] == sorted(found)
    assert LeftRow(found[-1], Group.DEATH, SUCCESSOR) in first + rest
    assert await queries.left_at([], limit=3) == []
