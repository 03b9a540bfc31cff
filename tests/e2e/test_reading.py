"""What people read: lists a page at a time, tasks by urgency, searches, journals, the feed, documents, figures."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.e2e.asking import OTHER_OFFICE, eventually, filed_at, journal, pointers, problem, reject
from tests.stack import OFFICE, Stack, leg, ready

Item = dict[str, Any]


async def page(stack: Stack, path: str, role: str = "support", **query: Any) -> Item:
    """One page of a list."""
    answer = await stack.get(path, role, params=query)
    assert answer.status_code == 200, answer.text
    found: Item = answer.json()
    assert set(found) == {"items", "next"}
    return found


async def pages(stack: Stack, path: str, role: str = "support", limit: int = 200, **query: Any) -> list[Item]:
    """The whole list, a page at a time."""
    found = await page(stack, path, role, limit=limit, **query)
    items: list[Item] = found["items"]
    while found["next"]:
        assert len(found["items"]) == limit
        found = await page(stack, path, role, limit=limit, cursor=found["next"], **query)
        assert found["items"]
        items = items + found["items"]
    return items


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def elsewhere(stack: Stack) -> AsyncIterator[list[str]]:
    """Five dossiers at another office, in the order of filing, the second one withdrawn."""
    codes = [await filed_at(stack, OTHER_OFFICE) for _ in range(5)]
    for code in codes:
        await stack.until(code, lambda view: view["tasks"])
    await stack.post(f"/v1/dossiers/{codes[1]}/withdrawal", {"reason": "Rút"}, "portal")
    await stack.stage(codes[1], "withdrawn")
    yield codes


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def returned(stack: Stack) -> AsyncIterator[tuple[Item, Item]]:
    """A filing and its dossier, from beginning to end."""
    await stack.faults("population", pending_rate=0)
    filing = await stack.family()
    filing["declaration"]["child"] |= {"middle_name": "Hoàng Thục", "given_name": f"Quyên{uuid4().hex[:6]}"}
    try:
        yield filing, await stack.walk(await stack.file(filing))
    finally:
        await stack.clear("population")


# ---- lists


async def test_the_list_of_dossiers_is_newest_first_and_the_same_in_pages_of_any_size(
    stack: Stack, elsewhere: list[str]
) -> None:
    async def in_every_size() -> list[list[Item]]:
        whole = await pages(stack, "/v1/dossiers", office=OTHER_OFFICE)
        sizes = (1, 2, len(whole))
        return [whole, *[await pages(stack, "/v1/dossiers", limit=limit, office=OTHER_OFFICE) for limit in sizes]]

    # earlier tests' dossiers may move between two readings
    whole, *_ = await eventually(in_every_size, lambda read: all(each == read[0] for each in read))
    assert [item["code"] for item in whole if item["code"] in elsewhere] == elsewhere[::-1]
    assert [item["filed_at"] for item in whole] == sorted((item["filed_at"] for item in whole), reverse=True)


async def test_what_is_filed_meanwhile_moves_no_page(stack: Stack, elsewhere: list[str]) -> None:
    before = await pages(stack, "/v1/dossiers", office=OTHER_OFFICE)
    first = await page(stack, "/v1/dossiers", limit=2, office=OTHER_OFFICE)
    code = await filed_at(stack, OTHER_OFFICE)
    await stack.until(code, lambda view: view["tasks"])
    rest = await page(stack, "/v1/dossiers", cursor=first["next"], limit=200, office=OTHER_OFFICE)
    assert [item["code"] for item in first["items"] + rest["items"]] == [item["code"] for item in before]


async def test_filters_narrow_the_list(stack: Stack, elsewhere: list[str]) -> None:
    async def codes(**query: Any) -> set[str]:
        found = {item["code"] for item in await pages(stack, "/v1/dossiers", office=OTHER_OFFICE, **query)}
        return found & set(elsewhere)

    withdrawn, others = {elsewhere[1]}, set(elsewhere) - {elsewhere[1]}
    assert await codes(stage="withdrawn") == withdrawn
    assert await codes(stage="submitted", group="birth") == others
    assert await codes(group="death") == set()
    assert await codes(leg="residence", leg_state="withdrawn") == withdrawn
    assert await codes(leg="residence", leg_state="waiting", stage="submitted") == others
    assert await codes(incident="any") == set()
    assert await codes(overdue="true") == set()
    assert await codes(overdue="false") == set(elsewhere)


async def test_tasks_are_sorted_by_who_will_be_late_first(stack: Stack) -> None:
    codes = [await stack.file() for _ in range(3)]
    for code in codes:
        await stack.task(code, "review")
    tasks = await pages(stack, "/v1/tasks", "clerk", limit=2)
    assert [task["due_at"] for task in tasks] == sorted(task["due_at"] for task in tasks)
    assert {task["state"] for task in tasks} == {"open"}
    assert {task["office"] for task in tasks} == {OFFICE}
    assert {task["dossier"] for task in tasks} >= set(codes)
    assert len({task["id"] for task in tasks}) == len(tasks)
    await reject(stack, codes[0])
    done = await pages(stack, "/v1/tasks", "clerk", kind="review", state="done", office=OFFICE)
    assert codes[0] in {task["dossier"] for task in done}
    assert codes[0] not in {task["dossier"] for task in await pages(stack, "/v1/tasks", "clerk")}
    assert {task["kind"] for task in await pages(stack, "/v1/tasks", "clerk", kind="signature")} <= {"signature"}


UNKEYED = {"/v1/searches", "/v1/callbacks/{agency}"}
LISTS = [("/v1/dossiers", "support"), ("/v1/tasks", "clerk"), ("/v1/incidents", "support")]
ANOTHERS = "WyJvdGhlciIsIjIwMjYtMTEtMjJUMDA6MDA6MDArMDA6MDAiLCJ4Il0"


@pytest.mark.parametrize("cursor", ["nonsense", "!!", "bnVsbA", "W10", ANOTHERS, "%F0%9F%91%B6"])
@pytest.mark.parametrize(("path", "role"), LISTS)
async def test_a_cursor_that_the_list_did_not_give_is_named(stack: Stack, path: str, role: str, cursor: str) -> None:
    assert pointers(await stack.get(f"{path}?cursor={cursor}", role)) == {"/query/cursor"}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "stage=lost", "office=1", "leg=x", "overdue=x"])
async def test_a_filter_that_does_not_exist_is_named(stack: Stack, query: str) -> None:
    wrong = f"/query/{query.partition('=')[0]}"
    assert pointers(await stack.get(f"/v1/dossiers?{query}")) == {wrong}


# ---- searches


async def found(stack: Stack, role: str = "clerk", **body: Any) -> list[str]:
    answer = await stack.http.post(
        "/v1/searches", json=body, headers={"Authorization": f"Bearer {await stack.token(role)}"}
    )
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


async def test_a_dossier_is_found_by_name_number_and_code(stack: Stack, returned: tuple[Item, Item]) -> None:
    filing, view = returned
    child, mother = filing["declaration"]["child"], filing["declaration"]["mother"]
    full = f"{child['surname']} Hoàng Thục {child['given_name']}"
    bare = f"hoang thuc {child['given_name']}".lower().replace("ê", "e")
    for name in (full, full.upper(), f"Hoàng Thục {child['given_name']}", bare, f"  {bare.upper()} "):
        assert await found(stack, name=name) == [view["code"]], name
    number = leg(view, "personal_id")["result"]["personal_id"]
    for personal_id in (number, mother["personal_id"], filing["applicant"]["personal_id"]):
        assert await found(stack, "support", personal_id=personal_id) == [view["code"]]
    assert await found(stack, code=view["code"]) == [view["code"]]
    wrong_tone = full.replace("Hoàng", "Hoáng")
    assert not await found(stack, name=wrong_tone)
    assert not await found(stack, personal_id="000000000000")


async def test_a_search_asks_for_exactly_one_thing(stack: Stack) -> None:
    for body in ({}, {"name": "A", "personal_id": "0" * 12}, {"phone": "0900000000"}, {"name": ""}, {"code": "H26"}):
        problem(await stack.post("/v1/searches", body, "clerk"), 422)
    for role in ("portal", "manager"):
        problem(await stack.post("/v1/searches", {"name": "A"}, role), 403, "scope-missing")


# ---- one dossier


async def test_the_journal_tells_everything_in_order(stack: Stack, returned: tuple[Item, Item]) -> None:
    _, view = returned
    entries = await journal(stack, view["code"])
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert len({entry["hash"] for entry in entries}) == len(entries)
    happened = [entry["kind"] for entry in entries]
    steps = ["filed", "law_read", "checked", "accepted", "document_drafted", "document_signed", "document_published"]
    places = [happened.index(kind) for kind in [*steps, "done", "returned"]]
    assert places == sorted(places)
    [accepted] = [entry for entry in entries if entry["kind"] == "accepted"]
    assert accepted["actor"] == "clerk-sample"
    assert entries == await journal(stack, view["code"], "portal")


async def feed(stack: Stack, after: int) -> list[Item]:
    """Every event after one, as a portal catches up."""
    events: list[Item] = []
    while True:
        answer = (await stack.get("/v1/events", "portal", params={"after": after, "limit": 20})).json()
        if not answer["items"]:
            assert answer["next"] == after
            return events
        assert answer["next"] == answer["items"][-1]["id"]
        events, after = events + answer["items"], answer["next"]


async def test_the_feed_tells_each_event_once_in_order(stack: Stack, returned: tuple[Item, Item]) -> None:
    _, view = returned
    events = await feed(stack, 0)
    assert [event["id"] for event in events] == sorted({event["id"] for event in events})
    mine = [event for event in events if event["dossier"] == view["code"]]
    told = [(entry["seq"], entry["kind"]) for entry in await journal(stack, view["code"])]
    assert [(event["seq"], event["kind"]) for event in mine] == told
    assert mine[-1]["stage"] == "returned"
    assert (await feed(stack, events[-2]["id"]))[:1] == events[-1:]  # earlier tests' dossiers may add to it
    problem(await stack.get("/v1/events?after=-1", "portal"), 422)


async def test_a_document_never_changes_and_need_not_be_fetched_twice(
    stack: Stack, returned: tuple[Item, Item]
) -> None:
    _, view = returned
    [document] = view["documents"]
    path, etag = f"/v1/dossiers/{view['code']}/documents/{document['id']}", f'"{document["sha256"]}"'

    async def fetched(tag: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await stack.token('portal')}", "If-None-Match": tag}
        return await stack.http.get(path, headers=headers)

    for tag in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = await fetched(tag)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    full = await fetched('"other"')
    assert (full.status_code, full.headers["etag"]) == (200, etag)
    assert full.headers["content-type"] == "application/pdf"
    assert full.content.startswith(b"%PDF-")
    assert "immutable" in full.headers["cache-control"]
    problem(await stack.get(f"/v1/dossiers/{view['code']}/documents/other", "portal"), 404, "document-unknown")


async def test_figures_agree_with_the_lists(stack: Stack, returned: tuple[Item, Item], elsewhere: list[str]) -> None:
    async def counted() -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
        answer = await stack.get("/v1/statistics/dossiers", "manager")
        assert answer.status_code == 200, answer.text
        told: Counter[tuple[str, str]] = Counter()
        for row in answer.json()["stages"]:  # one a group
            told[row["office"], row["stage"]] += row["dossiers"]
        return told, Counter((item["office"], item["stage"]) for item in await pages(stack, "/v1/dossiers"))

    told, _ = await eventually(counted, lambda both: both[0] == both[1])  # earlier tests' dossiers may move
    assert told[OTHER_OFFICE, "withdrawn"] >= 1
    in_time = (await stack.get("/v1/statistics/dossiers", "manager")).json()["in_time"]
    [row] = [row for row in in_time if (row["office"], row["group"]) == (OFFICE, "birth")]
    assert 1 <= row["on_time"] <= row["returned"]
    for role in ("portal", "clerk", "support"):
        problem(await stack.get("/v1/statistics/dossiers", role), 403, "scope-missing")


# ---- operators


async def test_readiness_tells_the_truth_about_the_workers(stack: Stack) -> None:
    async def checks() -> tuple[int, Item]:
        answer = await stack.http.get("/readyz")
        return answer.status_code, answer.json()["checks"]

    good = {"database": True, "offices": True, "duty": True, "engine": True, "worker": True}
    await eventually(checks, lambda told: told == (200, good))
    await stack.workers.stop()
    try:
        await eventually(checks, lambda told: told == (503, good | {"worker": False}))
        assert (await stack.http.get("/healthz")).status_code == 200
    finally:
        await stack.workers.start()
        await ready(stack)
    await eventually(checks, lambda told: told == (200, good))


async def test_the_description_names_every_problem_of_every_call(stack: Stack) -> None:
    told = (await stack.http.get("/openapi.json")).raise_for_status().json()
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert {"type", "title", "status", "detail", "errors"} <= set(
        told["components"]["schemas"]["ProblemView"]["properties"]
    )
    calls = [(path, method, call) for path, methods in told["paths"].items() for method, call in methods.items()]
    for path, method, call in (each for each in calls if each[0].startswith("/v1")):
        problems = {status for status in call["responses"] if status[0] in "45"}
        for status in problems:
            schema = call["responses"][status]["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ProblemView"}
        assert problems >= {"401", "422", "503"}, path
        if "callbacks" not in path:
            assert call["security"] == [{"bearer": []}]
            assert "403" in problems
        if "{" in path:
            assert "404" in problems
        if "requestBody" in call and path not in UNKEYED:
            assert problems >= {"400", "409", "413", "429"}, (path, method)


async def test_the_description_holds_together(stack: Stack) -> None:
    answer = await stack.http.get("/openapi.json")
    told, known = answer.text, answer.json()["components"]["schemas"]
    named = {each.split('"')[0] for each in told.split("#/components/schemas/")[1:]}
    assert named <= set(known)
    assert "HTTPValidationError" not in known


async def test_metrics_count_requests_by_route_and_name_nobody(stack: Stack, returned: tuple[Item, Item]) -> None:
    code = returned[1]["code"]

    async def counted(line: str) -> float:
        answer = await stack.http.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert code not in answer.text
        values = [each.rsplit(" ", 1)[1] for each in answer.text.splitlines() if each.startswith(line)]
        return float(values[0]) if values else 0.0

    line = 'lienthong_http_requests_total{method="GET",route="/v1/dossiers/{code}",status="%s"}'
    seen, unseen = await counted(line % 200), await counted(line % 401)
    await asyncio.gather(*(stack.view(code) for _ in range(3)), stack.http.get(f"/v1/dossiers/{code}"))
    assert await counted(line % 200) >= seen + 3
    assert await counted(line % 401) == unseen + 1
    nowhere = 'lienthong_http_requests_total{method="GET",route="none",status="404"}'
    before = await counted(nowhere)
    problem(await stack.http.get(f"/{uuid4().hex}"), 404, "not-found")
    assert await counted(nowhere) == before + 1
