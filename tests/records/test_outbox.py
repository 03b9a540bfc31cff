"""What partners are told: their own numbers, in their order, once, one after the other."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from contracts.agencies import Agency
from contracts.dossier import (
    Channel,
    DocumentKind,
    DocumentState,
    DocumentView,
    LegKind,
    LegState,
    Stage,
    SupplementView,
)
from contracts.journal import Entry, EventKind
from contracts.reconciliations import OurPlace
from contracts.standings import Standing
from records.database import Database
from records.journal import JournalStore
from records.keys import StoredKeys
from records.outbox import Lanes, Outbox, moves
from records.partners import Notice
from records.queries import BadCursor, Queries
from records.support.deliveries import Deliveries
from records.support.holdings import Holdings
from records.zone import legal_day
from tests.records.samples import CLIENT, NOW, a_death, a_filing, a_state, a_turn, claimed, entry, leg_moved

K, L = EventKind, LegKind
PARTNERS = (Agency.ONE_STOP, Agency.NATIONAL_PORTAL, Agency.NOTIFICATION)


def told(
    *entries: Entry, channel: Channel = Channel.ONLINE
) -> tuple[list[int | None], list[int | None], list[Notice | None], int]:
    lanes = Lanes()
    found = moves(entries, lanes, published=False, channel=channel)
    by = {partner: [move for move in found if move.partner is partner] for partner in PARTNERS}
    for each in by.values():
        assert [move.number for move in each] == list(range(1, len(each) + 1))
    one_stop, portal, notices = (by[partner] for partner in PARTNERS)
    return (
        [move.status for move in one_stop],
        [move.status for move in portal],
        [move.notice for move in notices],
        lanes.moves_skipped,
    )


FILED, LAW, ACCEPTED = entry(1, K.FILED), entry(2, K.LAW_READ), entry(3, K.ACCEPTED)
SENT, GRANTED = (leg_moved(4, L.CIVIL_STATUS, LegState.SENT), leg_moved(5, L.CIVIL_STATUS, LegState.GRANTED))
PUBLISHED = entry(6, K.DOCUMENT_PUBLISHED, document="d", version=1)
NUMBER = leg_moved(7, L.PERSONAL_ID, LegState.GRANTED)
DONE, RETURNED = entry(8, K.DONE), entry(9, K.RETURNED)
SUPPLEMENT, REJECTED = entry(10, K.SUPPLEMENT_REQUESTED, reason="?"), entry(11, K.REJECTED)
WITHDRAWN, STOPPED = entry(12, K.WITHDRAWN), entry(13, K.STOPPED)
APPOINTMENT = Notice.APPOINTMENT
DEATH_SENT, DEATH_GRANTED = (leg_moved(4, L.DEATH_REGISTRATION, state) for state in (LegState.SENT, LegState.GRANTED))
EXTRACT = entry(6, K.DOCUMENT_PUBLISHED, document="d", version=1, document_kind=DocumentKind.DEATH_EXTRACT)
FUNERAL_REFUSED = leg_moved(7, L.FUNERAL, LegState.REFUSED)


@pytest.mark.parametrize(
    ("entries", "one_stop", "portal", "notices", "skipped"),
    [
        (
            [FILED, LAW, ACCEPTED, SENT, GRANTED, NUMBER, PUBLISHED, DONE, RETURNED],
            [1, 3, 7, 4, 5],
            [1, 2, 4, 9, 10],
            [APPOINTMENT, Notice.DOCUMENT_PUBLISHED, Notice.RETURNED],
            0,
        ),
        (
            [FILED, LAW, ACCEPTED, GRANTED, PUBLISHED, NUMBER, PUBLISHED, DONE, RETURNED],
            [1, 3, 7, 4, 5],
            [1, 2, 4, 9, 10],
            [
                APPOINTMENT,
                Notice.DOCUMENT_PUBLISHED,
                Notice.NUMBER_ARRIVED,
                Notice.DOCUMENT_PUBLISHED,
                Notice.RETURNED,
            ],
            0,
        ),
        (
            [FILED, SUPPLEMENT, SUPPLEMENT, ACCEPTED],
            [1, 2, 2, 3],
            [1, 5, 5, 2],
            [Notice.SUPPLEMENT_REQUESTED] * 2,
            0,
        ),
        ([FILED, SUPPLEMENT, REJECTED], [1, 2, 6], [1, 5, 3], [Notice.SUPPLEMENT_REQUESTED, Notice.REJECTED], 0),
        ([FILED, REJECTED], [1, 6], [1, 3], [Notice.REJECTED], 0),
        (
            [FILED, ACCEPTED, SENT, leg_moved(5, L.CIVIL_STATUS, LegState.REFUSED), REJECTED],
            [1, 3, 7, 6],
            [1, 2, 4, 8],
            [Notice.REJECTED],
            0,
        ),
        (
            [FILED, LAW, ACCEPTED, DEATH_SENT, DEATH_GRANTED, EXTRACT, FUNERAL_REFUSED, DONE, RETURNED],
            [1, 3, 7, 4, 5],
            [1, 2, 4, 9, 10],
            [APPOINTMENT, Notice.DOCUMENT_PUBLISHED, Notice.LEG_REFUSED, Notice.RETURNED],
            0,
        ),
        (
            [FILED, ACCEPTED, DEATH_SENT, leg_moved(5, L.DEATH_REGISTRATION, LegState.REFUSED), REJECTED],
            [1, 3, 7, 6],
            [1, 2, 4, 8],
            [Notice.REJECTED],
            0,
        ),
        ([FILED, WITHDRAWN], [1, 6], [1, 7], [], 0),
        ([FILED, ACCEPTED, STOPPED], [1, 3, 6], [1, 2, 8], [], 0),
        ([FILED, leg_moved(4, L.RESIDENCE, LegState.REFUSED)], [1], [1], [Notice.LEG_REFUSED], 0),
        ([FILED, RETURNED], [1], [1], [Notice.RETURNED], 2),
        ([ACCEPTED, FILED, FILED], [1], [1], [], 4),
        ([FILED, REJECTED, ACCEPTED, SENT], [1, 6], [1, 3], [Notice.REJECTED], 4),
    ],
)
def test_each_partner_hears_its_own_numbers_in_its_order(entries, one_stop, portal, notices, skipped):
    assert told(*entries) == (one_stop, portal, notices, skipped)


def test_what_an_office_ordered_is_told_to_the_citizen_alone():
    entries = [FILED, LAW, ACCEPTED, DEATH_SENT, DEATH_GRANTED, FUNERAL_REFUSED, DONE, RETURNED]
    assert told(*entries, channel=Channel.OFFICE) == ([], [], [APPOINTMENT, Notice.LEG_REFUSED, Notice.RETURNED], 0)


@pytest.fixture
def outbox(database: Database, keys: StoredKeys) -> Outbox:
    return Outbox(database, keys)


async def _dossier(database: Database, keys: StoredKeys, *entries: Entry) -> str:
    code = (await claimed(database, keys)).code
    await JournalStore(database, keys).write(a_turn(code, *entries, filing=a_filing()))
    return code


async def test_a_later_item_waits_until_the_earlier_is_settled(database: Database, keys: StoredKeys, outbox: Outbox):
    code = await _dossier(database, keys, FILED, ACCEPTED, SENT)
    seen = []
    while items := await outbox.pending(Agency.ONE_STOP, 10):
        assert len(items) == 1
        seen += [(item.key, item.status) for item in items]
        await outbox.settle([item.id for item in items])
    assert seen == [(f"{code}:status:one-stop:{n}", status) for n, status in ((1, 1), (2, 3), (3, 7))]


async def test_a_postponed_item_holds_its_dossier_and_no_other(database: Database, keys: StoredKeys, outbox: Outbox):
    first = await _dossier(database, keys, FILED, ACCEPTED)
    second = await _dossier(database, keys, FILED, ACCEPTED)
    items = await outbox.pending(Agency.ONE_STOP, 10)
    assert [item.dossier for item in items] == [first, second]
    await outbox.postpone([items[0].id], 60, "unavailable")
    assert [item.dossier for item in await outbox.pending(Agency.ONE_STOP, 10)] == [second]
    await outbox.postpone([items[0].id], -1, "unavailable")
    again = await outbox.pending(Agency.ONE_STOP, 10)
    assert {(item.dossier, item.attempts) for item in again} == {(second, 0), (first, 2)}


async def test_what_was_hurried_meanwhile_is_not_put_off(database: Database, keys: StoredKeys, outbox: Outbox):
    code = await _dossier(database, keys, FILED)
    deliveries = Deliveries(database)
    [item] = await outbox.pending(Agency.ONE_STOP, 10)
    await outbox.postpone([item.id], -1, "LOGIC", tried=0)
    [again] = await outbox.pending(Agency.ONE_STOP, 10)
    await deliveries.hurry(code, [item.key], datetime.now(UTC))
    await outbox.postpone([item.id], 3600, "LOGIC", tried=again.attempts)
    assert [each.attempts for each in await outbox.pending(Agency.ONE_STOP, 10)] == [0]


async def test_support_sees_all_that_partners_would_not_take_page_by_page(
    database: Database, keys: StoredKeys, outbox: Outbox
):
    codes = [await _dossier(database, keys, FILED) for _ in range(5)]
    items = await outbox.pending(Agency.ONE_STOP, 10)
    await outbox.postpone([item.id for item in items if item.dossier != codes[2]], 60, "LOGIC")
    queries = Queries(database, keys)
    first = await queries.undelivered(cursor=None, limit=2)
    last = await queries.undelivered(cursor=first.next, limit=2)
    assert (len(first.items), len(last.items), last.next) == (2, 2, None)
    seen = {row.dossier for row in (*first.items, *last.items)}
    assert seen == set(codes) - {codes[2]}
    with pytest.raises(BadCursor):
        await queries.undelivered(cursor="x", limit=2)


async def test_a_new_key_is_given_once_and_the_old_one_is_known_as_refused(
    database: Database, keys: StoredKeys, outbox: Outbox
):
    code = await _dossier(database, keys, FILED)
    deliveries, holdings = Deliveries(database), Holdings(database, keys)
    [item] = await outbox.pending(Agency.ONE_STOP, 10)
    old, new = item.key, f"{item.key}:2"

    async def held() -> list[Standing | None]:
        found = await holdings.of(Agency.ONE_STOP, [(code, old), (code, new)])
        return [found[code, old], found[code, new]]

    assert await held() == [Standing.PENDING, Standing.UNKNOWN]
    await outbox.postpone([item.id], -1, "answer-unreadable")
    assert await held() == [Standing.PENDING, Standing.UNKNOWN]
    await outbox.postpone([item.id], -1, "not_our_dossier")
    assert await held() == [Standing.REFUSED, Standing.UNKNOWN]
    [message] = await deliveries.messages(code, Agency.ONE_STOP)
    assert (message.key, message.next_key, message.refused) == (old, new, True)
    for _ in range(2):
        await deliveries.hurry(code, [message.name], datetime.now(UTC), renew=[message])
    [renewed] = await outbox.pending(Agency.ONE_STOP, 10)
    assert (renewed.key, renewed.payload) == (new, item.payload)
    assert not (await deliveries.messages(code, Agency.ONE_STOP))[0].refused
    assert await held() == [Standing.REFUSED, Standing.PENDING]
    await outbox.settle([item.id])
    assert await held() == [Standing.REFUSED, Standing.GRANTED]
    today = legal_day(datetime.now(UTC))
    [mine] = (await holdings.granted(Agency.ONE_STOP, today, OurPlace(told=True))).granted
    assert (mine.dossier, mine.key) == (code, new)


async def test_pending_is_bounded_and_settling_twice_is_harmless(database: Database, keys: StoredKeys, outbox: Outbox):
    for _ in range(3):
        await _dossier(database, keys, FILED)
    items = await outbox.pending(Agency.NATIONAL_PORTAL, 2)
    assert len(items) == 2
    for _ in range(2):
        await outbox.settle([item.id for item in items])
    assert len(await outbox.pending(Agency.NATIONAL_PORTAL, 10)) == 1
    await outbox.settle([])
    await outbox.postpone([], 1, "x")


async def test_an_erased_dossier_is_told_to_nobody(database: Database, keys: StoredKeys, outbox: Outbox):
    await keys.destroy(await _dossier(database, keys, FILED))
    kept = await _dossier(database, keys, FILED)
    assert [item.dossier for item in await outbox.pending(Agency.ONE_STOP, 10)] == [kept]


async def test_a_supplement_notice_carries_words_papers_and_contact(
    database: Database, keys: StoredKeys, outbox: Outbox
):
    code = (await claimed(database, keys)).code
    asked = SupplementView(id=f"{code}.s.1", documents=("marriage_certificate",), reason="Thiếu giấy", due_at=NOW)
    state = a_state(code, Stage.NEEDS_SUPPLEMENT, supplement=asked)
    entries = FILED, entry(2, K.SUPPLEMENT_REQUESTED, reason="Thiếu giấy")
    await JournalStore(database, keys).write(a_turn(code, *entries, state=state, filing=a_filing()))
    notice = (await outbox.pending(Agency.NOTIFICATION, 10))[0]
    assert (notice.notice, notice.status) == (Notice.SUPPLEMENT_REQUESTED, None)
    assert notice.key == f"{code}:notice:notification:1"
    said = notice.payload
    assert (said.reason_text, said.papers, said.supplement_due_at) == ("Thiếu giấy", asked.documents, NOW)
    assert said.applicant.phone == a_filing().applicant.phone
    assert (await outbox.pending(Agency.ONE_STOP, 10))[0].payload.applicant is None


async def test_who_filed_a_death_is_told_of_it_from_turn_to_turn(database: Database, keys: StoredKeys, outbox: Outbox):
    journal, filing = JournalStore(database, keys), a_death()
    code = (await claimed(database, keys, filing=filing)).code
    await journal.write(a_turn(code, FILED, ACCEPTED, DEATH_SENT, filing=filing))
    await journal.write(a_turn(code, EXTRACT))
    told = (await outbox.pending(Agency.NOTIFICATION, 10))[0]
    assert told.notice is Notice.DOCUMENT_PUBLISHED
    assert told.payload.applicant.phone == filing.applicant.phone


async def test_the_feed_goes_on_where_partners_hear_nothing(database: Database, keys: StoredKeys, outbox: Outbox):
    code = (await claimed(database, keys, filing=a_death())).code
    state = a_state(code, Stage.RETURNED, channel=Channel.OFFICE)
    await JournalStore(database, keys).write(a_turn(code, FILED, LAW, DONE, RETURNED, state=state, filing=a_death()))
    assert await outbox.pending(Agency.ONE_STOP, 10) == await outbox.pending(Agency.NATIONAL_PORTAL, 10) == []
    assert [item.notice for item in await outbox.pending(Agency.NOTIFICATION, 10)] == [APPOINTMENT]
    events = await Queries(database, keys).events(CLIENT, after=0, limit=10)
    assert [event.kind for event in events] == [K.FILED, K.LAW_READ, K.DONE, K.RETURNED]


async def test_a_withdrawal_reaches_the_one_stop_as_a_rejection_with_its_reason(
    database: Database, keys: StoredKeys, outbox: Outbox
):
    await _dossier(database, keys, FILED, WITHDRAWN)
    await outbox.settle([item.id for item in await outbox.pending(Agency.ONE_STOP, 10)])
    item = (await outbox.pending(Agency.ONE_STOP, 10))[0]
    assert (item.status, item.payload.reason) == (6, "citizen-withdrawal")


async def test_lanes_go_on_from_turn_to_turn(database: Database, keys: StoredKeys, outbox: Outbox):
    journal, code = JournalStore(database, keys), await _dossier(database, keys, FILED, ACCEPTED, SENT)
    kind = DocumentKind.BIRTH_CERTIFICATE
    shown = DocumentView(id="d", kind=kind, version=1, sha256="0" * 64, state=DocumentState.PUBLISHED)
    state = a_state(code, documents=(shown,))
    await journal.write(a_turn(code, PUBLISHED, state=state))
    await journal.write(a_turn(code, NUMBER, state=state))
    await journal.write(a_turn(code, RETURNED, REJECTED, state=a_state(code, Stage.RETURNED)))
    statuses, notices = [], []
    while items := await outbox.pending(Agency.ONE_STOP, 10):
        statuses += [item.status for item in items]
        await outbox.settle([item.id for item in items])
    while items := await outbox.pending(Agency.NOTIFICATION, 10):
        notices += [item.notice for item in items]
        assert all(item.payload.applicant for item in items)
        await outbox.settle([item.id for item in items])
    assert statuses == [1, 3, 7, 4, 5]
    assert notices == [Notice.DOCUMENT_PUBLISHED, Notice.NUMBER_ARRIVED, Notice.RETURNED, Notice.REJECTED]
    skipped = await database.read(lambda c: c.execute(text("SELECT moves_skipped FROM dossiers")).scalar_one())
    assert skipped == 2  # to the portal "returned" before "processed"; to the one-stop "rejected" after "returned"
