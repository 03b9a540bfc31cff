"""What was closed at an office that is over stays there: clerks of its successor see that office's dossiers too."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from records.registers import Offices


class Inherited:
    """Which offices were merged into which; read anew no more often than dossiers are moved, not at each request."""

    def __init__(self, offices: Offices, fresh: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._offices = offices
        self._fresh = fresh
        self._clock = clock
        self._read: float | None = None
        self._into: Mapping[str, frozenset[str]] = {}

    async def by(self, offices: Collection[str] | None, now: datetime) -> frozenset[str]:
        """The offices that were merged into these; who is bound to none inherits none."""
        if not offices:
            return frozenset()
        if self._read is None or self._clock() - self._read >= self._fresh:
            self._into = await self._merged(now)
            self._read = self._clock()
        return frozenset[str]().union(*(self._into.get(each, ()) for each in offices))

    async def _merged(self, now: datetime) -> Mapping[str, frozenset[str]]:
        found = defaultdict[str, set[str]](set)
        for over, successor in await self._offices.merged(now):
            found[successor].add(over)
        return {successor: frozenset(over) for successor, over in found.items()}
