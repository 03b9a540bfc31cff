"""Support and approver at work on one case, over HTTP."""

import asyncio
import base64
from functools import partial
from typing import Any

import httpx
from sqlalchemy import select

from records.tables.base import core
from records.tables.support import Unmasking
from tests.e2e.asking import eventually
from tests.stack import Stack
from workers.rooms import Rooms

PAPER = {"name": "van-ban.pdf", "content_base64": base64.b64encode(b"%PDF-1.4 cong an phuong").decode()}
WHY = "đã trao đổi với cơ quan"
UNDER_WAY = {"approved", "doing"}
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
    answer = await stack.surely(f"/v1/dossiers/{code}/acts/preview", {"act": act, **where}, "support")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def calls(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a preview says of each call: its key without the dossier, whether it goes out, and how it stands there."""
    return [
        (each["key"].split(":", 1)[1], each["goes_out"], each["standing"], each["meaning"]) for each in told["calls"]
    ]


async def asked(stack: Stack, code: str, act: str, **more: Any) -> httpx.Response:
    return await stack.surely(f"/v1/dossiers/{code}/acts", {"act": act, "reason": WHY, **more}, "support")


async def done(stack: Stack, code: str, act: str, **more: Any) -> dict[str, Any]:
    """The act once it was carried out, or waits for a second person: the answer itself waits five seconds at most."""
    answer = await asked(stack, code, act, **more)
    assert answer.status_code == 202, answer.text
    return await carried_out(stack, answer)


async def carried_out(stack: Stack, answer: httpx.Response) -> dict[str, Any]:
    """The act of this answer once it is under way no more."""
    path = f"/v1/acts/{answer.json()['id']}"

    async def act() -> dict[str, Any]:
        found: dict[str, Any] = (await stack.get(path)).json()
        return found

    return await eventually(act, lambda found: found["state"] not in UNDER_WAY)


async def approved(stack: Stack, act: dict[str, Any], role: str = "approver", **other: Any) -> httpx.Response:
    body = {"decision": "approve", "reason": "đã đối chiếu", "asked_hash": act["asked_hash"], **other}
    return await stack.surely(f"/v1/acts/{act['id']}/approval", body, role)


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


async def noticed(stack: Stack, *codes: str) -> None:
    """These are on the list of stuck cases: the watchdog has come by."""

    async def listed(code: str) -> list[Any]:
        found: list[Any] = (await stack.get("/v1/stuck", params={"dossier": code})).json()["items"]
        return found

    for code in codes:
        await eventually(partial(listed, code), len)


async def who_looked(stack: Stack, code: str) -> list[str]:
    """By whose reason personal data of this dossier was shown."""
    rooms, table = Rooms.open(stack.settings), core(Unmasking)
    wanted = select(table.c.by).where(table.c.dossier == code)
    found = await rooms.database.read(lambda connection: connection.execute(wanted).scalars().all())
    await rooms.close()
    return list(found)


async def given(stack: Stack, agency: str, code: str) -> dict[str, Any]:
    """The result that the agency gave."""
    [row] = [row for row in await stack.ledger(agency, code) if row["dossier"] == code]
    found: dict[str, Any] = row["result"]
    return found


async def standing_at(stack: Stack, agency: str, code: str) -> list[str]:
    """The keys of what the agency really did, without the dossier."""
    return [row["idempotency_key"].split(":", 1)[1] for row in await stack.ledger(agency, code)]
