"""What several end-to-end tests say alike: families, decisions, and how a problem is read."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from cli.families import Family, family
from cli.legal_time import today
from tests.stack import OFFICE, Stack

OTHER_OFFICE = "00008"
"""In the register, but none of the sample clerk's."""
T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], wanted: Callable[[T], Any], patience: float = 30) -> T:
    """What one sees, as soon as it is as wanted; fails with what was seen last when that takes too long."""
    seen: T | None = None
    try:
        async with asyncio.timeout(patience):
            while True:
                seen = await look()
                if wanted(seen):
                    return seen
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never came: {seen}") from None


def problem(answer: httpx.Response, status: int, name: str = "invalid") -> dict[str, Any]:
    """The answer, which must be this problem, told as RFC 9457 says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["type"] == f"urn:lienthong:problem:{name}"
    assert (told["status"], told["instance"]) == (status, answer.request.url.path)
    return told


def pointers(answer: httpx.Response, status: int = 422, name: str = "invalid") -> set[str]:
    """The fields that the problem names."""
    return {each["pointer"] for each in problem(answer, status, name)["errors"]}


def a_family(office: str = OFFICE) -> Family:
    return family("V-B01", office, today())


async def filed_at(stack: Stack, office: str) -> str:
    """A dossier of a new family at an office."""
    new = a_family(office)
    await stack.register(new)
    return await stack.file(new.filing)


def a_paper(kind: str = "marriage-certificate", content: bytes = b"%PDF-1.4\n%%EOF\n") -> dict[str, str]:
    return {
        "kind": kind,
        "name": "giấy tờ.pdf",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }


async def review(stack: Stack, task: dict[str, Any], key: str | None = None, **decision: Any) -> httpx.Response:
    """What the clerk decides on a review task."""
    return await stack.surely(f"/v1/tasks/{task['id']}/review", decision, "clerk", key=key)


async def reject(stack: Stack, code: str) -> dict[str, Any]:
    """The clerk rejects with the first reason that the law lists; the view afterwards."""
    task = await stack.task(code, "review")
    answer = await review(stack, task, decision="reject", reason=task["choices"]["reasons"][0])
    assert answer.status_code == 200, answer.text
    return await stack.stage(code, "rejected")


async def ask_for_papers(stack: Stack, code: str) -> dict[str, Any]:
    """The clerk asks for the first listed paper; the supplement request as the portal sees it."""
    task = await stack.task(code, "review")
    papers = task["choices"]["papers"][:1]
    answer = await review(stack, task, decision="supplement", reason="Xin bổ sung giấy tờ", documents=papers)
    assert answer.status_code == 200, answer.text
    asked: dict[str, Any] = (await stack.view(code, "portal"))["supplement"]
    return asked


async def journal(stack: Stack, code: str, role: str = "support") -> list[dict[str, Any]]:
    answer = await stack.get(f"/v1/dossiers/{code}/journal", role)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def kinds(stack: Stack, code: str) -> list[str]:
    """What happened, in order, by name."""
    return [entry["kind"] for entry in await journal(stack, code)]


async def paid(stack: Stack, agency: str, code: str) -> list[str]:
    """The benefits that an agency has paid for a dossier."""
    return [
        row["effect"][len("pay_") :] for row in await stack.ledger(agency, code) if row["effect"].startswith("pay_")
    ]
