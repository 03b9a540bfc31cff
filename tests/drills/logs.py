"""What may stand in the logs of a healthy stack, and what may not."""

import json
from collections.abc import Iterator

UNTOWARD = (
    *("Traceback (most recent call last)", "panicked at", "Unclosed ", "unclosed ", "was never retrieved"),
    *("was never awaited", "was destroyed but it is pending", "Warning: ", "Slow callback"),
)
"""Of Python, asyncio and the engine's client, wherever they stand."""
HARMLESS = ("Cannot find activity to cancel for token",)
"""The SDK's own: a local activity answered just as its turn was lost."""
EXPECTED = {"agency_held", "claim_waits"}
"""Warnings of ours that agencies' troubles bring about."""


def untoward(logs: str) -> list[str]:
    """Lines that should not be there."""
    return list(dict.fromkeys(_lines(logs)))


def _lines(logs: str) -> Iterator[str]:
    for line in logs.splitlines():
        if any(word in line for word in HARMLESS) or line.lstrip().startswith("warnings.warn("):
            continue
        if any(sign in line for sign in UNTOWARD) or _ours_is_untoward(line):
            yield line


def _ours_is_untoward(line: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:  # the engine's own form, and uvicorn's before it is told of ours
        return False
    return told.get("level", "info") not in {"debug", "info"} and told.get("event") not in EXPECTED
