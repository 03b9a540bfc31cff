"""A workflow that does nothing, with as many commands as a dossier has: what the engine itself costs."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHistory
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

QUEUES = 6
IN_FLIGHT = 50
PAYLOAD = "p" * 2000
"""As a declaration goes through a dossier's history."""
WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Shape:
    """How many commands of each kind, and what they left: `events`, `size` in bytes."""

    remote: int
    local: int
    updates: int
    """After the one that opens."""
    events: int
    size: int

    @classmethod
    def of(cls, history: WorkflowHistory) -> "Shape":
        """The shape of a history that was recorded."""
        kinds = Counter(event.event_type for event in history.events)
        return cls(
            remote=kinds[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED],
            local=kinds[EventType.EVENT_TYPE_MARKER_RECORDED],
            updates=max(0, kinds[EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED] - 1),
            events=len(history.events),
            size=sum(event.ByteSize() for event in history.events),
        )


@activity.defn(name="bench_nothing")
async def nothing(_: str) -> str:
    """Answer at once."""
    return "ok"


@workflow.defn(name="BenchBare")
class Bare:
    """Commands without a purpose, spread as a dossier spreads its own."""

    def __init__(self) -> None:
        self._got = 0

    @workflow.run
    async def run(self, remote: int, local: int, updates: int, queues: Sequence[str]) -> None:
        """Do them one after another; an update is waited for where it is due."""
        for step in range(max(remote, local, updates)):
            if step < local:
                await workflow.execute_local_activity(nothing, "x", start_to_close_timeout=WITHIN)
            if step < updates:
                await workflow.wait_condition(lambda due=step: self._got > due)  # type: ignore[misc]  # bound at once
            if step < remote:
                queue = queues[step % len(queues)]
                await workflow.execute_activity(nothing, PAYLOAD, task_queue=queue, start_to_close_timeout=WITHIN)

    @workflow.update
    def open(self) -> str:
        """Started."""
        return "open"

    @workflow.update
    def decide(self, _: str) -> None:
        """Somebody decided."""
        self._got += 1


@dataclass(frozen=True)
class BareRun:
    """One round: workflows a second, and the shape that each left."""

    rate: float
    shape: Shape


@asynccontextmanager
async def bare_engine(address: str, namespace: str) -> AsyncIterator["BareEngine"]:
    """Workers for bare workflows, in this process."""
    client = await Client.connect(address, namespace=namespace)
    tag = uuid4().hex[:6]
    queues = [f"bench-{tag}-{number}" for number in range(QUEUES)]
    async with AsyncExitStack() as running:
        for queue in queues:
            await running.enter_async_context(Worker(client, task_queue=queue, activities=[nothing]))
        main = Worker(client, task_queue=f"bench-{tag}", workflows=[Bare], activities=[nothing])
        await running.enter_async_context(main)
        yield BareEngine(client, f"bench-{tag}", queues)


@dataclass
class BareEngine:
    """Runs rounds of bare workflows."""

    client: Client
    queue: str
    queues: list[str]

    async def shape(self, workflow_id: str) -> Shape:
        """The shape of any workflow here."""
        return Shape.of(await self.client.get_workflow_handle(workflow_id).fetch_history())

    async def round(self, shape: Shape, count: int) -> BareRun:
        """Run so many, as fast as they go."""
        free = asyncio.Semaphore(IN_FLIGHT)
        began = time.monotonic()
        tag = uuid4().hex[:8]
        await asyncio.gather(*(self._one(f"{tag}-{number}", shape, free) for number in range(count)))
        rate = count / (time.monotonic() - began)
        return BareRun(rate, await self.shape(f"{tag}-0"))

    async def _one(self, name: str, shape: Shape, free: asyncio.Semaphore) -> None:
        async with free:
            start = WithStartWorkflowOperation(
                Bare.run,
                args=[shape.remote, shape.local, shape.updates, self.queues],
                id=name,
                task_queue=self.queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
            await self.client.execute_update_with_start_workflow(Bare.open, start_workflow_operation=start)
            handle = self.client.get_workflow_handle(name)
            for _ in range(shape.updates):
                await handle.execute_update(Bare.decide, PAYLOAD)
            await handle.result()
