"""Stuck cases: what came is entered once, what went is let go, and the list and its counts tell of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from contracts.acts import ActAsked, ActProblem, Target
from contracts.causes import CAUSES, Act, Cause
from contracts.dossier import IncidentView, LegKind, LegState, LegView
from contracts.journal import EventKind
from records.database import Database
from records.journal import JournalStore
from records.keys import StoredKeys
from records.support.acts import Acts
from records.support.noticing import Noticed, Place
from records.support.sources import SOURCES, Moments, Source
from records.support.stuck import AGES, StuckCases, StuckFilter
from records.tables.base import core
from records.tables.edge import Callback
from records.tables.support import AgencySwitch, Discrepancy
from tests.records import samples
from workers.causes import of_other

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
AT = Moments(NOW, timedelta(seconds=15))
LATE = NOW - timedelta(minutes=5)


@pytest.fixture
def cases(database: Database, keys: StoredKeys) -> StuckCases:
    return StuckCases(database, keys)


def legs(**states: LegState) -> tuple[LegView, ...]:
    """Overdue ones in these states, the others not yet due."""
    later = NOW + timedelta(days=3)
    kinds = (LegKind.CIVIL_STATUS, LegKind.PERSONAL_ID, LegKind.RESIDENCE, LegKind.HEALTH_CARD)
    return tuple(
        LegView(
            kind=kind, agency="x", state=states.get(kind, LegState.WAITING), due_at=LATE if kind in states else later
        )
        for kind in kinds
    )


async def a_dossier(
    database: Database, keys: StoredKeys, *, seq: int = 1, code: str | None = None, **state: Any
) -> str:
    code = code or (await samples.claimed(database, keys)).code
    entry = samples.entry(seq, state.pop("kind", EventKind.FILED))
    await JournalStore(database, keys).write(samples.a_turn(code, entry, state=samples.a_state(code, **state)))
    return code


async def seen(cases: StuckCases, source: Source, at: Moments = AT, cause: Cause = Cause.AGENCY_AWAY) -> list[Place]:
    """One look, as the watchdog has it."""
    fresh, gone = await cases.compared(source, at)
    await cases.leave(gone, at.now)
    await cases.notice([Noticed(each, cause) for each in fresh], at.now)
    return fresh


async def ids(cases: StuckCases, **wanted: Any) -> list[str]:
    return [row.id for row in (await cases.listing(StuckFilter(**wanted))).items]


async def test_an_overdue_leg_is_entered_once_and_gone_when_it_moves(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    code = await a_dossier(database, keys, legs=legs(residence=LegState.SENT))
    [place] = await seen(cases, Source.LEG)
    assert (place.dossier, place.leg, place.hint, place.due_at) == (code, "residence", "sent", LATE)
    assert await seen(cases, Source.LEG) == []
    assert await ids(cases) == [f"leg.{code}.residence"]
    await a_dossier(database, keys, code=code, seq=2, legs=legs(residence=LegState.GRANTED))
    assert await seen(cases, Source.LEG) == []
    assert await ids(cases) == []
    row = await cases.one(f"leg.{code}.residence")
    assert row is not None
    assert (row.spell, row.gone_at) == (1, NOW)


async def test_a_place_that_is_stuck_again_is_its_next_spell(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    code = await a_dossier(database, keys, legs=legs(residence=LegState.SENT))
    await seen(cases, Source.LEG)
    for seq, state in ((2, LegState.WAITING), (3, LegState.PENDING)):
        await a_dossier(database, keys, code=code, seq=seq, legs=legs(residence=state))
        await seen(cases, Source.LEG)
    row = await cases.one(f"leg.{code}.residence")
    assert row is not None
    assert (row.spell, row.gone_at) == (2, None)
    assert await ids(cases) == [row.id]


async def test_two_processes_enter_a_place_once(database: Database, keys: StoredKeys, cases: StuckCases) -> None:
    await a_dossier(database, keys, legs=legs(residence=LegState.SENT))
    other = StuckCases(database, keys)
    both = [(await each.compared(Source.LEG, AT))[0] for each in (cases, other)]
    for each, fresh in zip((cases, other), both, strict=True):
        await each.notice([Noticed(place, Cause.AGENCY_AWAY) for place in fresh], NOW)
    assert len(await ids(cases)) == 1


async def test_a_leg_of_a_held_dossier_or_with_an_incident_is_not_overdue(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    await a_dossier(database, keys, legs=legs(residence=LegState.SENT), held=True)
    code = (await samples.claimed(database, keys)).code
    incident = IncidentView(
        id=f"{code}.register_residence.1",
        step="register_residence",
        code="request-rejected",
        opened_at=LATE,
        agency="residence",
        leg=LegKind.RESIDENCE,
        attempts=1,
    )
    await a_dossier(database, keys, code=code, legs=legs(residence=LegState.SENT), incidents=(incident,))
    assert await seen(cases, Source.LEG) == []
    [place] = await seen(cases, Source.INCIDENT)
    assert (place.id, place.agency, place.step, place.hint) == (
        f"incident.{incident.id}",
        "residence",
        "register_residence",
        "request-rejected",
    )


async def test_late_tasks_long_holds_and_claims_that_never_started_are_seen(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    claimed = await samples.claimed(database, keys)
    now = datetime.now(UTC)
    assert (await cases.compared(Source.CLAIM, Moments(now + timedelta(seconds=10), AT.expected)))[0] == []
    [never] = (await cases.compared(Source.CLAIM, Moments(now + timedelta(seconds=40), AT.expected)))[0]
    assert (never.dossier, never.office, never.group) == (claimed.code, samples.OFFICE, "birth")
    code = await a_dossier(database, keys, code=claimed.code, tasks=(samples.a_task(claimed.code, due_at=LATE),))
    [task] = await seen(cases, Source.TASK)
    assert (task.dossier, task.hint, task.due_at) == (code, "review", LATE)
    held = await a_dossier(database, keys, held=True, kind=EventKind.HELD)
    assert (await cases.compared(Source.HELD, AT))[0] == []
    [long] = (await cases.compared(Source.HELD, Moments(NOW + timedelta(days=1), AT.expected)))[0]
    assert long.dossier == held


async def test_messages_that_fit_nothing_and_records_that_differ_are_seen(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    code = await a_dossier(database, keys)
    message = {"agency": "population", "dossier": code, "step": "issue_id", "received_at": LATE, "sealed": b""}
    found = {"agency": "residence", "key": "k", "dossier": code, "kind": "missing", "found_at": LATE, "ours": None}
    found |= {"theirs": None, "reconciliation": "r", "settled_at": None}

    def keep(connection: Any) -> None:
        for number, state in enumerate(("unmatched", "refused", "delivered")):
            connection.execute(insert(core(Callback)), {**message, "message_id": f"m{number}", "state": state})
        connection.execute(insert(core(Discrepancy)), found)

    await database.write(keep)
    assert {each.hint for each in await seen(cases, Source.CALLBACK)} == {"unmatched", "refused"}
    [difference] = await seen(cases, Source.DIFFERENCE)
    assert (difference.dossier, difference.agency, difference.office) == (code, "residence", samples.OFFICE)


async def test_what_support_did_and_the_agency_does_not_agree_with_is_seen_until_it_was_done_again(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    code, acts = await a_dossier(database, keys), Acts(database, keys)
    wish = ActAsked(dossier=code, act=Act.AGAIN, target=Target(leg=LegKind.RESIDENCE), reason="cơ quan đã sửa")
    for number, asked_at in enumerate((LATE, NOW)):
        await acts.ask(wish, act_id=f"a-{number}", by="support", now=asked_at)
        assert await acts.begin(f"a-{number}")
        await acts.done(f"a-{number}", asked_at, asked_at + timedelta(hours=1))
        if number == 0:
            await acts.reopen("a-0", ActProblem.VIEWS_DIFFER)
            [place] = await seen(cases, Source.ACT)
            assert (place.dossier, place.leg, place.office) == (code, "residence", samples.OFFICE)
            assert of_other(place).cause is Cause.VIEWS_DIFFER
    assert await seen(cases, Source.ACT) == []
    listed = (await cases.listing(StuckFilter(dossier=code))).items
    assert "act" not in {row.source for row in listed}


async def test_of_what_waits_for_a_partner_the_first_message_stands_for_all(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    code = await a_dossier(database, keys)
    await a_dossier(database, keys, code=code, seq=2, kind=EventKind.ACCEPTED)
    later = Moments(datetime.now(UTC) + timedelta(seconds=20), AT.expected)
    waiting = await seen(cases, Source.OUTBOX, later)
    assert {each.agency for each in waiting} >= {"one-stop", "national-portal"}
    assert len({each.id for each in waiting}) == len(waiting)
    assert {each.due_at for each in waiting} == {samples.entry(1, EventKind.FILED).at + AT.expected}
    assert {row.acts for row in (await cases.listing(StuckFilter(dossier=code))).items} == {("redeliver",)}


async def test_a_step_that_has_no_key_is_not_asked_about(cases: StuckCases) -> None:
    places = [Place("quiet.a", Source.QUIET, NOW, step="hand_over"), Place("quiet.b", Source.QUIET, NOW, leg="funeral")]
    await cases.notice([Noticed(each, Cause.AGENCY_AWAY) for each in places], NOW)
    offered = {row.id: row.acts for row in (await cases.listing(StuckFilter())).items}
    assert offered == {"quiet.a": offered["quiet.b"][1:], "quiet.b": tuple(CAUSES[Cause.AGENCY_AWAY].acts)}


async def test_a_paused_agency_is_known_and_what_it_explains_is_found(
    database: Database, keys: StoredKeys, cases: StuckCases
) -> None:
    code = await a_dossier(database, keys, legs=legs(residence=LegState.SENT))
    [place] = await seen(cases, Source.LEG)
    switch = {"id": "s1", "agency": "residence", "rate": 0.0, "by": "s", "since": LATE, "until": None, "sealed": b""}
    await database.write(lambda c: c.execute(insert(core(AgencySwitch)), switch) and None)
    paused = await cases.paused(NOW)
    assert paused == {"residence"}
    known = Noticed(Place(**{**vars(place), "agency": "residence", "attempts": 4}), Cause.AGENCY_AWAY)
    await cases.change([known], NOW)
    assert await cases.misjudged(paused, [Cause.AGENCY_AWAY], 10) == {code}
    assert await cases.misjudged(frozenset(), [Cause.AGENCY_AWAY], 10) == set()
    row = await cases.one(place.id)
    assert row is not None
    assert (row.agency, row.attempts) == ("residence", 4)


async def test_the_list_goes_on_page_by_page_and_each_filter_narrows_it(cases: StuckCases) -> None:
    """The longest overdue first, whenever it was noticed: that is how old a case is, and what a filter by age means."""
    for number in range(7):
        due = LATE + timedelta(seconds=number)
        place = Place(f"leg.{number}", Source.LEG, due, f"d{number}", "birth", "00070", agency="residence")
        await cases.notice([Noticed(place, Cause.AGENCY_AWAY)], NOW - timedelta(seconds=number))
    other = Place("leg.x", Source.LEG, NOW - timedelta(hours=2), "dx", "death", "27280", agency="labour")
    await cases.notice([Noticed(other, Cause.AGENCY_SLOW)], NOW)
    page = await cases.listing(StuckFilter(), limit=3)
    pages = [page.items]
    while page.next:
        page = await cases.listing(StuckFilter(), cursor=page.next, limit=3)
        pages.append(page.items)
    assert [row.id for rows in pages for row in rows] == ["leg.x", *(f"leg.{number}" for number in range(7))]
    assert await ids(cases, cause="agency-slow") == ["leg.x"]
    assert await ids(cases, agency="labour", group="death", owner="agency") == ["leg.x"]
    assert await ids(cases, dossier="d3") == ["leg.3"]
    assert await ids(cases, before=NOW - timedelta(hours=1)) == ["leg.x"]
    assert len(await ids(cases, province="01", office="00070", after=LATE)) == 7
    ages = (await cases.summary(NOW)).by_age
    assert [len(await ids(cases, after=NOW - AGES["hour"])), len(await ids(cases, before=NOW - AGES["hour"]))] == [7, 1]
    assert (ages["hour"], ages["day"]) == (7, 1)
    row = await cases.one("leg.x")
    assert row is not None
    assert row.acts == tuple(act.value for act in CAUSES[Cause.AGENCY_SLOW].acts)


async def test_the_summary_counts_what_is_open_and_what_came_and_went(cases: StuckCases) -> None:
    for number, (noticed, gone) in enumerate(((2, None), (0.5, None), (0.5, 0.2), (30, 20), (3, 2))):
        place = Place(f"leg.{number}", Source.LEG, NOW - timedelta(hours=noticed), agency="residence", office="00070")
        await cases.notice([Noticed(place, Cause.AGENCY_AWAY)], NOW - timedelta(hours=noticed))
        if gone is not None:
            await cases.leave([place.id], NOW - timedelta(hours=gone))
    told = await cases.summary(NOW)
    [slope] = told.by_cause
    assert (slope.open, slope.new_hour, slope.gone_hour, slope.new_day, slope.gone_day) == (2, 2, 1, 4, 3)
    assert told.by_agency == {"residence": 2}
    assert told.by_province == {"01": 2}
    assert told.by_age == {"hour": 1, "day": 1, "week": 0, "older": 0}


@pytest.mark.parametrize("source", list(SOURCES))
async def test_every_source_can_be_asked_of_an_empty_database(source: Source, cases: StuckCases) -> None:
    assert await cases.compared(source, AT) == ([], [])
    assert await cases.shown(source, AT, {"none"}) == []
