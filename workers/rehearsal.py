"""Rehearsal: recorded histories run against the installed code, which asks nobody and changes nothing."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from temporalio.client import Client, WorkflowHistory
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, WorkflowReplayResult

from contracts.dossier import Group
from orchestrator import DossierUnknown, Reference
from records.keys import KeyUnknown, StoredKeys
from records.support.archive import Archive
from runtime.converter import data_converter
from runtime.temporal import DossierPlugin
from workers.misfit import Heard, Listening, Misfit, misfit
from workers.rooms import Rooms
from workflows.parking import ParkingInterceptor
from workflows.procedures import PROCEDURES, defined_name

TALKATIVE = [logging.getLogger(f"temporalio.worker.{each}") for each in ("_workflow", "_workflow_instance")]


class Source(StrEnum):
    """Where a history was found."""

    ENGINE = "engine"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Outcome:
    """How one dossier fared; `misfit` none: it fits. `erased`: its key was destroyed, nobody reads it any more."""

    code: str
    source: Source
    events: int
    misfit: Misfit | None = None
    erased: bool = False


class Rehearsal:
    """Read-only: one dossier, or all that are open."""

    def __init__(self, client: Client, keys: StoredKeys, archive: Archive) -> None:
        self._client = client
        self._keys = keys
        self._archive = archive
        self._converter = data_converter(keys)

    @classmethod
    def of(cls, rooms: Rooms, client: Client) -> "Rehearsal":
        """In a process's rooms."""
        return cls(client, rooms.keys, Archive(rooms.database))

    async def one(self, group: Group, code: str) -> Outcome:
        """A dossier, open or closed. Raises `DossierUnknown` where neither engine nor archive has its history."""
        history, source = await self._found(Reference(group, code).workflow_id, code)
        if not await self._readable(code):
            return Outcome(code, source, len(history.events), erased=True)
        listening = Listening()
        async with _replayed(self._keys, listening, _only(history)) as results:
            async for result in results:
                return await self._outcome(result, source, listening)
        raise AssertionError("one history has one outcome")

    async def open(self, group: Group | None = None, limit: int | None = None) -> AsyncIterator[Outcome]:
        """All open dossiers, one at a time, as the engine lists them."""
        listening, erased = Listening(), list[Outcome]()
        async with _replayed(self._keys, listening, self._histories(group, limit, erased)) as results:
            async for result in results:
                while erased:
                    yield erased.pop()
                yield await self._outcome(result, Source.ENGINE, listening)
        for each in erased:
            yield each

    async def _histories(
        self, group: Group | None, limit: int | None, erased: list[Outcome]
    ) -> AsyncIterator[WorkflowHistory]:
        kinds = ", ".join(f"'{defined_name(each)}'" for each in PROCEDURES.values())
        wanted = f"ExecutionStatus = 'Running' AND WorkflowType IN ({kinds})"
        if group is not None:
            wanted += f" AND WorkflowId STARTS_WITH '{group}/'"
        async for listed in self._client.list_workflows(wanted, limit=limit):
            history = await self._from_engine(listed.id)
            if history is None or not _begun(history):
                continue  # gone meanwhile; or no turn of it has been taken, and any code fits
            code = listed.id.partition("/")[2]
            if await self._readable(code):
                yield history
            else:
                erased.append(Outcome(code, Source.ENGINE, len(history.events), erased=True))

    async def _outcome(self, result: WorkflowReplayResult, source: Source, listening: Listening) -> Outcome:
        history, failure = result.history, result.replay_failure
        heard = listening.heard.pop(history.run_id, Heard())
        events, code = history.events, history.workflow_id.partition("/")[2]
        trouble = await misfit(events, heard, str(failure), self._converter) if failure else None
        return Outcome(code, source, len(events), trouble)

    async def _found(self, workflow_id: str, code: str) -> tuple[WorkflowHistory, Source]:
        history = await self._from_engine(workflow_id)
        if history is not None:
            return history, Source.ENGINE
        kept = await self._archive.history(code)
        if kept is None:
            raise DossierUnknown("neither the engine nor the archive has its history")
        return WorkflowHistory.from_json(workflow_id, kept), Source.ARCHIVE

    async def _from_engine(self, workflow_id: str) -> WorkflowHistory | None:
        try:
            return await self._client.get_workflow_handle(workflow_id).fetch_history()
        except RPCError as err:
            if err.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None

    async def _readable(self, code: str) -> bool:
        try:
            await self._keys.key_for(code)
        except KeyUnknown:
            return False
        return True


@asynccontextmanager
async def _replayed(
    keys: StoredKeys, listening: Listening, histories: AsyncIterator[WorkflowHistory]
) -> AsyncIterator[AsyncIterator[WorkflowReplayResult]]:
    """As the product's workers run dossiers; what the engine's library logs of a misfit may hold what people wrote."""
    replayer = Replayer(
        workflows=list(PROCEDURES.values()),
        plugins=[DossierPlugin(keys, [ParkingInterceptor(), listening], sandboxed=False)],
        runtime=Runtime(telemetry=TelemetryConfig(logging=None, metrics=None)),
    )
    with _silenced():
        async with replayer.workflow_replay_iterator(histories) as results:
            yield results


@contextmanager
def _silenced() -> Iterator[None]:
    before = [log.disabled for log in TALKATIVE]
    try:
        for log in TALKATIVE:
            log.disabled = True
        yield
    finally:
        for log, was in zip(TALKATIVE, before, strict=True):
            log.disabled = was


async def _only(history: WorkflowHistory) -> AsyncIterator[WorkflowHistory]:
    yield history


def _begun(history: WorkflowHistory) -> bool:
    return any(event.HasField("workflow_task_completed_event_attributes") for event in history.events)
