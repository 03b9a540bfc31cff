"""One act on many dossiers, over HTTP: drafted, approved by a second person, run, steered, reported."""

import asyncio
import csv
import io
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Update, update

from records.database import Database
from records.tables.base import core
from records.tables.support import Replay, ReplayItem
from tests.e2e.acting import signed
from tests.e2e.asking import eventually
from tests.e2e.tokens import minted
from tests.stack import Stack, running

pytestmark = pytest.mark.timeout(180)
WHY = "cơ quan đã sửa danh mục"
REPLAYS, ITEMS = core(Replay), core(ReplayItem)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(stack: Stack) -> AsyncIterator[None]:
    """Every test begins and ends with agencies in normal operation."""
    yield
    await stack.clear("residence")
    await rejections(stack)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wary(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """An installation in which one after the other is done, and one failure of two is enough; nobody is held."""
    state = tmp_path_factory.mktemp("wary")
    pace = {"replay_watches": 2, "replay_in_hand": 1, "replay_patience": 1.0}
    async with running(state, **pace, retry_cap=2.0, breaker_opens_after=60.0) as product:
        yield product


async def rejections(stack: Stack, *codes: str) -> None:
    path = f"{stack.agencies}/residence/control/rejections"
    (await stack.http.put(path, json={"dossiers": codes, "text": "Đơn vị không khớp"})).raise_for_status()


async def parked(stack: Stack, count: int) -> list[str]:
    """So many births at whose residence leg the agency rejects everything; seen by the watchdog."""
    await stack.faults("residence", reject_rate=1)
    try:
        codes = list(await asyncio.gather(*(signed(stack) for _ in range(count))))
        for code in codes:
            await stack.incident(code)
            await stack.until(code, lambda view: all(each["state"] in {"granted", "parked"} for each in view["legs"]))
            await stuck(stack, code)
    finally:
        await stack.clear("residence")
    return codes


async def stuck(stack: Stack, code: str) -> None:
    """Its incident is on the list, and nothing else: on a slow machine its legs were late before, and listed so."""

    async def sources() -> list[str]:
        return [row["source"] for row in (await stack.get("/v1/stuck", params={"dossier": code})).json()["items"]]

    await eventually(sources, ["incident"].__eq__)


async def drafted(stack: Stack, codes: Sequence[str], **more: Any) -> dict[str, Any]:
    body = {"selection": {"codes": list(codes)}, "act": "again", "reason": WHY, "rate": 20, **more}
    answer = await stack.post("/v1/replays", body, "support")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def approval(stack: Stack, draft: dict[str, Any], role: str = "approver", **other: Any) -> httpx.Response:
    body = {"selection_hash": draft["selection_hash"], "reason": "đã xem mẫu", **other}
    return await stack.post(f"/v1/replays/{draft['id']}/approval", body, role)


async def order(stack: Stack, replay: dict[str, Any], kind: str, **more: Any) -> httpx.Response:
    body = {"order": kind, "reason": "theo lịch cơ quan", **more}
    return await stack.post(f"/v1/replays/{replay['id']}/orders", body, "support")


async def shown(stack: Stack, replay: dict[str, Any]) -> dict[str, Any]:
    """As support sees it, its counts adding up whenever one looks."""
    found: dict[str, Any] = (await stack.get(f"/v1/replays/{replay['id']}")).json()
    counts = found["counts"]
    assert counts["selected"] == sum(counts[each] for each in ("verified", "failed", "skipped", "remaining"))
    return found


async def until(stack: Stack, replay: dict[str, Any], holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(40):
            while not holds(found := await shown(stack, replay)):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never came: {found}") from None
    return found


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"].rsplit(":", 1)[1])


async def test_many_are_done_verified_and_reported_and_what_healed_is_left_alone(stack: Stack) -> None:
    first, second, healed = await parked(stack, 3)
    unknown = "G22.99.08-200101-000001"
    draft = await drafted(stack, [first, second, healed, unknown])
    assert (draft["state"], draft["counts"]["selected"], draft["counts"]["skipped"]) == ("draft", 4, 1)
    assert draft["warnings"] == [{"problem": "not-stuck", "count": 1, "dossiers": [unknown]}]
    assert {"name": "residence", "count": 3} in draft["by_agency"]
    [sample] = [each for each in draft["sample"] if each["dossier"] == first]
    [call] = sample["preview"]["calls"]
    assert (call["key"], call["standing"], call["meaning"]) == (f"{first}:register_residence:2", "unknown", "sent")
    incident = (await stack.incident(healed))["id"]
    assert (await stack.resolve(incident, "retry")).status_code == 200
    await stack.stage(healed, "returned")
    await rejections(stack, second)
    assert (await approval(stack, draft)).status_code == 200
    report = await until(stack, draft, lambda replay: replay["state"] == "done")
    assert (report["by"], report["approved_by"]) == ("support-sample", "approver-sample")
    counted = {"selected": 4, "verified": 1, "failed": 1, "skipped": 2, "remaining": 0, "in_hand": 0}
    assert report["counts"] == counted
    items = (await stack.get(f"/v1/replays/{draft['id']}/items")).json()["items"]
    told = {each["dossier"]: (each["state"], each["problem"]) for each in items}
    assert told == {
        first: ("verified", None),
        second: ("failed", "parked-again"),
        healed: ("skipped", "healed"),
        unknown: ("skipped", "not-stuck"),
    }
    answer = await stack.get(f"/v1/replays/{draft['id']}/failed.csv")
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["dossier"], row["problem"]) == (second, "parked-again")
    assert await stack.effects("residence", first, "register_residence") == 1
    [act] = (await stack.get(f"/v1/dossiers/{first}/acts")).json()["items"]
    assert (act["replay"], act["state"], act["told"]["reason"]) == (draft["id"], "verified", WHY)


async def test_whoever_drafted_does_not_approve_not_with_another_token_either(stack: Stack) -> None:
    draft = await drafted(stack, await parked(stack, 1))
    assert problem(await approval(stack, draft, "support")) == (403, "scope-missing")
    stack.tokens["two-hats"] = minted(
        stack, sub="support-sample", client_id="another", scope="support:read support:act support:approve"
    )
    assert problem(await approval(stack, draft, "two-hats")) == (403, "same-person")
    body = {"selection": {"codes": []}, "act": "again", "reason": WHY}
    assert problem(await stack.post("/v1/replays", body, "approver")) == (403, "scope-missing")
    assert (await shown(stack, draft))["state"] == "draft"


async def test_only_what_was_looked_at_is_approved(stack: Stack) -> None:
    codes = await parked(stack, 2)
    draft, other = await drafted(stack, codes[:1]), await drafted(stack, codes)
    assert problem(await approval(stack, draft, selection_hash=other["selection_hash"])) == (409, "selection-changed")
    await edited(stack, draft, codes[1])
    assert problem(await approval(stack, draft)) == (409, "selection-changed")
    assert (await shown(stack, draft))["state"] == "draft"
    declined = await approval(stack, other, decision="decline")
    assert declined.json()["state"] == "declined"
    assert problem(await approval(stack, other)) == (409, "replay-not-waiting")
    assert (await stack.view(codes[0]))["incidents"]


async def edited(stack: Stack, replay: dict[str, Any], dossier: str) -> None:
    """Somebody changes an item behind everybody's back."""
    await written(stack, update(ITEMS).where(ITEMS.c.replay == replay["id"]).values(dossier=dossier))


async def written(stack: Stack, statement: Update) -> None:
    database = Database(stack.settings.database)
    await database.write(lambda connection: connection.execute(statement) and None)
    await database.close()


async def test_items_that_were_changed_after_the_approval_stop_the_run(stack: Stack) -> None:
    codes = await parked(stack, 2)
    draft = await drafted(stack, codes[:1], rate=0.01)
    assert (await approval(stack, draft)).status_code == 200
    await until(stack, draft, lambda replay: replay["counts"]["verified"] == 1 or replay["state"] == "done")
    again = await drafted(stack, codes[1:])
    await stack.workers.stop()
    try:
        approving = asyncio.create_task(approval(stack, again))
        assert (await approving).status_code == 200
        await edited(stack, again, codes[0])
    finally:
        await stack.workers.start()
    report = await until(stack, again, lambda replay: replay["state"] == "stopped")
    assert report["paused_because"] == "selection-changed"
    assert report["counts"]["remaining"] == 1
    assert await stack.effects("residence", codes[1], "register_residence") == 0


async def test_a_draft_that_nobody_approves_in_time_is_worth_nothing(stack: Stack) -> None:
    draft = await drafted(stack, await parked(stack, 1))
    await written(stack, update(REPLAYS).where(REPLAYS.c.id == draft["id"]).values(expires_at=datetime.now(UTC)))
    assert (await shown(stack, draft))["state"] == "expired"
    assert problem(await approval(stack, draft)) == (409, "approval-expired")


async def test_it_pauses_itself_is_paused_resumed_and_stopped(wary: Stack) -> None:
    codes = await parked(wary, 4)
    await rejections(wary, *codes)
    draft = await drafted(wary, codes)
    assert (await approval(wary, draft)).status_code == 200
    paused = await until(wary, draft, lambda replay: replay["state"] == "paused" and not replay["counts"]["in_hand"])
    assert (paused["paused_because"], paused["counts"]["failed"]) == ("errors", 2)
    await rejections(wary)
    higher = await order(wary, draft, "rate", rate=20.5)
    assert (problem(higher), higher.json()["errors"][0]["pointer"]) == ((422, "invalid"), "/rate")
    assert (await order(wary, draft, "rate", rate=0.01)).json()["rate"] == 0.01
    assert (await order(wary, draft, "resume")).json()["state"] == "running"
    await until(wary, draft, lambda replay: replay["counts"]["verified"] == 1)
    assert (await order(wary, draft, "pause")).json()["state"] == "paused"
    assert problem(await order(wary, draft, "pause")) == (409, "replay-paused")
    assert problem(await order(wary, draft, "pause", rate=2)) == (422, "invalid")
    stopped = (await order(wary, draft, "stop")).json()
    assert (stopped["state"], stopped["counts"]["remaining"]) == ("stopped", 1)
    assert problem(await order(wary, draft, "resume")) == (409, "replay-over")
    assert [each["order"] for each in stopped["orders"]] == ["rate", "resume", "pause", "stop"]
    listed = (await wary.get("/v1/replays", params={"state": "stopped"})).json()["items"]
    assert [each["id"] for each in listed] == [draft["id"]]


async def test_when_the_agency_goes_down_in_the_middle_it_pauses_itself_and_all_is_done_once(wary: Stack) -> None:
    codes = await parked(wary, 4)
    draft = await drafted(wary, codes)
    assert (await approval(wary, draft)).status_code == 200
    await until(wary, draft, lambda replay: replay["state"] == "running")
    assert (await order(wary, draft, "rate", rate=0.01)).status_code == 200
    await until(wary, draft, lambda replay: replay["counts"]["verified"])
    await wary.faults("residence", down=True)
    assert (await order(wary, draft, "rate", rate=20)).status_code == 200
    paused = await until(wary, draft, lambda replay: replay["state"] == "paused")
    assert paused["paused_because"] == "errors"
    counted = {**paused["counts"], "selected": 4, "failed": 0, "skipped": 0, "in_hand": 0}
    assert paused["counts"] == counted, "no item's turn is kept waiting"
    assert 1 <= counted["remaining"] < 4
    await wary.clear("residence")
    assert (await order(wary, draft, "resume")).json()["state"] == "running"
    report = await until(wary, draft, lambda replay: replay["state"] == "done")
    assert report["counts"] == {**counted, "verified": 4, "remaining": 0}
    for code in codes:
        assert await wary.effects("residence", code, "register_residence") == 1
        [act] = (await wary.get(f"/v1/dossiers/{code}/acts")).json()["items"]
        assert (act["replay"], act["state"]) == (draft["id"], "verified")


async def test_the_same_key_is_the_same_replay(stack: Stack) -> None:
    [code] = await parked(stack, 1)
    body, key = {"selection": {"codes": [code]}, "act": "hold", "reason": WHY}, uuid.uuid4().hex
    first = await stack.post("/v1/replays", body, "support", key)
    again = await stack.post("/v1/replays", body, "support", key)
    assert first.json()["id"] == again.json()["id"]
    other = await stack.post("/v1/replays", {**body, "act": "ask"}, "support", key)
    assert problem(other) == (409, "key-reused")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"selection": {}}, "/selection/cause"),
        ({"selection": {"codes": ["G22.99.08-200101-000002"], "cause": "held-long"}}, None),
        ({"act": "record_result"}, "/act"),
        ({"rate": 0}, "/rate"),
        ({"selection": {"province": "01", "agency": "labour"}}, "/selection"),
    ],
    ids=str,
)
async def test_a_selection_that_means_nothing_is_refused(
    stack: Stack, changed: dict[str, Any], pointer: str | None
) -> None:
    body = {"selection": {"cause": "agency-away"}, "act": "again", "reason": WHY, **changed}
    answer = await stack.post("/v1/replays", body, "support")
    if pointer is None:
        assert (answer.status_code, answer.json()["counts"]["skipped"]) == (201, 1)
    else:
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["pointer"] == pointer
