"""What people see: views that know the time, lists that page, names that are found however typed."""

import base64
from datetime import timedelta

import pytest

from contracts.dossier import Group, IncidentView, LegKind, LegState, LegView, LinkView, Stage, TaskKind, TaskState
from contracts.journal import EventKind
from records.database import Database
from records.edge import Holding, InHand
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import BadCursor, DossierFilter, Queries, SearchKind
from tests.policy.deaths import BENEFITS, SURVIVOR
from tests.records.samples import (
    CLIENT,
    FATHER_ID,
    MOTHER_ID,
    NOW,
    OFFICE,
    a_death,
    a_filing,
    a_state,
    a_task,
    a_turn,
    claimed,
    entry,
)

OTHER = "00074"
DAY = timedelta(days=1)


@pytest.fixture
def queries(database: Database, keys: StoredKeys) -> Queries:
    return Queries(database, keys)


@pytest.fixture
def dossier(database: Database, keys: StoredKeys):
    """Makes a dossier with one turn; gives its code."""
    journal = JournalStore(database, keys)

    async def make(*entries, filing=None, client=CLIENT, **state):
        filed = {"filed_at": state["filed_at"]} if "filed_at" in state else {}
        code = (await claimed(database, keys, client=client, filing=filing, **filed)).code
        tasks = state.pop("tasks", lambda _: ())(code)
        turn = a_turn(
            code,
            *(entries or (entry(1, EventKind.FILED),)),
            state=a_state(code, tasks=tasks, **state),
            filing=filing or a_filing(),
            client=client,
        )
        await journal.write(turn)
        return code

    return make


async def _codes(queries: Queries, now=NOW, **wanted):
    page = await queries.dossiers(DossierFilter(**wanted), cursor=None, limit=50, now=now)
    return [row.code for row in page.items]


async def test_a_leg_is_overdue_once_its_date_or_its_expected_answer_is_past(queries: Queries, dossier):
    legs = (
        LegView(kind=LegKind.CIVIL_STATUS, agency="x", state=LegState.GRANTED, due_at=NOW),
        LegView(kind=LegKind.RESIDENCE, agency="x", due_at=NOW + 2 * DAY),
        LegView(kind=LegKind.PERSONAL_ID, agency="x", due_at=NOW + 3 * DAY, expected_by=NOW + DAY),
    )
    code = await dossier(legs=legs)

    async def overdue(now):
        return [leg.kind for leg in (await queries.view(code, now)).legs if leg.overdue]

    assert await overdue(NOW + DAY) == []
    assert await overdue(NOW + 1.5 * DAY) == [LegKind.PERSONAL_ID]
    assert await overdue(NOW + 2.5 * DAY) == [LegKind.RESIDENCE, LegKind.PERSONAL_ID]
    assert await _codes(queries, now=NOW + DAY, overdue=True) == []
    assert await _codes(queries, now=NOW + 1.5 * DAY, overdue=True) == [code]
    assert await _codes(queries, now=NOW + 1.5 * DAY, overdue=True, leg=LegKind.RESIDENCE) == []
    assert await _codes(queries, now=NOW + 2.5 * DAY, overdue=True, leg=LegKind.RESIDENCE) == [code]


async def test_a_closed_dossier_is_never_overdue(queries: Queries, dossier):
    code = await dossier(stage=Stage.STOPPED)
    assert not any(leg.overdue for leg in (await queries.view(code, NOW + 9 * DAY)).legs)
    assert await _codes(queries, now=NOW + 9 * DAY, overdue=True) == []


async def test_a_dossier_names_the_ones_that_follow_it(queries: Queries, dossier):
    first, other = await dossier(), await dossier()
    later = await dossier(follows=first, filed_at=NOW + DAY)
    sooner = await dossier(follows=first)
    followed = {code: (await queries.view(code, NOW)).followed_by for code in (first, other, sooner)}
    assert followed == {first: (sooner, later), other: (), sooner: ()}
    assert (await queries.view(later, NOW)).follows == first


async def test_lists_narrow_by_every_filter(queries: Queries, dossier):
    plain = await dossier(filed_at=NOW - DAY)
    done = await dossier(stage=Stage.DONE, office=OTHER)
    incident = IncidentView(id="i1", step="issue_id", code="answer-unreadable", opened_at=NOW)
    granted = LegView(kind=LegKind.RESIDENCE, agency="x", state=LegState.GRANTED)
    stuck = await dossier(incidents=(incident,), legs=(granted,), filed_at=NOW + DAY)
    everything = [stuck, done, plain]
    both = frozenset({OFFICE, OTHER})
    many = frozenset({OFFICE, *(f"{n:05}" for n in range(100, 120))})
    rows = [
        ({}, everything),
        ({"office": OFFICE}, [stuck, plain]),
        ({"offices": both}, everything),
        ({"offices": frozenset({OTHER})}, [done]),
        ({"offices": frozenset()}, []),
        ({"offices": many}, [stuck, plain]),
        ({"offices": frozenset({OTHER}), "office": OFFICE}, []),
        ({"offices": both, "office": OTHER}, [done]),
        ({"group": Group.BIRTH}, everything),
        ({"group": Group.DEATH}, []),
        ({"stage": Stage.DONE}, [done]),
        ({"offices": both, "group": Group.BIRTH, "stage": Stage.IN_PROGRESS}, [stuck, plain]),
        ({"leg": LegKind.CIVIL_STATUS}, [done, plain]),
        ({"leg": LegKind.FUNERAL}, []),
        ({"leg": LegKind.RESIDENCE, "leg_state": LegState.GRANTED}, [stuck]),
        ({"leg": LegKind.RESIDENCE, "leg_state": LegState.WAITING, "offices": both}, [done, plain]),
        ({"leg": LegKind.RESIDENCE, "leg_state": LegState.WAITING, "stage": Stage.DONE}, [done]),
        ({"leg": LegKind.RESIDENCE, "leg_state": LegState.WAITING, "overdue": True}, []),
        ({"incident": True}, [stuck]),
        ({"incident": False}, [done, plain]),
        ({"incident": "answer-unreadable"}, [stuck]),
        ({"incident": "request-rejected"}, []),
        ({"overdue": False}, everything),
        ({"overdue": False, "leg": LegKind.RESIDENCE}, everything),
    ]
    for wanted, expected in rows:
        assert await _codes(queries, **wanted) == expected, wanted


async def test_the_longest_overdue_comes_first(queries: Queries, dossier):
    codes = [await dossier(due_at=NOW - days * DAY) for days in (1, 3, 2)]
    wanted = DossierFilter(overdue=True, stage=Stage.IN_PROGRESS, group=Group.BIRTH)
    first = await queries.dossiers(wanted, cursor=None, limit=2, now=NOW)
    rest = await queries.dossiers(wanted, cursor=first.next, limit=2, now=NOW)
    assert [row.code for row in (*first.items, *rest.items)] == [codes[1], codes[2], codes[0]]
    assert rest.next is None
    assert all(row.overdue for row in first.items)


async def test_pages_stay_stable_while_dossiers_arrive(queries: Queries, dossier):
    codes = [await dossier(filed_at=NOW + n * DAY) for n in range(5)]
    wanted, seen, cursor = DossierFilter(group=Group.BIRTH), [], None
    while True:
        page = await queries.dossiers(wanted, cursor=cursor, limit=2, now=NOW)
        seen += [row.code for row in page.items]
        await dossier(filed_at=NOW + 10 * DAY)
        if (cursor := page.next) is None:
            break
    assert seen == codes[::-1]


async def test_tasks_come_by_due_date_and_page(queries: Queries, dossier):
    def tasks(code):
        return tuple(a_task(code, n, due_at=NOW + (3 - n // 2) * DAY) for n in range(5))

    code = await dossier(tasks=tasks)
    await dossier(tasks=lambda code: (a_task(code, 9, office=OTHER, kind=TaskKind.SIGNATURE, state=TaskState.DONE),))
    mine = frozenset({OFFICE})
    seen, cursor = [], None
    while True:
        page = await queries.tasks(offices=mine, state=TaskState.OPEN, cursor=cursor, limit=2)
        seen += [row.id for row in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == [f"{code}.review.{n}" for n in (4, 2, 3, 0, 1)]
    assert len((await queries.tasks(offices=None)).items) == 6
    assert len((await queries.tasks(offices=mine)).items) == 5
    assert len((await queries.tasks(offices=None, kind=TaskKind.SIGNATURE)).items) == 1
    assert (await queries.tasks(offices=mine, office=OTHER)).items == ()
    assert (await queries.tasks(offices=None, state=TaskState.DONE)).items[0].office == OTHER
    assert (await queries.task(seen[0])).dossier == code
    assert await queries.task("nothing") is None


async def test_tasks_in_hand_and_free_ones_page_by_due_date_too(
    queries: Queries, dossier, database: Database, keys: StoredKeys
):
    def tasks(code):
        due = tuple(a_task(code, n, due_at=NOW + (9 - n) * DAY) for n in range(6))
        return (*due, a_task(code, 9, state=TaskState.DONE), a_task(code, 8, office=OTHER))

    code = await dossier(tasks=tasks)
    holding = Holding(database, keys)
    for number, who in {0: "lan", 2: "lan", 3: "nam", 5: "lan", 8: "lan", 9: "lan"}.items():
        await holding.take(f"{code}.review.{number}", who, NOW)

    async def listed(**wanted) -> list[int]:
        seen, cursor = [], None
        while True:
            page = await queries.tasks(offices=frozenset({OFFICE}), cursor=cursor, limit=2, **wanted)
            seen += [int(row.id[-1]) for row in page.items]
            if (cursor := page.next) is None:
                return seen

    assert await listed(state=TaskState.OPEN, holder="lan") == [5, 2, 0]
    assert await listed(state=TaskState.OPEN, holder="nobody-known") == []
    assert await listed(state=TaskState.OPEN, free=True) == [4, 1]
    assert await listed(state=TaskState.DONE, free=True) == [9]
    assert await listed(state=TaskState.DONE, holder="lan") == []
    assert (await queries.task(f"{code}.review.3")).holder == InHand("nam", NOW)
    assert (await queries.task(f"{code}.review.4")).holder is None
    assert (await queries.task(f"{code}.review.9")).holder is None, "it is over"
    everywhere = await queries.tasks(offices=None, holder="lan", kind=TaskKind.REVIEW)
    assert [int(row.id[-1]) for row in everywhere.items] == [8, 5, 2, 0]


async def test_signature_tasks_of_offices_that_cannot_sign_are_blocked(queries: Queries, dossier):
    def tasks(code):
        return (
            a_task(code, 1),
            a_task(code, 2, kind=TaskKind.SIGNATURE),
            a_task(code, 3, kind=TaskKind.SIGNATURE, office=OTHER),
        )

    await dossier(tasks=tasks)

    async def listed(offices=None, **wanted) -> set[tuple[str, str, str]]:
        page = await queries.tasks(offices=offices, blocked=frozenset({OFFICE}), **wanted)
        return {(row.kind, row.office, row.state) for row in page.items}

    blocked = ("signature", OFFICE, "blocked")
    free = {("review", OFFICE, "open"), ("signature", OTHER, "open")}
    assert await listed(state=TaskState.OPEN) == free
    assert await listed(state=TaskState.BLOCKED) == {blocked}
    assert await listed() == {*free, blocked}
    assert await listed(frozenset({OTHER}), state=TaskState.BLOCKED) == set()
    assert await listed(state=TaskState.BLOCKED, kind=TaskKind.REVIEW) == set()
    assert len((await queries.tasks(offices=None, state=TaskState.OPEN)).items) == 3, "as the dossier has them"


AT_THE_BEGINNING = base64.b64encode(b'["dossiers", "0001-01-01T00:00:00+14:00", "x"]').decode()
"""A moment that no other zone can tell."""


@pytest.mark.parametrize(
    "cursor", ["x", "ü", "e30", "WzEsMiwzXQ", "WyJkb3NzaWVycyIsIjIwMjYtMTEtMjMiLCJ4Il0", AT_THE_BEGINNING]
)
async def test_a_broken_cursor_is_named(queries: Queries, cursor: str):
    with pytest.raises(BadCursor):
        await queries.dossiers(DossierFilter(), cursor=cursor, limit=2, now=NOW)


async def test_a_cursor_of_another_list_is_refused(queries: Queries, dossier):
    for _ in range(2):
        await dossier()
    page = await queries.dossiers(DossierFilter(), cursor=None, limit=1, now=NOW)
    with pytest.raises(BadCursor):
        await queries.tasks(offices=None, cursor=page.next)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Đặng Thị Hòa Bình", True),
        ("ĐẶNG THỊ HOÀ BÌNH", True),
        ("dang thi hoa binh", True),
        ("hoa binh", True),
        ("Bình", True),
        ("bình hòa", True),
        ("Binh Dang", True),
        ("Trần Thị Ngọc Ánh", True),
        ("quoc an", True),
        ("Ân", True),
        ("An", True),
        ("Ẩn", False),
        ("Bính", False),
        ("hoa hong", False),
        ("", False),
    ],
)
async def test_names_are_found_however_typed(queries: Queries, dossier, text: str, found: bool):
    code = await dossier()
    assert await queries.search(SearchKind.NAME, text, None) == ((code,) if found else ())


async def test_numbers_and_codes_are_found_within_ones_offices(queries: Queries, dossier):
    result = {"personal_id": "001326000009"}
    issued = LegView(kind=LegKind.PERSONAL_ID, agency="x", state=LegState.GRANTED, result=result)
    code = await dossier(legs=(issued,))
    for number in (MOTHER_ID, FATHER_ID, "001326000009", "001 326 000009"):
        assert await queries.search(SearchKind.PERSONAL_ID, number, None) == (code,)
    assert await queries.search(SearchKind.PERSONAL_ID, "001326000008", None) == ()
    assert await queries.search(SearchKind.CODE, f" {code.lower()} ", frozenset({OFFICE})) == (code,)
    assert await queries.search(SearchKind.CODE, code, frozenset({OTHER})) == ()
    assert await queries.search(SearchKind.NAME, "Bình", frozenset({OTHER})) == ()


async def test_changed_names_are_found_too(queries: Queries, database: Database, keys: StoredKeys, dossier):
    code = await dossier()
    changed = a_turn(code, entry(2, EventKind.SUPPLEMENT_ANSWERED), filing=a_filing(name=("Đặng", "Thị", "Sen")))
    await JournalStore(database, keys).write(changed)
    assert await queries.search(SearchKind.NAME, "sen", None) == (code,)


@pytest.mark.parametrize(
    "name", ["Trần Văn Bình", "tran van binh", "hoang thi lan", "Trần Văn Minh", "Trần Quốc Khánh", "Khánh"]
)
async def test_a_death_is_found_by_everybody_it_names(queries: Queries, dossier, name: str):
    code = await dossier(filing=a_death())
    assert await queries.search(SearchKind.NAME, name, None) == (code,)


async def test_a_death_is_found_by_every_number_in_it(queries: Queries, dossier):
    filing = a_death()
    told = filing.declaration
    code = await dossier(filing=filing)
    survivor = told.benefits.survivors[0]
    for person in (filing.applicant, told.deceased, told.household_head, told.benefits.recipient, survivor):
        assert await queries.search(SearchKind.PERSONAL_ID, person.personal_id, None) == (code,)


async def test_an_organisation_is_found_by_its_name_and_by_who_signs_for_it(queries: Queries, dossier):
    recipient = {
        "kind": "organisation",
        "name": "Trung tâm Bảo trợ Mẫu",
        "personal_id": "004075000888",
        "representative": "Lý Thị Mẫu",
    }
    code = await dossier(filing=a_death(benefits={**BENEFITS, "recipient": recipient, "survivors": [SURVIVOR]}))
    for name in ("trung tam bao tro mau", "Lý Thị Mẫu"):
        assert await queries.search(SearchKind.NAME, name, None) == (code,)


async def test_a_death_without_residence_and_benefits_is_found_too(queries: Queries, dossier):
    nowhere = {"last_residence": {"kind": "none"}, "household_head": None}
    code = await dossier(filing=a_death(deceased={"personal_id": None}, **nowhere))
    assert await queries.search(SearchKind.NAME, "Trần Văn Bình", None) == (code,)
    assert await queries.search(SearchKind.NAME, "Hoàng Thị Lan", None) == ()


async def test_a_view_tells_who_pays_how_much_where_and_by_when(queries: Queries, dossier):
    link = LinkView(act="examine", level="commune", due_at=NOW + DAY)
    funeral = LegView(
        kind=LegKind.FUNERAL,
        agency="labour",
        office=OTHER,
        payer="merit",
        amount=23_400_000,
        links=(link,),
        expected_by=NOW + DAY,
    )
    first = await dossier()
    code = await dossier(group=Group.DEATH, legs=(funeral,), follows=first, filing=a_death())
    for now, overdue in ((NOW, False), (NOW + 2 * DAY, True)):
        seen = await queries.view(code, now)
        assert (seen.group, seen.follows) == (Group.DEATH, first)
        assert seen.legs == (funeral.model_copy(update={"overdue": overdue}),)
    assert (await queries.header(code)).group is Group.DEATH
    assert await _codes(queries, leg=LegKind.FUNERAL, leg_state=LegState.WAITING) == [code]


async def test_each_client_reads_its_own_events_in_order(queries: Queries, dossier):
    first = await dossier(entry(1, EventKind.FILED), entry(2, EventKind.LAW_READ))
    await dossier(client="desk")
    last = await dossier()
    events = await queries.events(CLIENT, 0, 10)
    assert [(event.dossier, event.seq, event.kind) for event in events] == [
        (first, 1, "filed"),
        (first, 2, "law_read"),
        (last, 1, "filed"),
    ]
    assert [event.id for event in events] == sorted(event.id for event in events)
    assert await queries.events(CLIENT, events[1].id, 10) == events[2:]
    assert await queries.events(CLIENT, 0, 1) == events[:1]


async def test_statistics_count_stages_and_promises_kept(queries: Queries, dossier):
    await dossier()
    await dossier(stage=Stage.RETURNED)
    await dossier(stage=Stage.RETURNED, promised_at=NOW)
    found = await queries.statistics()
    assert {(each.stage, each.dossiers) for each in found.stages} == {("in_progress", 1), ("returned", 2)}
    assert [(each.office, each.returned, each.on_time) for each in found.in_time] == [(OFFICE, 2, 1)]
