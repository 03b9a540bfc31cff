"""The engine's queues of activities: how much waits in one, who fetches it, and how fast it may go out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    UpdateTaskQueueConfigRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

ACTIVITIES = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY


class EngineAway(Exception):
    """The engine did not answer, or not in time."""


@dataclass(frozen=True)
class Limit:
    """So many tasks a second at most; `reason`: whose decision it was."""

    rate: float
    reason: str
    since: datetime


@dataclass(frozen=True)
class QueueSight:
    """`backlog` and `oldest` are the engine's estimate, a few seconds old; `served`: somebody fetches."""

    backlog: int
    oldest: timedelta
    served: bool
    limit: Limit | None


class TaskQueues:
    """Reads and limits queues by their names."""

    def __init__(self, client: Client, timeout: float = 5.0) -> None:
        self._client = client
        self._timeout = timeout

    async def sight(self, queue: str) -> QueueSight:
        """How a queue stands now; raises `EngineAway`."""
        told = await self._described(queue, stats=True)
        return QueueSight(
            backlog=told.stats.approximate_backlog_count,
            oldest=told.stats.approximate_backlog_age.ToTimedelta(),
            served=bool(told.pollers),
            limit=_limit(told),
        )

    async def limit(self, queue: str, rate: float | None, reason: str) -> None:
        """Let so many tasks a second out, or (none) as many as there are; raises `EngineAway`.

        What is so already stays as it is, with the moment since when it is so.
        """
        present = _limit(await self._described(queue))
        if present is None if rate is None else present and (present.rate, present.reason) == (rate, reason):
            return
        update = UpdateTaskQueueConfigRequest.RateLimitUpdate(
            rate_limit=None if rate is None else RateLimit(requests_per_second=rate), reason=reason
        )
        request = UpdateTaskQueueConfigRequest(
            namespace=self._client.namespace,
            identity=reason,
            task_queue=queue,
            task_queue_type=ACTIVITIES,
            update_queue_rate_limit=update,
        )
        async with self._bounded():
            await self._client.workflow_service.update_task_queue_config(request)

    async def _described(self, queue: str, *, stats: bool = False) -> DescribeTaskQueueResponse:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=ACTIVITIES,
            report_config=True,
            report_stats=stats,
        )
        async with self._bounded():
            return await self._client.workflow_service.describe_task_queue(request)
        raise AssertionError("it is described, or the engine is away")

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except (TimeoutError, RPCError) as err:
            raise EngineAway("the engine did not take the call") from err
        except RuntimeError as err:
            if "connect" not in str(err):  # a lazy client's first call while the engine is away
                raise
            raise EngineAway("the engine is away") from err


def _limit(told: DescribeTaskQueueResponse) -> Limit | None:
    config = told.config.queue_rate_limit
    if not config.HasField("rate_limit"):
        return None
    since = config.metadata.update_time.ToDatetime(UTC)
    return Limit(config.rate_limit.requests_per_second, config.metadata.reason, since)
