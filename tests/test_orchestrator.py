"""The door to the engine where no engine answers."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.dossier import Channel, Group
from contracts.tasks import BirthOpening, Pace
from orchestrator import Orchestrator, OutcomeUnknown
from tests.workflows.birth import OFFICE, a_filing


def an_opening() -> BirthOpening:
    return BirthOpening(
        code="G22.99.08-261122-000001",
        group=Group.BIRTH,
        client="portal",
        channel=Channel.ONLINE,
        office=OFFICE,
        province="01",
        filed_at=datetime.now(UTC),
        pace=Pace(),
        filing=a_filing(1),
    )


@contextmanager
def silent_engine() -> Iterator[str]:
    """Something takes connections and never says a word; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


async def filed_in_vain() -> None:
    """A filing whose outcome stays unknown."""
    with silent_engine() as address:
        client = await Client.connect(address, lazy=True, data_converter=pydantic_data_converter)
        with pytest.raises(OutcomeUnknown):
            await Orchestrator(client, timeout=0.5).open(an_opening(), "a-request")


async def test_a_filing_that_the_engine_does_not_answer_is_of_unknown_outcome_and_leaves_no_error_unread() -> None:
    unread: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unread.append(context))
    try:
        await asyncio.create_task(filed_in_vain())  # what it leaves is free once the task has ended
        await asyncio.sleep(0)
        gc.collect()
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert unread == []
