"""Replays of many: what a selection means, what a second person approves, and counts that always add up."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from contracts.acts import Target
from contracts.causes import CAUSES, Act, Cause
from contracts.dossier import LegKind
from contracts.replays import (
    ItemProblem,
    ItemState,
    OrderKind,
    PauseReason,
    ReplayNote,
    ReplayOrder,
    ReplayState,
    ReplayTold,
    Selection,
)
from records.database import Database
from records.keys import StoredKeys
from records.support.replays import ReplayNotWaiting, ReplayRow, Replays, ReplayUnknown
from records.support.selecting import Chosen
from records.tables.base import core
from records.tables.support import Discrepancy, ReplayItem, StuckCase

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TOLD = ReplayTold(reason="cơ quan đã sửa danh mục", rate=2)
CASES, ITEMS = core(StuckCase), core(ReplayItem)


@pytest.fixture
def replays(database: Database, keys: StoredKeys) -> Replays:
    return Replays(database, keys)


def code(number: int) -> str:
    return f"G22.99.08-261123-{number:06}"


def case(number: int, cause: Cause = Cause.REQUEST_REJECTED, **more: Any) -> dict[str, Any]:
    """An incident at the residence leg, unless said otherwise."""
    row = {
        "id": f"incident.{code(number)}.incident.1",
        "spell": 1,
        "source": "incident",
        "cause": cause.value,
        "owner": CAUSES[cause].owner.value,
        "dossier": code(number),
        "group": "birth",
        "office": "00070",
        "province": "01",
        "agency": "residence",
        "leg": "residence",
        "step": "register_residence",
        "incident": f"{code(number)}.incident.1",
        "due_at": NOW + timedelta(seconds=number),
        "noticed_at": NOW,
        "changed_at": NOW,
        "gone_at": None,
        "attempts": 1,
        "next_attempt_at": None,
    }
    return {**row, **more}


async def stuck(database: Database, *rows: dict[str, Any]) -> None:
    await database.write(lambda connection: connection.execute(insert(CASES), list(rows)) and None)


async def drafted(replays: Replays, size: int, **more: Any) -> ReplayRow:
    chosen = more.pop("chosen", [Chosen(code(each), f"incident.{code(each)}.incident.1") for each in range(size)])
    wish: dict[str, Any] = {
        "replay": "r-1",
        "act": Act.AGAIN,
        "selection": Selection(agency="residence"),
        "told": TOLD,
        "by": "support-1",
        "now": NOW,
        "expires_at": NOW + timedelta(hours=1),
    }
    return await replays.draft(chosen, **wish | more)


def difference(number: int, step: str = "register_residence") -> dict[str, Any]:
    """Where our records and the agency's differ."""
    place = f"difference.residence.{code(number)}:{step}:1"
    none: dict[str, Any] = dict.fromkeys(("leg", "step", "incident"))
    return case(number, Cause.VIEWS_DIFFER, id=place, source="difference", **none)


async def test_a_difference_is_replayed_leg_by_leg_and_only_where_the_agency_has_nothing(
    database: Database, replays: Replays
) -> None:
    theirs = {1: "unknown", 2: "refused", 3: "granted", 4: "pending"}
    found = [difference(number) for number in theirs] + [difference(1, "issue_card")]
    await stuck(database, *found)
    keys = [(str(each["dossier"]), str(each["id"]).removeprefix("difference.residence.")) for each in found]
    same = {"agency": "residence", "kind": "missing", "found_at": NOW, "reconciliation": "r"}
    rows = [{**same, "dossier": of, "key": key, "theirs": theirs.get(int(of[-1]))} for of, key in keys]
    await database.write(lambda connection: connection.execute(insert(core(Discrepancy)), rows) and None)
    chosen = await replays.chosen(Selection(cause=Cause.VIEWS_DIFFER), Act.REPLAY)
    assert sorted((each.dossier[-1], each.place.split(":")[1], each.problem) for each in chosen) == [
        ("1", "issue_card", None),
        ("1", "register_residence", None),
        ("2", "register_residence", None),
        ("3", "register_residence", ItemProblem.NOT_OFFERED),
        ("4", "register_residence", ItemProblem.NOT_OFFERED),
    ]
    assert not any(each.problem for each in await replays.chosen(Selection(cause=Cause.VIEWS_DIFFER), Act.ASK))


async def test_a_selection_means_open_cases_of_all_that_it_names_each_place_once(
    database: Database, replays: Replays
) -> None:
    await stuck(
        database,
        case(1),
        case(2, office="00004"),
        case(3, gone_at=NOW),
        case(3, spell=2),
        case(4, gone_at=NOW),
        case(5, Cause.TURN_FAILED),
        case(6, dossier="HS-1", group=None),
        case(1, id=f"leg.{code(1)}.residence", source="leg", step=None, incident=None),
    )
    everywhere = await replays.chosen(Selection(agency="residence"), Act.AGAIN)
    assert sorted((each.dossier, each.place.split(".")[0], each.problem) for each in everywhere) == [
        (code(1), "incident", None),
        (code(1), "leg", None),
        (code(2), "incident", None),
        (code(3), "incident", None),
        (code(5), "incident", ItemProblem.NOT_OFFERED),
    ]
    assert [each.dossier for each in await replays.chosen(Selection(office="00004"), Act.AGAIN)] == [code(2)]
    late = Selection.model_validate({"from": NOW + timedelta(seconds=3), "to": NOW + timedelta(seconds=5)})
    assert [each.dossier for each in await replays.chosen(late, Act.AGAIN)] == [code(3)]
    named = await replays.chosen(Selection(codes=(code(4), code(1))), Act.HOLD)
    assert [(each.dossier, each.problem) for each in named] == [(code(1), None), (code(4), ItemProblem.NOT_STUCK)]


async def test_a_place_is_met_as_its_last_spell_left_it(database: Database, replays: Replays) -> None:
    difference = f"difference.residence.{code(2)}:register_residence:1"
    await stuck(
        database,
        case(1, gone_at=NOW),
        case(1, spell=2),
        case(2, Cause.VIEWS_DIFFER, id=difference, source="difference", leg=None, step=None, incident=None),
    )
    parked, differs = await replays.place(case(1)["id"]), await replays.place(difference)
    assert parked is not None
    assert not parked.gone
    assert parked.target == Target(leg="residence", step="register_residence", incident=f"{code(1)}.incident.1")
    assert differs is not None
    assert differs.target == Target(leg=LegKind.RESIDENCE)
    assert await replays.place("nowhere") is None


async def test_only_a_draft_in_time_is_decided_and_only_once(replays: Replays) -> None:
    draft = await drafted(replays, 2)
    with pytest.raises(ReplayNotWaiting):
        await replays.approve("r-1", "approver-1", "đã xem", NOW + timedelta(hours=1))
    assert (await replays.get("r-1", NOW + timedelta(hours=1))).state is ReplayState.EXPIRED
    await replays.approve("r-1", "approver-1", "đã xem", NOW)
    with pytest.raises(ReplayNotWaiting):
        await replays.decline("r-1", "approver-2", "không", NOW)
    approved = await replays.get("r-1", NOW + timedelta(hours=2))
    assert (approved.state, approved.approved_by, approved.selection_hash) == (
        ReplayState.APPROVED,
        "approver-1",
        draft.selection_hash,
    )
    assert (await replays.told("r-1")).decision_reason == "đã xem"
    assert await replays.to_start(NOW + timedelta(seconds=1)) == ["r-1"]
    with pytest.raises(ReplayUnknown):
        await replays.get("r-2", NOW)


async def test_whatever_is_changed_of_what_was_approved_changes_its_hash(database: Database, replays: Replays) -> None:
    draft = await drafted(replays, 2)
    assert await replays.fixed("r-1") == draft.selection_hash
    others = [
        await drafted(replays, 3, replay="r-2"),
        await drafted(replays, 2, replay="r-3", act=Act.ASK),
        await drafted(replays, 2, replay="r-4", told=TOLD.model_copy(update={"rate": 3})),
        await drafted(replays, 2, replay="r-5", selection=Selection(office="00070")),
    ]
    assert len({each.selection_hash for each in [draft, *others]}) == 5
    changed = update(ITEMS).where(ITEMS.c.replay == "r-1", ITEMS.c.number == 2).values(place="elsewhere")
    await database.write(lambda connection: connection.execute(changed) and None)
    assert await replays.fixed("r-1") != draft.selection_hash


async def test_counts_add_up_however_items_end_and_the_first_outcome_counts(replays: Replays) -> None:
    left_out = [Chosen(code(90), "", problem=ItemProblem.NOT_STUCK)]
    await drafted(replays, 0, chosen=[*(Chosen(code(each), f"p{each}") for each in range(30)), *left_out])
    ends = [ItemState.VERIFIED, ItemState.FAILED, ItemState.SKIPPED]
    turns = [(number, end) for number in range(1, 25) for end in ends]
    random.Random(7).shuffle(turns)  # noqa: S311  # no secret: the same order again

    async def turn(number: int, end: ItemState) -> None:
        await replays.begin("r-1", number, f"act-{number}")
        await replays.end("r-1", number, end, None if end is ItemState.VERIFIED else "parked-again", NOW)
        counts = await replays.counts("r-1")
        assert counts.selected == counts.verified + counts.failed + counts.skipped + counts.remaining == 31

    await asyncio.gather(*(turn(*each) for each in turns))
    counts = await replays.counts("r-1")
    assert (counts.remaining, counts.in_hand) == (6, 0)
    items = (await replays.items("r-1")).items
    await asyncio.gather(*(turn(*each) for each in turns))
    assert (await replays.items("r-1")).items == items
    assert await replays.left("r-1", 4) == (25, 26, 27, 28)
    lately = await replays.lately("r-1", NOW)
    assert lately.verified + lately.failed + lately.skipped == 25
    assert (await replays.lately("r-1", NOW + timedelta(minutes=2))).failed == 0


async def test_items_are_read_page_by_page(replays: Replays) -> None:
    await drafted(replays, 5)
    for number in (1, 3, 4):
        await replays.end("r-1", number, ItemState.FAILED, "parked-again", NOW)
    first = await replays.items("r-1", ItemState.FAILED, limit=2)
    second = await replays.items("r-1", ItemState.FAILED, cursor=first.next, limit=2)
    assert [each.number for each in (*first.items, *second.items)] == [1, 3, 4]
    assert second.next is None


async def test_where_a_run_stands_is_noted_with_each_order_once(replays: Replays) -> None:
    await drafted(replays, 1)
    order = ReplayOrder(id="o-1", order=OrderKind.RATE, rate=5, by="support-1", at=NOW, reason="ổn định")
    note = ReplayNote(replay="r-1", state=ReplayState.RUNNING, rate=5, order=order)
    await replays.note(note, NOW)
    await replays.note(note, NOW + timedelta(seconds=1))
    running = await replays.get("r-1", NOW)
    assert (running.state, running.rate, running.started_at) == (ReplayState.RUNNING, 5, NOW)
    assert (await replays.told("r-1")).orders == (order,)
    assert await replays.fixed("r-1") == running.selection_hash, "the rate that was approved is the one that counts"
    stopped = ReplayNote(replay="r-1", state=ReplayState.STOPPED, rate=5, paused_because=PauseReason.SELECTION_CHANGED)
    await replays.note(stopped, NOW + timedelta(seconds=2))
    found = await replays.get("r-1", NOW)
    assert (found.ended_at, found.paused_because) == (NOW + timedelta(seconds=2), PauseReason.SELECTION_CHANGED)
    listed = await replays.listing(ReplayState.STOPPED, NOW, cursor=None, limit=10)
    assert [each.id for each in listed.items] == ["r-1"]
