"""Acts of support on one case, over HTTP: each says before what it does, does it once, and ends verified."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from tests.stack import Stack, leg

PAPER = {"name": "van-ban.pdf", "content_base64": base64.b64encode(b"%PDF-1.4 cong an phuong").decode()}
WHY = "đã trao đổi với cơ quan"
AGENCIES = ("civil-status", "population", "residence", "social-insurance", "vneid", "one-stop", "health-facility")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(stack: Stack) -> AsyncIterator[None]:
    """Every test begins and ends with agencies in normal operation."""
    yield
    await stack.clear(*AGENCIES)


async def previewed(stack: Stack, code: str, act: str, **where: Any) -> dict[str, Any]:
    answer = await stack.post(f"/v1/dossiers/{code}/acts/preview", {"act": act, **where}, "support")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def asked(stack: Stack, code: str, act: str, **more: Any) -> httpx.Response:
    return await stack.post(f"/v1/dossiers/{code}/acts", {"act": act, "reason": WHY, **more}, "support")


async def done(stack: Stack, code: str, act: str, **more: Any) -> dict[str, Any]:
    answer = await asked(stack, code, act, **more)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def approved(stack: Stack, act: dict[str, Any], **other: Any) -> httpx.Response:
    body = {"decision": "approve", "reason": "đã đối chiếu", "asked_hash": act["asked_hash"], **other}
    return await stack.post(f"/v1/acts/{act['id']}/approval", body, "approver")


async def settled(stack: Stack, act: dict[str, Any], state: str = "verified", patience: float = 30) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(patience):
            while found.get("state") != state:
                found = (await stack.get(f"/v1/acts/{act['id']}")).json()
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never came: {found}") from None
    return found


async def signed(stack: Stack) -> str:
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    return code


async def test_what_parked_is_asked_again_and_the_agency_agrees(stack: Stack) -> None:
    await stack.faults("residence", suspect_duplicate_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("residence")
    told = await previewed(stack, code, "again", incident=incident["id"])
    assert (told["cause"], told["possible"], told["second_person"]) == ("suspected-duplicate", True, False)
    [call] = told["calls"]
    assert call["key"].endswith(":register_residence:2")
    assert (call["agency"], call["standing"], call["meaning"]) == ("residence", "unknown", "sent")
    act = await done(stack, code, "again", incident=incident["id"])
    assert act["state"] in {"done", "verified"}
    await settled(stack, act)
    [row] = await stack.ledger("residence", code)
    assert row["idempotency_key"] == call["key"]
    await stack.stage(code, "returned")


async def test_a_result_obtained_outside_needs_a_second_person_and_the_agencys_own_word(stack: Stack) -> None:
    await stack.faults("residence", malformed_rate=1)
    code = await signed(stack)
    incident = await stack.incident(code)
    await stack.clear("residence")
    result = {"notice_number": "12/TB", "registered_on": "2026-11-22"}
    told = await previewed(stack, code, "record_result", leg="residence")
    assert (told["second_person"], told["evidence"]) == (True, True)
    assert [(each["goes_out"], each["standing"]) for each in told["calls"]] == [(False, "granted")]
    act = await done(stack, code, "record_result", leg="residence", result=result, evidence=PAPER)
    assert (act["state"], act["incident"]) == ("waiting", incident["id"])
    assert leg(await stack.view(code), "residence")["state"] == "parked"
    answer = await approved(stack, act)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] in {"done", "verified"}
    await settled(stack, act)
    view = await stack.stage(code, "returned")
    assert leg(view, "residence")["result"]["notice_number"] == "12/TB"
    assert await stack.effects("residence", code, "register_residence") == 1
    assert (await stack.get(f"/v1/acts/{act['id']}/evidence", "approver")).content.startswith(b"%PDF")
