"""The breaker: an agency without any success for ten seconds has its queue held, is probed, and let go at once.

Without it every waiting step would knock at a dead agency by itself; with it one probe does.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import UpdateTaskQueueConfigRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contracts import queues
from contracts.agencies import Agency

LOOK_S = 0.5
REASON = "breaker"
log = structlog.get_logger()


@dataclass
class Pulse:
    """When an agency was last heard, and since when it only fails."""

    failing_since: float | None = None
    held: bool = False
    probed: float = 0.0


class Breaker:
    """Hears of every answer and every failure; decides for this process's agencies."""

    def __init__(
        self,
        client: Client,
        probes: Mapping[Agency, Callable[[], Awaitable[bool]]],
        *,
        opens_after: float,
        probes_every: float,
    ) -> None:
        self._client = client
        self._probes = probes
        self._opens_after = opens_after
        self._probes_every = probes_every
        self._pulses = {agency: Pulse() for agency in Agency}

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
        for agency in self._probes:
            while not await self._set(agency, rate=None):  # noqa: ASYNC110  # another process decides
                await asyncio.sleep(LOOK_S)
        while True:
            await asyncio.sleep(LOOK_S)
            for agency, probe in self._probes.items():
                await self._judge(agency, probe)

    async def _judge(self, agency: Agency, probe: Callable[[], Awaitable[bool]]) -> None:
        pulse, now = self._pulses[agency], time.monotonic()
        if pulse.held:
            if now - pulse.probed >= self._probes_every:
                pulse.probed = now
                if not await probe():
                    await self._set(agency, rate=0.0)  # another process may have let it go when it started
                elif await self._set(agency, rate=None):
                    pulse.held, pulse.failing_since = False, None
                    log.info("agency_released", agency=agency)
            return
        hopeless = pulse.failing_since is not None and now - pulse.failing_since >= self._opens_after
        if hopeless and await self._set(agency, rate=0.0):
            pulse.held, pulse.probed = True, now
            log.warning("agency_held", agency=agency)

    async def _set(self, agency: Agency, rate: float | None) -> bool:
        update = UpdateTaskQueueConfigRequest.RateLimitUpdate(
            rate_limit=RateLimit(requests_per_second=rate) if rate is not None else None, reason=REASON
        )
        request = UpdateTaskQueueConfigRequest(
            namespace=self._client.namespace,
            identity=REASON,
            task_queue=queues.of(agency),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            update_queue_rate_limit=update,
        )
        try:
            await self._client.workflow_service.update_task_queue_config(request)
        except RPCError:
            return False  # the engine is away: decided again at the next look
        return True
