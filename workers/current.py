"""Making this process's version the current one, and the couriers that always run."""

import asyncio

from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion, WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.courier import Route
from contracts import queues
from runtime.settings import Settings
from workers.wiring import COURIERS
from workflows.courier import Courier, courier_id

LOOK_S = 0.1
NOT_YET = {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.RESOURCE_EXHAUSTED}


async def become_current(client: Client, version: WorkerDeploymentVersion, *, careful: bool) -> None:
    """Wait until the server has seen our pollers, then route new workflow tasks to our version.

    `careful`: not where a version made later than ours is current, so that an old container which is started again
    during a roll-out takes nothing back.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=version.deployment_name,
        build_id=version.build_id,
        identity="workers",
        ignore_missing_task_queues=True,
    )
    while not await _current(client, version):
        if careful and await _superseded(client, version):
            return
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as err:
            if err.status not in NOT_YET:
                raise
        await asyncio.sleep(LOOK_S)


async def _superseded(client: Client, version: WorkerDeploymentVersion) -> bool:
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=version.deployment_name)
    try:
        found = (await client.workflow_service.describe_worker_deployment(request)).worker_deployment_info
    except RPCError as err:
        if err.status not in NOT_YET:
            raise
        return False
    made = {each.deployment_version.build_id: each.create_time.ToDatetime() for each in found.version_summaries}
    now = found.routing_config.current_deployment_version.build_id
    return now in made and version.build_id in made and made[now] > made[version.build_id]


async def _current(client: Client, version: WorkerDeploymentVersion) -> bool:
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=version.deployment_name)
    try:
        found = await client.workflow_service.describe_worker_deployment(request)
    except RPCError as err:
        if err.status not in NOT_YET:
            raise
        return False
    now = found.worker_deployment_info.routing_config.current_deployment_version
    return bool(now.build_id == version.build_id)


async def start_couriers(client: Client, settings: Settings) -> None:
    """One courier a recipient, for good; starting one that runs changes nothing."""
    for partner in COURIERS:
        await client.start_workflow(
            Courier.run,
            Route(partner=partner, retry_cap=settings.retry_cap),
            id=courier_id(partner),
            task_queue=queues.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
