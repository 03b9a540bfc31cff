"""The operator's command beside a running stack, copies of the product with a change, and an engine that forgets."""

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError, RPCStatusCode

from tests.e2e.asking import eventually
from tests.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
FORGETS_WITHIN_S = 100.0
"""The engine deletes nothing before it has noted, twice a minute, how far it is."""
ROOMS = (
    "contracts",
    "policy",
    "workflows",
    "activities",
    "adapters",
    "documents",
    "records",
    "runtime",
    "workers",
    "cli",
)


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


async def lienthong(stack: Stack, *arguments: str, root: Path = ROOT) -> Said:
    """Run a command as an operator does, by the code that lies at `root`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        cwd=root,
        env={**os.environ, **environment(stack), "PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


def environment(stack: Stack) -> dict[str, str]:
    """The settings of a running stack, for another process."""
    given = stack.settings
    told = {name: getattr(given, name) for name in given.model_fields_set}
    return {f"LIENTHONG_{name.upper()}": str(value) for name, value in told.items() if value is not None}


def copied(to: Path, room: str, before: str, after: str) -> Path:
    """A copy of the product in which one text is another."""
    for each in ROOMS:
        shutil.copytree(ROOT / each, to / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "orchestrator.py", to)
    source = (to / room).read_text(encoding="utf-8")
    assert source.count(before) == 1, "the text to change stands there once"
    (to / room).write_text(source.replace(before, after), encoding="utf-8")
    return to


async def forgotten(stack: Stack, workflow_id: str) -> None:
    """As at the end of the engine's retention: it has ended, and is gone."""
    dossier = stack.client.get_workflow_handle(workflow_id)
    await dossier.result()
    gone = DeleteWorkflowExecutionRequest(
        namespace=stack.client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
    )
    await stack.client.workflow_service.delete_workflow_execution(gone)

    async def known() -> bool:
        try:
            await dossier.describe()
        except RPCError as err:
            return err.status is not RPCStatusCode.NOT_FOUND
        return True

    await eventually(known, lambda there: not there, FORGETS_WITHIN_S)
