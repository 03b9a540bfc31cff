"""The number comes after three weeks: certificate in time without it, a second version with it, for everyone."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import TimeSkipper

from tests.stack import Stack, leg, running

WEEKS = timedelta(weeks=3)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def patient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Asks for a late answer once a day at most, and waits for the number as long as the law allows."""
    state = tmp_path_factory.mktemp("patient")
    async with running(state, id_wait_cap=0.0, first_enquiry=43200.0, enquiry_cap=86400.0) as product:
        yield product


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def published_at(stack: Stack, code: str, version: int) -> datetime:
    found = (await stack.get(f"/v1/dossiers/{code}/journal")).json()["items"]
    [entry] = [e for e in found if e["kind"] == "document_published" and e["data"]["version"] == version]
    return instant(entry["at"])


async def versions_held(stack: Stack, code: str, wallet: str) -> dict[str, list[int]]:
    held: dict[str, list[int]] = {}
    for agency in ("residence", "social-insurance"):
        found = await stack.http.get(f"{stack.agencies}/{agency}/control/certificates/{code}")
        held[agency] = [row["version"] for row in found.json()]
    papers = (await stack.http.get(f"{stack.agencies}/vneid/control/wallet/{wallet}")).json()
    held["vneid"] = [paper["version"] for paper in papers if paper["kind"] == "KQ.G15.000031"]
    rows: list[dict[str, Any]] = await stack.ledger("one-stop", code)
    keys = [row["idempotency_key"] for row in rows if row["effect"] == "hand_over"]
    held["one-stop"] = [int(key.split("birth_certificate-")[1][0]) for key in keys]
    return held


@pytest.mark.timeout(180)
async def test_a_number_after_three_weeks_makes_a_second_version_for_every_receiver(patient: Stack) -> None:
    stack = patient
    await stack.faults("population", pending_rate=1, answer_delay_s=[10_000_000, 10_000_000])
    filing = await stack.family()
    code = await stack.file(filing)
    await stack.accept(code)
    view = await stack.until(code, lambda v: leg(v, "personal_id")["state"] == "pending")
    handle = stack.client.get_workflow_handle(f"birth/{code}")
    due = instant(leg(view, "civil_status")["due_at"])
    skipper = TimeSkipper(stack.client)
    wait = due - instant(view["filed_at"]) - timedelta(minutes=59)
    assert await skipper.fast_forward(handle, wait)
    await stack.sign(code)
    granted = lambda v: {leg(v, kind)["state"] for kind in ("residence", "health_card")} == {"granted"}  # noqa: E731
    view = await stack.until(code, granted)
    assert view["stage"] == "in_progress"
    assert await published_at(stack, code, 1) <= due
    assert await skipper.fast_forward(handle, WEEKS)
    assert await stack.answer_now("population", code) == 1
    await stack.sign(code)
    view = await stack.stage(code, "returned")
    assert [(d["version"], d["state"]) for d in view["documents"]] == [(1, "superseded"), (2, "published")]
    assert await published_at(stack, code, 2) - await published_at(stack, code, 1) >= WEEKS - timedelta(hours=1)
    held = await versions_held(stack, code, filing["applicant"]["personal_id"])
    assert all(sorted(set(versions)) == [1, 2] for versions in held.values()), held
