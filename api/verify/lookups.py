"""How often one address may ask: ids cannot be guessed, and whoever tries is slowed down."""

import time
from collections import Counter
from collections.abc import Callable

MOST, WINDOW_S = 30, 60.0


class Lookups:
    """Counts by address, a minute at a time."""

    def __init__(self, most: int = MOST, window: float = WINDOW_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._minute = -1
        self._asked: Counter[str] = Counter()

    def admit(self, address: str) -> bool:
        """Whether this address may ask once more now."""
        minute = int(self._clock() / self._window)
        if minute != self._minute:
            self._minute, self._asked = minute, Counter()
        self._asked[address] += 1
        return self._asked[address] <= self._most
