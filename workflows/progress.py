"""What the engine is trying for a dossier: asked for one at a time, and never at the cost of the page that shows it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client
from temporalio.service import RPCError


class Named(Protocol):
    """Whatever names a dossier to the engine."""

    workflow_id: str


@dataclass(frozen=True)
class StepProgress:
    """One call that has not succeeded yet; `attempts`: the one under way included."""

    activity: str
    queue: str
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None


class Progress:
    """The door's window on calls under way."""

    _client: Client
    _timeout: float

    async def step_progress(self, dossier: Named) -> tuple[StepProgress, ...]:
        """What is under way or will be tried again; nothing where the engine does not answer."""
        handle = self._client.get_workflow_handle(dossier.workflow_id)
        with suppress(RPCError, RuntimeError, TimeoutError):  # RuntimeError: a lazy client that never connected
            async with asyncio.timeout(self._timeout):
                described = await handle.describe(rpc_timeout=timedelta(seconds=self._timeout))
                return tuple(_progress(each) for each in described.raw_description.pending_activities)
        return ()


def _progress(told: PendingActivityInfo) -> StepProgress:
    failure = told.last_failure
    planned = told.HasField("next_attempt_schedule_time")
    return StepProgress(
        activity=told.activity_type.name,
        queue=told.activity_options.task_queue.name,
        attempts=told.attempt,
        last_failure=failure.application_failure_info.type or failure.message or None,
        next_attempt_at=told.next_attempt_schedule_time.ToDatetime(UTC) if planned else None,
    )
