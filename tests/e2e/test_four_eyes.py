"""A second person cannot be walked around: same person, late approval, changed selection, the old door."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from records.support.acts import Acts
from records.tables.base import core
from records.tables.support import SupportAct
from tests.e2e.acting import (
    AGENCIES,
    PAPER,
    approved,
    asked,
    calls,
    done,
    given,
    previewed,
    settled,
    signed,
    standing_at,
)
from tests.e2e.asking import eventually
from tests.e2e.tokens import minted
from tests.stack import Stack, leg, running
from workers.rooms import Rooms

OTHER = "001190000017"
RESULT = {"notice_number": "12/TB", "registered_on": "2026-11-22"}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(stack: Stack) -> AsyncIterator[None]:
    """Every test begins and ends with agencies in normal operation."""
    yield
    await stack.clear(*AGENCIES)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """An installation in which approvals are good for a second, and agencies have six to agree."""
    state = tmp_path_factory.mktemp("hasty")
    async with running(state, approval_within=1.0, verify_within=6.0, retry_cap=2.0) as product:
        yield product


async def waiting(stack: Stack) -> dict[str, Any]:
    """A result that support wants recorded; its leg is parked, and the agency has done its part."""
    await stack.faults("residence", malformed_rate=1)
    code = await signed(stack)
    await stack.incident(code)
    await stack.clear("residence")
    act = await done(stack, code, "record_result", leg="residence", result=RESULT, evidence=PAPER)
    assert act["state"] == "waiting"
    return act


async def parked(stack: Stack, act: dict[str, Any]) -> bool:
    return bool(leg(await stack.view(act["dossier"]), "residence")["state"] == "parked")


def pointers(answer: httpx.Response) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


def name_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"].rsplit(":", 1)[1])


async def test_who_asked_does_not_approve_not_with_another_token_either(stack: Stack) -> None:
    act = await waiting(stack)
    assert name_of(await approved(stack, act, "support")) == (403, "scope-missing")
    stack.tokens["two-hats"] = minted(
        stack, sub="support-sample", client_id="another", scope="support:read support:act support:approve"
    )
    assert name_of(await approved(stack, act, "two-hats")) == (403, "same-person")
    body = {"act": "hold", "reason": "x"}
    denied = await stack.post(f"/v1/dossiers/{act['dossier']}/acts", body, "approver")
    assert name_of(denied) == (403, "scope-missing")
    assert await parked(stack, act)


async def test_only_what_was_looked_at_is_approved(stack: Stack) -> None:
    act = await waiting(stack)
    other = await approved(stack, act, asked_hash="0" * 64)
    assert name_of(other) == (409, "selection-changed")
    assert (await stack.resolve(act["incident"], "retry")).status_code == 200
    await stack.stage(act["dossier"], "returned")
    assert name_of(await approved(stack, act)) == (409, "selection-changed")
    assert (await stack.get(f"/v1/acts/{act['id']}")).json()["state"] == "waiting"


async def test_other_wishes_have_other_hashes(stack: Stack) -> None:
    act = await waiting(stack)
    more = {"result": {**RESULT, "notice_number": "13/TB"}, "evidence": PAPER}
    other = await done(stack, act["dossier"], "record_result", leg="residence", **more)
    paper = {**PAPER, "content_base64": PAPER["content_base64"][:-4]}
    third = await done(stack, act["dossier"], "record_result", leg="residence", result=RESULT, evidence=paper)
    assert len({each["asked_hash"] for each in (act, other, third)}) == 3
    assert (await approved(stack, act)).status_code == 200
    await eventually(lambda: parked(stack, act), lambda still: not still)
    assert name_of(await approved(stack, other)) == (409, "selection-changed")


async def test_a_result_sent_straight_to_the_incident_waits_too(stack: Stack) -> None:
    await stack.faults("residence", malformed_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("residence")
    result = await given(stack, "residence", code)
    wrong = await stack.resolve(incident["id"], "record_result", result={"notice_number": "12/TB"})
    assert (name_of(wrong), pointers(wrong)) == ((422, "invalid"), {"/result/registered_on", "/evidence"})
    answer = await stack.resolve(incident["id"], "record_result", result=result, evidence=PAPER)
    assert answer.status_code == 202, answer.text
    act = answer.json()
    assert (act["state"], await parked(stack, act)) == ("waiting", True)
    waiting = (await stack.get("/v1/acts?state=waiting&limit=200", "approver")).json()["items"]
    assert act["id"] in {each["id"] for each in waiting}
    key = uuid.uuid4().hex
    body = {"decision": "approve", "reason": "đúng", "asked_hash": act["asked_hash"]}
    first, second = [await stack.post(f"/v1/acts/{act['id']}/approval", body, "approver", key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200)
    await settled(stack, act)
    assert await stack.effects("residence", code, "register_residence") == 1


async def test_a_correction_sent_straight_to_the_incident_is_kept_and_one_of_a_wallet_waits(stack: Stack) -> None:
    for agency in ("vneid", "social-insurance"):
        await stack.faults(agency, suspect_duplicate_rate=1)
    code = await signed(stack)
    view = await stack.until(code, lambda v: {"hand_over", "issue_card"} <= {each["step"] for each in v["incidents"]})
    card, wallet = (
        next(each["id"] for each in view["incidents"] if each["step"] == step) for step in ("issue_card", "hand_over")
    )
    for agency in ("vneid", "social-insurance"):
        await stack.clear(agency)
    changes = {"facility": "01-001", "certificate": {}, "guardian_name": "Nguyễn Thị Mẫu"}
    assert pointers(await stack.resolve(card, "retry_with", input=changes)) == {"/input/facility", "/input/certificate"}
    misfit = await stack.resolve(card, "retry_with", input={"guardian_name": 5})
    assert (name_of(misfit), pointers(misfit)) == ((422, "invalid"), {"/input/guardian_name"})
    answer = await stack.resolve(card, "retry_with", input={"guardian_name": "Nguyễn Thị Mẫu"})
    assert (answer.status_code, answer.json()["code"]) == (200, code), answer.text
    kept = (await stack.get(f"/v1/dossiers/{code}/acts")).json()["items"][-1]
    assert (kept["act"], [each["field"] for each in kept["told"]["corrections"]]) == ("retry_with", ["guardian_name"])
    await settled(stack, kept)

    told = await previewed(stack, code, "retry_with", incident=wallet, input={"owner_personal_id": OTHER})
    assert (told["second_person"], told["guarded"]) == (True, ["owner_personal_id"])
    [call] = calls(told)
    answer = await stack.resolve(wallet, "retry_with", input={"owner_personal_id": OTHER})
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting"), answer.text
    assert wallet in {each["id"] for each in (await stack.view(code))["incidents"]}
    assert await stack.effects("vneid", code, "hand_over") == 0
    await settled(stack, (await approved(stack, answer.json())).json())
    assert call[0] in await standing_at(stack, "vneid", code)


async def test_an_act_that_was_altered_after_the_approval_does_nothing(stack: Stack) -> None:
    act = await waiting(stack)
    await stack.workers.stop()
    rooms, now = Rooms.open(stack.settings), datetime.now(UTC)
    try:
        acts = Acts(rooms.database, rooms.keys)
        await acts.approve(act["id"], "approver-sample", "đã đối chiếu", now, now + timedelta(hours=1))
        await _altered(rooms, act["id"], act="give_up")
    finally:
        await rooms.close()
        await stack.workers.start()
    assert (await settled(stack, act, "failed"))["problem"] == "changed"
    assert await parked(stack, act)


async def test_a_declined_wish_does_nothing_and_is_never_approved(stack: Stack) -> None:
    act = await waiting(stack)
    declined = await approved(stack, act, decision="decline")
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert name_of(await approved(stack, act)) == (409, "act-not-waiting")
    assert await parked(stack, act)


async def test_a_late_approval_is_none(hasty: Stack) -> None:
    act = await waiting(hasty)
    expired = await settled(hasty, act, "expired")
    assert expired["approved_by"] is None
    assert name_of(await approved(hasty, act)) == (409, "approval-expired")
    assert await parked(hasty, act)


async def test_what_no_agency_confirms_in_time_is_open_again(hasty: Stack) -> None:
    await hasty.faults("residence", down=True)
    code = await signed(hasty)
    await hasty.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
    act = await settled(hasty, await done(hasty, code, "again", leg="residence"), "reopened")
    assert act["problem"] == "not-final"
    await hasty.clear("residence")
    await hasty.stage(code, "returned")


async def test_what_a_crash_left_half_done_is_done_once(hasty: Stack) -> None:
    await hasty.faults("residence", malformed_rate=1)
    code = await signed(hasty)
    incident = await hasty.incident(code)
    await hasty.clear("residence")
    await hasty.workers.stop()
    rooms = Rooms.open(hasty.settings)
    try:
        act = (await asked(hasty, code, "hold")).json()
        assert act["state"] == "approved"
        assert await Acts(rooms.database, rooms.keys).begin(act["id"])
        await hasty.workers.start()
        await settled(hasty, act)
        await settled(hasty, await done(hasty, code, "release"))
        again = await settled(hasty, await done(hasty, code, "again", incident=incident["id"]))
        await hasty.stage(code, "returned")
        await _altered(rooms, again["id"], state="doing")
        await settled(hasty, again)
    finally:
        await rooms.close()
    kinds = [entry["kind"] for entry in (await hasty.get(f"/v1/dossiers/{code}/journal")).json()["items"]]
    assert [kinds.count(each) for each in ("held", "released", "incident_resolved")] == [1, 1, 1]
    assert await hasty.effects("residence", code, "register_residence") == 1


async def _altered(rooms: Rooms, name: str, **values: str) -> None:
    """As a worker leaves it that dies before the note of what it did, or somebody who writes to the table."""
    table = core(SupportAct)
    statement = update(table).where(table.c.id == name).values(**values)
    await rooms.database.write(lambda connection: connection.execute(statement) and None)
