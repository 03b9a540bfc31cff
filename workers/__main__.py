"""`python -m workers`: the workers of one process; `python -m workers bootstrap`: make an installation ready."""

import asyncio
import contextlib
import signal
import sys
from datetime import timedelta

import structlog
import uvloop
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from contracts import queues
from orchestrator import Orchestrator
from records.feed import Standings
from records.journal import JournalStore
from records.support.switches import Switches
from runtime import logs
from runtime.settings import Settings
from runtime.task_queues import TaskQueues
from runtime.temporal import DEPLOYMENT, DossierPlugin, connect
from workers.acting import Acting
from workers.archivist import Archivist
from workers.bootstrap import bootstrap
from workers.breaker import Breaker
from workers.build import build_id
from workers.current import become_current, start_couriers
from workers.differences import Differences
from workers.failures import FailureLog
from workers.lost_turns import LostTurns
from workers.mergers import Mergers
from workers.reconciling import ReconciliationRelay, keep_schedules, reconciliation_activities
from workers.relay import Relay
from workers.replaying import ReplayRelay, replay_activities
from workers.rooms import Rooms
from workers.verifier import Verifier
from workers.watchdog import Watchdog
from workers.wiring import (
    agency_activities,
    document_activities,
    probes,
    served,
    webhook_activities,
    workflow_activities,
)
from workflows.courier import Courier
from workflows.parking import ParkingInterceptor
from workflows.previews import Preview
from workflows.procedures import PROCEDURES
from workflows.reconciliation import Reconciliation
from workflows.replays import ReplayRun

GRACE = timedelta(seconds=5)
TURNS = 16
"""Turns of dossiers in hand at once, and as many of their local steps. What waits for its turn costs nothing; a hundred
turns begun together on two cores all take longer than the engine waits, are begun again, and none ends."""
WAITING_DOCUMENTS = 100
"""Signatures take their turn in the engine, one a dossier; a seal that waits for its signer costs nothing."""
RECONCILING = 2
"""Pages compared at once: nobody waits for them."""
log = structlog.get_logger()


def workers(rooms: Rooms, client: Client, breaker: Breaker, version: WorkerDeploymentVersion) -> list[Worker]:
    """One worker a queue of this process's groups."""
    groups, agencies = served(rooms.settings.worker_groups)
    found = [
        Worker(
            client,
            task_queue=queues.of(agency),
            activities=agency_activities(rooms, agency, breaker),
            max_concurrent_activities=50,
            graceful_shutdown_timeout=GRACE,
        )
        for agency in agencies
    ]
    if "delivery" in groups:
        found.append(
            Worker(
                client,
                task_queue=queues.WEBHOOKS,
                activities=webhook_activities(rooms),
                graceful_shutdown_timeout=GRACE,
            )
        )
    if "documents" in groups:
        found.append(
            Worker(
                client,
                task_queue=queues.DOCUMENTS,
                activities=document_activities(rooms),
                max_concurrent_activities=WAITING_DOCUMENTS,
                graceful_shutdown_timeout=GRACE,
            )
        )
    if "workflows" in groups:
        found += _workflow_workers(rooms, client, version)
    return found


def _workflow_workers(rooms: Rooms, client: Client, version: WorkerDeploymentVersion) -> list[Worker]:
    here = workflow_activities(rooms)
    drafting = document_activities(rooms)  # a draft is made within the turn; the documents' queue is its second way
    versioned = WorkerDeploymentConfig(
        version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE
    )
    dossiers = Worker(
        client,
        task_queue=queues.WORKFLOWS,
        workflows=[*PROCEDURES.values(), Courier, Preview, ReplayRun, Reconciliation],
        activities=[*here, *drafting],
        deployment_config=versioned,
        max_cached_workflows=3000,
        max_concurrent_workflow_tasks=TURNS,
        max_concurrent_local_activities=TURNS,
        graceful_shutdown_timeout=GRACE,
    )
    journal = Worker(client, task_queue=queues.JOURNAL, activities=here, graceful_shutdown_timeout=GRACE)
    replays = Worker(
        client,
        task_queue=queues.REPLAYS,
        activities=replay_activities(rooms, client),
        graceful_shutdown_timeout=GRACE,
    )
    reconciling = Worker(
        client,
        task_queue=queues.RECONCILIATION,
        activities=reconciliation_activities(rooms),
        max_concurrent_activities=RECONCILING,
        graceful_shutdown_timeout=GRACE,
    )
    return [dossiers, journal, replays, reconciling]


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run this process's workers and what helps them until told to stop."""
    rooms = Rooms.open(settings)
    client = await connect(settings, DossierPlugin(rooms.keys, [ParkingInterceptor(), FailureLog()], sandboxed=False))
    groups, agencies = served(settings.worker_groups)
    version = WorkerDeploymentVersion(DEPLOYMENT, build_id())
    breaker = Breaker(
        TaskQueues(client),
        Switches(rooms.database, rooms.keys),
        probes(rooms, agencies),
        opens_after=settings.breaker_opens_after,
        probes_every=settings.breaker_probes_every,
    )
    async with contextlib.AsyncExitStack() as running:
        running.push_async_callback(rooms.close)
        for worker in workers(rooms, client, breaker, version):
            await running.enter_async_context(worker)
        beside = [asyncio.create_task(breaker.watch())]
        if "workflows" in groups:
            await become_current(client, version, careful=settings.environment != "local")
            await start_couriers(client, settings)
            await keep_schedules(client, settings)
            beside += _helpers(rooms, client, Orchestrator(client, settings.update_timeout))
        running.push_async_callback(_end, beside)
        log.info("workers_ready", groups=sorted(groups), build=version.build_id)
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopping, *beside], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            task.result()  # a helper that ended by itself is a bug: let the process die and be started again


def _helpers(rooms: Rooms, client: Client, orchestrator: Orchestrator) -> list[asyncio.Task[None]]:
    """What goes on beside the dossiers' own turns."""
    relay = Relay(orchestrator, rooms.claims(), rooms.inbox(), rooms.queries())
    lost_turns = LostTurns(client, Standings(rooms.database), JournalStore(rooms.database, rooms.keys))
    differences, mergers = Differences.of(rooms, orchestrator), Mergers.of(rooms, orchestrator)
    watchdog, archivist = Watchdog.of(rooms, client), Archivist.of(rooms, client)
    acting, verifier = Acting.of(rooms, orchestrator), Verifier.of(rooms, orchestrator)
    replays, reconciling = ReplayRelay.of(rooms, orchestrator), ReconciliationRelay.of(rooms, client)
    beside = (relay, lost_turns, differences, mergers, watchdog, archivist, acting, verifier, replays, reconciling)
    return [asyncio.create_task(each.run()) for each in beside]


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def prepare(settings: Settings) -> None:
    """One-shot: make the installation ready."""
    rooms = Rooms.open(settings)
    try:
        await bootstrap(rooms, await connect(settings, DossierPlugin(rooms.keys)))
    finally:
        await rooms.close()


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    await serve(settings, stop)


def main() -> None:
    """The process."""
    settings = Settings()
    once = sys.argv[1:] == ["bootstrap"]
    logs.configure("bootstrap" if once else "workers", settings.log_level)
    uvloop.run(prepare(settings) if once else run(settings))


if __name__ == "__main__":
    main()
