"""Support and approver at work on one case, over HTTP."""

import asyncio
import base64
from typing import Any

import httpx

from tests.stack import Stack

PAPER = {"name": "van-ban.pdf", "content_base64": base64.b64encode(b"%PDF-1.4 cong an phuong").decode()}
WHY = "đã trao đổi với cơ quan"
AGENCIES = (
    *("civil-status", "population", "residence", "social-insurance", "labour"),
    *("vneid", "one-stop", "health-facility"),
)


async def signed(stack: Stack) -> str:
    """A birth at which the agencies after the signature are at work."""
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    return code


async def previewed(stack: Stack, code: str, act: str, **where: Any) -> dict[str, Any]:
    answer = await stack.post(f"/v1/dossiers/{code}/acts/preview", {"act": act, **where}, "support")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def calls(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a preview says of each call: its key without the dossier, whether it goes out, and how it stands there."""
    return [
        (each["key"].split(":", 1)[1], each["goes_out"], each["standing"], each["meaning"]) for each in told["calls"]
    ]


async def asked(stack: Stack, code: str, act: str, **more: Any) -> httpx.Response:
    return await stack.post(f"/v1/dossiers/{code}/acts", {"act": act, "reason": WHY, **more}, "support")


async def done(stack: Stack, code: str, act: str, **more: Any) -> dict[str, Any]:
    answer = await asked(stack, code, act, **more)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def approved(stack: Stack, act: dict[str, Any], role: str = "approver", **other: Any) -> httpx.Response:
    body = {"decision": "approve", "reason": "đã đối chiếu", "asked_hash": act["asked_hash"], **other}
    return await stack.post(f"/v1/acts/{act['id']}/approval", body, role)


async def settled(stack: Stack, act: dict[str, Any], state: str = "verified", patience: float = 40) -> dict[str, Any]:
    """The act once it is so."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(patience):
            while found.get("state") != state:
                found = (await stack.get(f"/v1/acts/{act['id']}")).json()
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never came: {found}") from None
    return found


async def looked(stack: Stack, code: str, role: str = "support") -> None:
    """They say why they look at a dossier's personal data."""
    answer = await stack.post(f"/v1/dossiers/{code}/unmasking", {"reason": WHY}, role)
    assert answer.status_code == 200, answer.text


async def given(stack: Stack, agency: str, code: str) -> dict[str, Any]:
    """The result that the agency gave."""
    [row] = [row for row in await stack.ledger(agency, code) if row["dossier"] == code]
    found: dict[str, Any] = row["result"]
    return found


async def standing_at(stack: Stack, agency: str, code: str) -> list[str]:
    """The keys of what the agency really did, without the dossier."""
    return [row["idempotency_key"].split(":", 1)[1] for row in await stack.ledger(agency, code)]
