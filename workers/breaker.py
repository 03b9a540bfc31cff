"""The breaker: an agency without any success for ten seconds has its queue held, is probed, and let go at once.

Without it every waiting step would knock at a dead agency by itself; with it one probe does. The last word has the
agency's switch: while one stands, the queue's limit is the switch's, whatever the breaker thinks.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts import queues
from contracts.agencies import Agency
from contracts.queues import LimitedBy
from records.support.switches import Setting, Switches
from runtime.task_queues import EngineAway, TaskQueues

LOOK_S = 0.5
CONFIRM_S = 2.0
"""So often a switch's limit is looked at: an engine that was started anew may have lost it."""
log = structlog.get_logger()
Probe = Callable[[], Awaitable[bool]]
Told = tuple[float | None, LimitedBy]


@dataclass
class Pulse:
    """Since when an agency only fails, whether it is given up for now, and what its queue was told last.

    `sure_until`: so long nobody needs to look whether the queue still does what it was told.
    """

    failing_since: float | None = None
    held: bool = False
    probed: float = -inf
    told: Told | None = None
    sure_until: float = -inf


class Breaker:
    """Hears of every answer and every failure; decides for this process's agencies."""

    def __init__(
        self,
        task_queues: TaskQueues,
        switches: Switches,
        probes: Mapping[Agency, Probe],
        *,
        opens_after: float,
        probes_every: float,
    ) -> None:
        self._task_queues = task_queues
        self._switches = switches
        self._probes = probes
        self._opens_after = opens_after
        self._probes_every = probes_every
        self._pulses = {agency: Pulse() for agency in Agency}
        self._settings: Mapping[Agency, Setting] | None = None

    def answered(self, agency: Agency) -> None:
        """Any answer ends a failing spell."""
        self._pulses[agency].failing_since = None

    def failed(self, agency: Agency) -> None:
        """A spell begins with its first failure."""
        pulse = self._pulses[agency]
        if pulse.failing_since is None:
            pulse.failing_since = time.monotonic()

    async def watch(self) -> None:
        """Hold, probe and release, for as long as the process runs; begins by releasing what a crash left held."""
        async with asyncio.TaskGroup() as both:  # a database that hangs keeps nobody from being held or let go
            both.create_task(self._read())
            both.create_task(self._look())

    async def _read(self) -> None:
        while True:
            with suppress(SQLAlchemyError):  # the database is away: what was read last goes on
                self._settings = await self._switches.settings(datetime.now(UTC))
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        while True:
            settings = self._settings
            if settings is not None:  # before they are known, nothing is let go that may be switched off
                for agency, probe in self._probes.items():
                    await self._decide(agency, probe, settings.get(agency))
            await asyncio.sleep(LOOK_S)

    async def _decide(self, agency: Agency, probe: Probe, setting: Setting | None) -> None:
        pulse = self._pulses[agency]
        switched = setting.rate if setting is not None and setting.stands(datetime.now(UTC)) else None
        if switched == 0:  # not even a probe goes out; afterwards old failures count no more, and it is asked at once
            pulse.failing_since, pulse.probed = None, -inf
        else:
            await self._judge(pulse, probe)
        if switched is None:
            await self._tell(agency, pulse, (0.0 if pulse.held else None, LimitedBy.BREAKER))
        else:
            await self._tell(agency, pulse, (switched, LimitedBy.SWITCH))

    async def _judge(self, pulse: Pulse, probe: Probe) -> None:
        now = time.monotonic()
        if not pulse.held:
            pulse.held = pulse.failing_since is not None and now - pulse.failing_since >= self._opens_after
            pulse.probed = now
        elif now - pulse.probed >= self._probes_every:
            pulse.probed = now
            if await probe():
                pulse.held, pulse.failing_since = False, None
            else:
                pulse.sure_until = -inf  # another process may have let it go when it started

    async def _tell(self, agency: Agency, pulse: Pulse, wanted: Told) -> None:
        rate, why = wanted
        if pulse.told == wanted and time.monotonic() < pulse.sure_until:
            return
        try:
            await self._task_queues.limit(queues.of(agency), rate, why)
        except EngineAway:
            return  # decided again at the next look
        if pulse.told != wanted:
            _say(agency, wanted, begins=pulse.told is None)
        pulse.told = wanted
        pulse.sure_until = time.monotonic() + CONFIRM_S if why is LimitedBy.SWITCH else inf


def _say(agency: Agency, told: Told, *, begins: bool) -> None:
    rate, why = told
    if why is LimitedBy.SWITCH:
        log.warning("agency_switched", agency=agency, rate=rate)
    elif rate is not None:
        log.warning("agency_held", agency=agency)
    elif not begins:
        log.info("agency_released", agency=agency)
