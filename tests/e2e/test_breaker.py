"""An agency without any success has its queue held, is probed, and let go on its first success."""

import asyncio
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from tests.stack import Stack, leg, running


async def held(stack: Stack, agency: str) -> bool:
    """Is the agency's queue at rate 0?"""
    request = DescribeTaskQueueRequest(
        namespace=stack.client.namespace,
        task_queue=TaskQueue(name=f"agency.{agency}"),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        report_config=True,
    )
    config = (await stack.client.workflow_service.describe_task_queue(request)).config.queue_rate_limit
    return config.HasField("rate_limit") and config.rate_limit.requests_per_second == 0


async def until_held(stack: Stack, agency: str, *, wanted: bool) -> None:
    async with asyncio.timeout(30):
        while await held(stack, agency) is not wanted:
            await asyncio.sleep(0.1)


@pytest.mark.timeout(120)
async def test_a_dead_agency_is_held_and_released_and_nothing_is_lost(tmp_path: Path) -> None:
    async with running(tmp_path, breaker_opens_after=1.0, breaker_probes_every=0.5, retry_cap=1.0) as stack:
        await stack.faults("residence", down=True)
        codes = [await stack.file() for _ in range(3)]
        for code in codes:
            await stack.accept(code)
            await stack.sign(code)
        await until_held(stack, "residence", wanted=True)
        for code in codes:  # the others go on, and a held agency is no incident
            view = await stack.until(code, lambda v: leg(v, "health_card")["state"] == "granted")
            assert not view["incidents"]
        await stack.clear("residence")
        await until_held(stack, "residence", wanted=False)
        for code in codes:
            await stack.stage(code, "returned")
            assert await stack.effects("residence", code, "register_residence") == 1
