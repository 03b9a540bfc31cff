"""A filed birth becomes a registered child."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from tests.stack import Stack, leg

EFFECTS = {
    "civil-status": ["register"],
    "population": ["issue_id"],
    "residence": ["register_residence"],
    "social-insurance": ["issue_card"],
}


async def test_a_filed_birth_is_returned_with_one_effect_a_key(stack: Stack) -> None:
    code = await stack.file()
    view = await stack.walk(code)
    assert [each["state"] for each in view["legs"]] == ["granted"] * 4
    for agency, effects in EFFECTS.items():
        assert [row["effect"] for row in await stack.ledger(agency, code)] == effects
    handed = [row["idempotency_key"] for row in await stack.ledger("vneid", code)]
    assert len(handed) == len(set(handed)) == 2
    assert await stack.effects("one-stop", code, "hand_over") == 1


async def test_the_certificate_carries_the_number_and_its_bytes_are_what_the_view_says(stack: Stack) -> None:
    code = await stack.file()
    view = await stack.walk(code)
    [document] = view["documents"]
    answer = await stack.get(f"/v1/dossiers/{code}/documents/{document['id']}", "portal")
    assert hashlib.sha256(answer.content).hexdigest() == document["sha256"] == answer.headers["etag"].strip('"')
    assert document["signed"]
    assert document["signed_by"] == "chair-sample"
    assert leg(view, "personal_id")["result"]["personal_id"].startswith("001")


async def test_the_straight_birth_costs_at_most_a_hundred_events_and_fifty_kilobytes(stack: Stack) -> None:
    code = await stack.file()
    await stack.walk(code)
    history = await stack.client.get_workflow_handle(f"birth/{code}").fetch_history()
    size = sum(event.ByteSize() for event in history.events)
    print(f"straight birth: {len(history.events)} events, {size} bytes")  # the figure is asked for
    assert len(history.events) <= 100
    assert size <= 50_000


def told_of(filing: dict[str, Any]) -> list[bytes]:
    """Everything in a filing that names a person."""
    applicant, declaration = filing["applicant"], filing["declaration"]
    child, parents = declaration["child"], (declaration["mother"], declaration["father"])
    texts = [child["given_name"], applicant["phone"], declaration["residence"]["place"]["detail"]]
    texts += [parent[name] for parent in parents for name in ("full_name", "personal_id")]
    return [text.encode() for text in texts]


async def read_elsewhere(*files: Path) -> bytes:
    """Read by another process: closing such a file in this one would give up all of SQLite's locks on it (POSIX)."""
    reading = await asyncio.create_subprocess_exec("cat", *files, stdout=asyncio.subprocess.PIPE)
    content, _ = await reading.communicate()
    assert reading.returncode == 0
    return content


async def test_who_is_registered_stands_neither_in_the_history_nor_in_the_records_files(stack: Stack) -> None:
    filing = await stack.family()
    filing["declaration"]["child"]["given_name"] = "Zứxoạẵng"
    code = await stack.file(filing)
    await stack.walk(code)
    history = await stack.client.get_workflow_handle(f"birth/{code}").fetch_history()
    kept = {"history": b"".join(event.SerializeToString() for event in history.events)}
    if stack.settings.database.startswith("sqlite"):
        kept["records"] = await read_elsewhere(*stack.settings.state_dir.glob("lienthong.db*"))
    for place, content in kept.items():
        assert code.encode() in content, f"{place} was read"
        assert [text.decode() for text in told_of(filing) if text in content] == [], place
