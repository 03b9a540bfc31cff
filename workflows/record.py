"""A dossier's own record: legs, tasks, documents, dates, and its journal, written once a turn."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from temporalio import workflow

from activities.journal import JournalActivities
from contracts.agencies import Agency, Refused
from contracts.base import Message
from contracts.dossier import (
    DocumentState,
    DocumentView,
    DossierState,
    IncidentView,
    LawView,
    LegKind,
    LegState,
    LegView,
    Stage,
    SupplementView,
    TaskState,
    TaskView,
)
from contracts.filings import Filing
from contracts.journal import Entry, EventKind, JournalWrite
from contracts.law import LawSnapshot
from contracts.tasks import Opening
from workflows.calls import here_or_queued

R = TypeVar("R")
CHAIN = 5
"""The longest chain of waits within one turn."""


async def settled() -> None:
    """Let everything that this turn woke go on until it waits again.

    Conditions are looked at when nothing else is ready: each round lets one more link of a chain of waits follow.
    """
    for _ in range(CHAIN):
        await workflow.wait_condition(lambda: True)


class DossierEnded(Exception):
    """The procedure ends before its last step, for a reason that the citizen is told."""

    def __init__(self, stage: Stage, reason: str, text: str | None = None, legal_basis: str | None = None) -> None:
        super().__init__("the dossier has ended")
        self.stage = stage
        self.reason = reason
        self.text = text
        self.legal_basis = legal_basis


class Record:
    """State that every procedure keeps, and the only way to change what people see of it."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        self.opening = opening
        self.filing = filing
        self.pace = opening.pace
        self.office = opening.office
        """Whose dossier it is now: an office that is merged leaves it to its successor."""
        self.law: LawSnapshot | None = None
        self.legs = {kind: LegView(kind=kind, agency=agency) for kind, agency in legs.items()}
        self.tasks: dict[str, TaskView] = {}
        self.documents: dict[tuple[str, int], DocumentView] = {}
        self.incidents: dict[str, IncidentView] = {}
        self.stage = Stage.SUBMITTED
        self.supplement: SupplementView | None = None
        self.duplicate_of: str | None = None
        self.follows: str | None = None
        self.ended: DossierEnded | None = None
        self.background: list[asyncio.Task[Any]] = []
        """Steps that go on beside the procedure; an early end cancels them."""
        self.held = False
        """Support lets nothing go out to any agency."""
        self._filing_changed = True
        self._unwritten: list[Entry] = []
        self._to_write = False
        self._noted = 0
        self._last_turn: JournalWrite | None = None
        self._turn_length = 0
        self._turn_began = opening.filed_at

    def beside(self, steps: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Let steps go on beside the procedure."""
        task = asyncio.create_task(steps)
        self.background.append(task)
        return task

    async def followed(self, steps: asyncio.Future[Any], stopped: Callable[[], bool]) -> None:
        """Return when the steps are done; stopped before, they are cancelled and have ended."""
        await workflow.wait_condition(lambda: steps.done() or stopped())
        if stopped():
            steps.cancel()
            await asyncio.gather(steps, return_exceptions=True)

    # ---- what happened

    def note(
        self, kind: EventKind, leg: LegKind | None = None, actor: str | None = None, **data: str | int | bool | None
    ) -> None:
        """Add one entry to this turn."""
        self._add(kind, leg, actor, data)
        self._to_write = True

    def note_aside(self, kind: EventKind, **data: str | int | bool | None) -> None:
        """Add an entry that nobody waits for: it is written with the next turn."""
        self._add(kind, None, None, data)

    def _add(
        self, kind: EventKind, leg: LegKind | None, actor: str | None, data: dict[str, str | int | bool | None]
    ) -> None:
        self._noted += 1
        entry = Entry(seq=self._noted, at=self.turn_began(), kind=kind, leg=leg, actor=actor, data=data)
        self._unwritten.append(entry)

    def turn_began(self) -> datetime:
        """When the engine gave this turn out: one that is made again is always given out later than the lost one.

        `workflow.now()` moves on with each step that is taken within the turn; the history's length does not.
        """
        length = workflow.info().get_current_history_length()
        if length != self._turn_length:
            self._turn_length, self._turn_began = length, workflow.now()
        return self._turn_began

    def move_leg(
        self, kind: LegKind, state: LegState, *, result: Message | None = None, refused: Refused | None = None
    ) -> None:
        """Bring a leg into a state, with its result or its reason."""
        known = self.legs[kind]
        expected = None if state.ended or state is LegState.PARKED else known.expected_by
        self.legs[kind] = known.model_copy(
            update={
                "state": state,
                "result": result.model_dump(mode="json") if result else known.result,
                "reason": refused.reason if refused else None,
                "reason_text": refused.text if refused else None,
                "legal_basis": refused.legal_basis if refused else None,
                "expected_by": expected,
            }
        )
        self.note(EventKind.LEG_CHANGED, leg=kind, state=state, reason=refused.reason if refused else None)

    def expect(self, kind: LegKind, by: datetime | None) -> None:
        """Say when the leg's next event should have come; past it, readers see it as overdue."""
        self.legs[kind] = self.legs[kind].model_copy(update={"expected_by": by})

    def enter(self, stage: Stage) -> None:
        """Bring the whole dossier into a stage."""
        self.stage = stage

    def open_task(self, task: TaskView) -> None:
        """Put a task before the people of its office."""
        self.tasks[task.id] = task
        self.note(EventKind.TASK_OPENED, task=task.id, task_kind=task.kind)

    def close_task(self, task_id: str, state: TaskState = TaskState.DONE, actor: str | None = None) -> None:
        """Take a task from the list."""
        task = self.tasks[task_id]
        self.tasks[task_id] = task.model_copy(update={"state": state})
        self.note(EventKind.TASK_CLOSED, actor=actor, task=task_id, task_kind=task.kind, state=state)

    def cancel_tasks(self) -> None:
        """Nobody has to decide anything any more."""
        for task in list(self.tasks.values()):
            if task.state in {TaskState.OPEN, TaskState.BLOCKED}:
                self.close_task(task.id, TaskState.CANCELLED)

    def keep_document(self, view: DocumentView) -> None:
        """Show a document's current state."""
        self.documents[view.kind, view.version] = view

    def supersede(self, kind: str, below: int) -> None:
        """Earlier versions stay readable, as superseded."""
        for (each, version), view in list(self.documents.items()):
            if each == kind and version < below and view.state is not DocumentState.SUPERSEDED:
                self.documents[each, version] = view.model_copy(update={"state": DocumentState.SUPERSEDED})
                self.note(EventKind.DOCUMENT_SUPERSEDED, document=view.id, version=version)

    def change_filing(self, filing: Filing) -> None:
        """The citizen supplied or corrected something."""
        self.filing = filing
        self._filing_changed = True

    # ---- what people see

    def state(self) -> DossierState:
        """The dossier as it stands now."""
        law = self.law
        return DossierState(
            code=self.opening.code,
            group=self.opening.group,
            stage=self.stage,
            held=self.held,
            channel=self.opening.channel,
            office=self.office,
            filed_at=self.opening.filed_at,
            promised_at=law.promised_at if law else None,
            law=LawView(regime=law.regime, governs_on=law.governs_on.isoformat(), pack=law.pack, articles=law.articles)
            if law
            else None,
            legs=tuple(self.legs.values()),
            tasks=tuple(self.tasks.values()),
            documents=tuple(self.documents.values()),
            incidents=tuple(self.incidents.values()),
            supplement=self.supplement,
            reason=self.ended.reason if self.ended else None,
            reason_text=self.ended.text if self.ended else None,
            duplicate_of=self.duplicate_of,
            follows=self.follows,
        )

    # ---- the journal

    async def keep_journal(self) -> None:
        """Write each turn once: one event in history, in order, without end if the database is away."""
        while True:
            await workflow.wait_condition(lambda: self._to_write)
            await settled()
            entries, self._unwritten, self._to_write = tuple(self._unwritten), [], False
            filing = self.filing if self._filing_changed else None
            self._filing_changed = False
            turn = JournalWrite(
                dossier=self.opening.code,
                epoch=workflow.info().run_id,
                client=self.opening.client,
                entries=entries,
                state=self.state(),
                filing=filing,
            )
            await here_or_queued(JournalActivities.write_journal, turn)
            self._last_turn = turn

    @property
    def _written(self) -> int:
        return self._last_turn.entries[-1].seq if self._last_turn else 0

    async def written(self) -> None:
        """Return when everything noted so far can be read."""
        noted, self._to_write = self._noted, self._to_write or bool(self._unwritten)
        await workflow.wait_condition(lambda: self._written >= noted)

    @workflow.query
    def last_turn(self) -> JournalWrite | None:
        """What was written last, with the filing, for a journal that holds more; none while a turn is being written."""
        if self._last_turn is None or self._written < self._noted - len(self._unwritten):
            return None
        return self._last_turn.model_copy(update={"filing": self.filing})
