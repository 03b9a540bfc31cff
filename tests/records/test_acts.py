"""Acts of support as kept: each change once, from the state that it follows on; what people wrote is sealed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from contracts.acts import ActAsked, ActProblem, ActState, ActView, Target
from contracts.agencies import Agency, Step
from contracts.causes import Act
from contracts.dossier import LegKind
from records.database import Database
from records.edge import Inbox, InboxState
from records.keys import StoredKeys
from records.sealing import SealBroken
from records.support.acts import ActNotWaiting, Acts, ActUnknown
from records.support.deliveries import Deliveries
from records.tables.base import core
from records.tables.support import SupportAct

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SOON, LATE = NOW + timedelta(minutes=5), NOW + timedelta(hours=2)
CODE = "G22.99.08-261201-000001"
PERSON = "001326000789"
WISH = ActAsked(
    dossier=CODE,
    act=Act.RECORD_RESULT,
    target=Target(leg=LegKind.PERSONAL_ID),
    reason="công an phường trả kết quả",
    result={"personal_id": PERSON},
)


@pytest_asyncio.fixture
async def acts(database: Database, keys: StoredKeys) -> Acts:
    await database.write(lambda connection: keys.keep(connection, CODE, bytes(range(32))))
    return Acts(database, keys)


async def waiting(acts: Acts, name: str = "a-1", wish: ActAsked = WISH, now: datetime = NOW) -> ActView:
    return await acts.ask(wish, act_id=name, by="support", now=now, expires_at=now + timedelta(hours=1))


async def carried_out(acts: Acts, name: str = "a-1", now: datetime = NOW) -> None:
    await acts.ask(WISH, act_id=name, by="support", now=now)
    assert await acts.begin(name)
    await acts.done(name, now, now + timedelta(hours=1))


async def test_a_wish_is_kept_once_and_names_nobody_in_the_clear(acts: Acts, database: Database):
    first = await waiting(acts)
    again = await waiting(acts, wish=WISH.model_copy(update={"result": {"personal_id": "another"}}))
    assert (again, first.state, first.told.result) == (first, ActState.WAITING, {"personal_id": PERSON})
    row = await database.read(lambda connection: connection.execute(select(core(SupportAct))).one())
    assert PERSON.encode() not in b"".join(str(each).encode() for each in row)


@pytest.mark.parametrize(
    "changed",
    [
        {"act": Act.GIVE_UP},
        {"target": Target(leg=LegKind.RESIDENCE)},
        {"result": {"personal_id": "001326000790"}},
        {"input": {"office": "00070"}},
    ],
)
async def test_another_wish_has_another_hash_and_the_same_one_the_same(acts: Acts, changed: dict[str, Any]):
    hashes = [
        (await waiting(acts, name, wish)).asked_hash
        for name, wish in (("a", WISH), ("b", WISH.model_copy(update=changed)), ("c", WISH))
    ]
    assert hashes[0] == hashes[2] != hashes[1]


async def test_of_many_who_approve_at_once_exactly_one_does(acts: Acts):
    await waiting(acts)
    tries = (acts.approve("a-1", f"person-{n}", "đúng", SOON, LATE) for n in range(6))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    [agreed] = [each for each in answers if isinstance(each, ActView)]
    assert len([each for each in answers if isinstance(each, ActNotWaiting)]) == 5
    assert (agreed.state, agreed.approved_at, agreed.told.decision_reason) == (ActState.APPROVED, SOON, "đúng")
    assert await acts.to_do(10) == ["a-1"]


@pytest.mark.parametrize(
    "altered",
    [
        {"act": Act.GIVE_UP.value},
        {"leg": LegKind.RESIDENCE.value},
        {"leg": None, "step": Step.ISSUE_ID.value},
        {"incident": f"{CODE}.issue_id.2"},
        {"asked_hash": bytes(32)},
        {"approved_by": None},
        {"approved_by": "support"},
    ],
    ids=str,
)
async def test_an_act_that_was_altered_where_it_is_kept_is_seen_to_be(
    acts: Acts, database: Database, altered: dict[str, Any]
):
    await waiting(acts)
    assert await acts.intact(await acts.approve("a-1", "approver", "đúng", SOON, LATE))
    await alter(database, altered)
    assert not await acts.intact(await acts.get("a-1"))


async def test_a_step_that_was_stopped_for_an_act_leaves_it_intact_and_another_incident_does_not(
    acts: Acts, database: Database
):
    await waiting(acts)
    await acts.approve("a-1", "approver", "đúng", SOON, LATE)
    assert await acts.begin("a-1")
    await acts.aim("a-1", f"{CODE}.issue_id.1")
    assert await acts.intact(await acts.get("a-1"))
    await alter(database, {"incident": f"{CODE}.issue_id.2"})
    assert not await acts.intact(await acts.get("a-1"))


async def test_a_correction_that_decides_on_money_is_intact_with_a_second_person_alone(acts: Acts):
    fields = {"guardian_name": "Nguyễn Thị Mẫu"}
    for name, more, alone in (("a", {}, True), ("b", {"payment": {"method": "cash"}}, False)):
        wish = ActAsked(dossier=CODE, act=Act.RETRY_WITH, reason="sửa", input=fields | more)
        assert await acts.intact(await acts.ask(wish, act_id=name, by="support", now=NOW)) is alone


async def test_what_cannot_be_opened_any_more_is_not_carried_out(acts: Acts, database: Database):
    await acts.ask(WISH, act_id="a-1", by="support", now=NOW)
    await alter(database, {"sealed": bytes(64)})
    with pytest.raises(SealBroken):
        await acts.begin(*await acts.to_do(10))
    await acts.void("a-1")
    [row] = (await acts.listing(ActState.FAILED, cursor=None, limit=1)).items
    assert (row.problem, await acts.to_do(10)) == ("changed", [])


async def alter(database: Database, values: dict[str, Any]) -> None:
    """As somebody does who writes to the table behind everybody's back."""
    statement = update(core(SupportAct)).values(**values)
    await database.write(lambda connection: connection.execute(statement) and None)


async def test_what_is_late_expires_whether_it_waits_for_a_person_or_for_its_turn(acts: Acts):
    await waiting(acts, "waits")
    await waiting(acts, "approved")
    await acts.approve("approved", "approver", "đúng", NOW, NOW + timedelta(hours=1))
    await acts.ask(WISH, act_id="free", by="support", now=NOW)
    await acts.expire(SOON)
    assert (await acts.get("waits")).state is ActState.WAITING
    await acts.expire(LATE)
    states = {name: (await acts.get(name)).state for name in ("waits", "approved", "free")}
    assert states == {"waits": "expired", "approved": "expired", "free": "approved"}
    assert not await acts.begin("approved")
    with pytest.raises(ActNotWaiting):
        await acts.approve("waits", "approver", "đúng", LATE, LATE)


async def test_what_was_begun_and_never_ended_is_still_to_do_and_what_ended_is_not(acts: Acts):
    await acts.ask(WISH, act_id="a-1", by="support", now=NOW)
    assert await acts.begin("a-1")
    assert await acts.begin("a-1")
    assert await acts.to_do(10) == ["a-1"]
    await acts.fail("a-1", "incident-not-open")
    assert not await acts.begin("a-1")
    await acts.done("a-1", NOW, LATE)
    assert ((await acts.get("a-1")).state, (await acts.get("a-1")).problem) == (ActState.FAILED, "incident-not-open")


async def test_an_act_that_did_not_hold_is_seen_until_a_later_one_at_its_place_does(acts: Acts):
    await carried_out(acts)
    assert [act.id for act in await acts.to_verify(10)] == ["a-1"]
    await acts.reopen("a-1", ActProblem.VIEWS_DIFFER)
    assert [(row.id, row.problem) for row in await acts.reopened()] == [("a-1", "views-differ")]
    await carried_out(acts, "a-2", SOON)
    assert await acts.reopened() == []
    await acts.verified("a-2", LATE)
    assert ((await acts.get("a-2")).state, await acts.to_verify(10)) == (ActState.VERIFIED, [])


async def test_lists_have_pages_and_no_words(acts: Acts):
    for n in range(3):
        await waiting(acts, f"a-{n}", now=NOW + timedelta(minutes=n))
    first = await acts.listing(ActState.WAITING, cursor=None, limit=2)
    rest = await acts.listing(ActState.WAITING, cursor=first.next, limit=2)
    assert ([row.id for row in first.items], [row.id for row in rest.items]) == (["a-0", "a-1"], ["a-2"])
    assert [act.id for act in await acts.of(CODE)] == ["a-0", "a-1", "a-2"]
    assert not hasattr(rest.items[0], "told")
    with pytest.raises(ActUnknown):
        await acts.get("none")


async def test_a_callback_that_no_dossier_took_is_brought_once_more(database: Database, keys: StoredKeys):
    inbox, deliveries = Inbox(database, keys), Deliveries(database)
    for name, state in (("m-1", InboxState.UNMATCHED), ("m-2", InboxState.DELIVERED)):
        told = {"agency": "population", "dossier": CODE, "step": "issue_id", "reference": "YC-1", "body": b"{}"}
        await inbox.store(message_id=name, **told)
        await inbox.settle("population", name, state)
    assert await deliveries.waiting(CODE, Agency.RESIDENCE) == ()
    waits = await deliveries.waiting(CODE, Agency.POPULATION)
    assert waits == ("callback/population/m-1",)
    await deliveries.hurry(CODE, waits, NOW)
    assert [item.message_id for item in await inbox.waiting(10)] == ["m-1"]
    assert await deliveries.left(CODE, waits) == waits
    await inbox.settle("population", "m-1", InboxState.DELIVERED)
    assert await deliveries.left(CODE, waits) == ()


async def test_what_is_proven_is_not_reopened(acts: Acts):
    await carried_out(acts)
    await acts.verified("a-1", SOON)
    await acts.reopen("a-1", ActProblem.NOT_FINAL)
    assert (await acts.get("a-1")).state is ActState.VERIFIED
