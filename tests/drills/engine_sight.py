"""What the engine shows to whoever may look at it and has none of our keys."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.history.v1 import MarkerRecordedEventAttributes
from temporalio.client import Client

from runtime.codec import ENCODING
from runtime.settings import Settings


async def shown(settings: Settings) -> dict[str, Any]:
    """Of every workflow: its line in lists, its description with what is failing now, its history; by place."""
    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace)
    places: dict[str, Any] = {}
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        places[f"the engine's list, {execution.id}"] = [execution.raw_info]
        places[f"the engine's description of {execution.id}"] = [(await handle.describe()).raw_description]
        places[f"the history of {execution.id}"] = list((await handle.fetch_history()).events)
    return places


def written(messages: list[Message]) -> bytes:
    """As bytes, in which names would be read."""
    return b"".join(message.SerializeToString() for message in messages)


def unsealed(messages: list[Message]) -> list[str]:
    """Payloads that anybody could open; but for what the engine, or its client, must read itself."""
    found = (each for message in messages for each in _payloads(message))
    return [repr(each) for each in found if each.metadata.get("encoding") != ENCODING]


def sealed(messages: list[Message]) -> int:
    """How many payloads nobody can open."""
    return sum(each.metadata.get("encoding") == ENCODING for message in messages for each in _payloads(message))


def _payloads(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
    elif isinstance(message, MarkerRecordedEventAttributes):  # "data" is the client's own: which activity, when
        yield from (each for name, kept in message.details.items() if name != "data" for each in _payloads(kept))
        yield from _payloads(message.failure)
    elif not isinstance(message, SearchAttributes):
        for field, value in message.ListFields():
            if field.type == field.TYPE_MESSAGE:
                yield from (found for each in _each(value) for found in _payloads(each))


def _each(value: Any) -> Iterator[Message]:
    """One message, or those of a list or a map."""
    if isinstance(value, Message):
        yield value
    elif hasattr(value, "values"):
        yield from (each for each in value.values() if isinstance(each, Message))
    else:
        yield from value
