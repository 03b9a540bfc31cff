"""The way to the engine: one plugin that client, worker and replayer share."""

from collections.abc import Sequence
from typing import Any

from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from runtime.converter import data_converter
from runtime.protocols import KeyStore
from runtime.settings import Settings

DEPLOYMENT = "dossiers"
PASSED_THROUGH = (
    "contracts",
    "activities",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "temporalio",
    "typing_inspection",
)
"""Deterministic modules that the sandbox need not load again for each workflow."""


def _sandbox(existing: WorkflowRunner | None) -> WorkflowRunner:
    del existing  # always ours: what passes through the sandbox must be the same in worker and replayer
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


def _plain(existing: WorkflowRunner | None) -> WorkflowRunner:
    del existing
    return UnsandboxedWorkflowRunner()


class DossierPlugin(SimplePlugin):
    """Converter, codec, interceptors and the way workflows are run, in one object.

    `sandboxed`: what a workflow must not do is refused while it runs. Tests and replays pay for that; the product's
    workers do not (docs/decisions/0010).
    """

    def __init__(self, keys: KeyStore, interceptors: Sequence[Interceptor] = (), *, sandboxed: bool = True) -> None:
        super().__init__(
            "liên thông dossiers",
            data_converter=data_converter(keys),
            interceptors=list(interceptors),
            workflow_runner=_sandbox if sandboxed else _plain,
        )


async def connect(settings: Settings, plugin: DossierPlugin, *, lazy: bool = False, **more: Any) -> Client:  # noqa: ANN401  # passed on
    """A client on our namespace; `lazy` lets a process start while the engine is down (not for workers)."""
    return await Client.connect(
        settings.temporal_address, namespace=settings.temporal_namespace, plugins=[plugin], lazy=lazy, **more
    )
