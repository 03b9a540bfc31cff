"""Who signs goes first: the seals of a batch are put on when its signer pauses, not between two of the signatures."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE_S = 0.3
"""Longer than a batch takes from one signature to the next."""
AT_MOST_S = 15.0
"""So long does a seal wait for its signer, whatever they do."""
LOOK_S = 0.05


class Precedence:
    """Within one process; elsewhere nobody waits for anybody."""

    def __init__(self) -> None:
        self._signing: Counter[str] = Counter()
        self._signed: dict[str, float] = {}

    @contextmanager
    def signing(self, person: str) -> Iterator[None]:
        """Their signature is being put on."""
        self._signing[person] += 1
        try:
            yield
        finally:
            self._signing[person] -= 1
            self._signed[person] = time.monotonic()

    async def turn(self, person: str) -> None:
        """Return when the signer of what is to be sealed has paused."""
        ends = time.monotonic() + AT_MOST_S
        while time.monotonic() < ends and self._busy(person):  # noqa: ASYNC110  # a pause is the absence of an event
            await asyncio.sleep(LOOK_S)
        if not self._busy(person):
            self._signed.pop(person, None)

    def _busy(self, person: str) -> bool:
        return self._signing[person] > 0 or time.monotonic() - self._signed.get(person, 0.0) < PAUSE_S
