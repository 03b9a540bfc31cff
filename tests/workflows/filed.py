"""One family's dossier, and the hands of everybody who moves it on."""

import asyncio
import itertools
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from temporalio.client import Client, WorkflowHandle, WorkflowHistory

from contracts.agencies import Agency, Granted, Refused, Step
from contracts.documents import SignerPrepared
from contracts.dossier import (
    Channel,
    DossierState,
    Group,
    IncidentView,
    LegKind,
    LegView,
    TaskKind,
    TaskState,
    TaskView,
)
from contracts.filings import Filing
from contracts.incidents import Remedy, Resolution
from contracts.orders import HoldOrder, LegReplay, ReleaseOrder, StepAct, StepOrder
from contracts.steps import ANSWERED_BY
from contracts.tasks import (
    OPENINGS,
    Authorisation,
    CallbackAnswer,
    Decision,
    NewSigner,
    OfficeMove,
    OpeningView,
    Pace,
    Receipt,
    Review,
    Signature,
    Supplement,
    Withdrawal,
)
from orchestrator import Landing, Orchestrator, OutcomeUnknown, Reference

OFFICE = "00070"
NUMBERS = itertools.count(1)
PATIENT = Pace(retry_cap=1, first_enquiry=600, enquiry_cap=600, id_wait_cap=600)
"""Nothing happens by itself: what a test does not do stays undone."""
IMPATIENT_FOR_ANSWERS = PATIENT.model_copy(update={"first_enquiry": 0.1, "enquiry_cap": 0.1})
ASKED_AGAIN_SOON = PATIENT.model_copy(update={"retry_cap": 0.1})
IMPATIENT_FOR_THE_NUMBER = PATIENT.model_copy(update={"id_wait_cap": 0.1})


def request() -> str:
    return uuid.uuid4().hex


class Filed:
    """A dossier that can be filed, and then moved on by portal, clerk, chair, agencies and support."""

    GROUP: ClassVar[Group]
    town: Any

    def __init__(self, client: Client, towns: dict[str, Any], filing: Filing, town: Any, number: int) -> None:
        self.code = f"G22.99.08-261122-{number:06}"
        self.filing = filing
        self.town = towns[self.code] = town
        self.door = Orchestrator(client, timeout=15)
        self.name = Reference(self.GROUP, self.code)
        self.handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(self.name.workflow_id)

    # ---- portal

    async def file(self, pace: Pace = PATIENT, **changes: Any) -> OpeningView | None:
        fields: dict[str, Any] = {
            "code": self.code,
            "group": self.GROUP,
            "client": "portal",
            "channel": Channel.ONLINE,
            "office": OFFICE,
            "province": "01",
            "filed_at": datetime.now(UTC),
            "pace": pace,
            "filing": self.filing,
        }
        return await self.door.open(OPENINGS[self.GROUP](**fields | changes), request())

    async def withdraw(self, *legs: LegKind) -> Receipt:
        withdrawal = Withdrawal(reason="gia đình rút hồ sơ", legs=legs or None)
        return await self.door.withdraw(self.name, withdrawal, request())

    async def withdraw_for_sure(self) -> Receipt:
        """As portals do: with the same key for as long as the outcome is unknown."""
        withdrawal, key = Withdrawal(reason="gia đình rút hồ sơ"), request()
        while True:
            with suppress(OutcomeUnknown):
                return await self.door.withdraw(self.name, withdrawal, key)

    async def withdraw_when_signing(self, *legs: LegKind) -> None:
        """Withdraw what is not sent before there is a signed certificate."""
        await self.task(TaskKind.SIGNATURE)
        await self.withdraw(*legs)

    async def supplement(self, filing: Filing) -> Receipt:
        state = await self.until(lambda state: state.supplement)
        assert state.supplement is not None
        answer = Supplement(request=state.supplement.id, filing=filing)
        return await self.door.answer_supplement(self.name, answer, request())

    # ---- the register of offices

    async def move(self, successor: str, key: str | None = None) -> Receipt:
        """The dossier's office is merged into this one."""
        merged = OfficeMove(office=successor, reason="office-merged")
        return await self.door.move_office(self.name, merged, key or request())

    # ---- clerk and chair

    async def task(self, kind: TaskKind) -> TaskView:
        state = await self.until(lambda state: open_tasks(state, kind))
        return open_tasks(state, kind)[0]

    async def review(self, decision: Decision, **more: Any) -> Receipt:
        task = await self.task(TaskKind.REVIEW)
        review = Review(task=task.id, by="clerk-1", decision=decision, **more)
        return await self.door.review(self.name, review, request())

    async def decide(self, task: str, key: str | None = None) -> Receipt:
        """Accept under a task's id, whatever that task may be."""
        review = Review(task=task, by="clerk-1", decision=Decision.ACCEPT)
        return await self.door.review(self.name, review, key or request())

    async def accept(self) -> Receipt:
        return await self.review(Decision.ACCEPT)

    async def sign(self, by: str = "chair-1", **changes: Any) -> Receipt:
        task = await self.task(TaskKind.SIGNATURE)
        assert task.document is not None
        fields: dict[str, Any] = {
            "task": task.id,
            "by": by,
            "document_sha256": task.document.sha256,
            "method": "remote",
            "authorisation": Authorisation(credential="cred-1", token="sad"),
        }
        return await self.door.sign(self.name, Signature(**fields | changes), request())

    async def prepare_signer(self, by: str, **token: str) -> SignerPrepared:
        task = await self.task(TaskKind.SIGNATURE)
        return await self.door.prepare_signer(self.name, NewSigner(task=task.id, by=by, **token), request())

    async def walk(self, **filed: Any) -> DossierState:
        """Clerk and chair do their part; the dossier's end is waited for."""
        await self.file(**filed)
        await self.accept()
        await self.sign()
        return await self.end()

    # ---- agencies

    async def call_back(
        self,
        step: Step,
        reference: str,
        answer: Granted[Any] | Refused,
        message: str | None = None,
        agency: Agency | None = None,
    ) -> Landing:
        refused = isinstance(answer, Refused)
        said: Any = answer if isinstance(answer, Refused) else answer.result
        callback = CallbackAnswer(
            message_id=message or request(),
            dossier=self.code,
            agency=agency or ANSWERED_BY.get(step, (Agency.POPULATION,))[0],
            step=step,
            reference=reference,
            outcome="refused" if refused else "granted",
            body=said.model_dump(mode="json", exclude={"outcome"}),
        )
        return await self.door.receive(self.name, callback)

    # ---- support

    async def incident(self) -> IncidentView:
        return (await self.until(lambda state: state.incidents)).incidents[0]

    async def resolve(self, decision: Remedy, incident: str | None = None, **more: Any) -> None:
        resolution = Resolution(
            incident=incident or (await self.incident()).id,
            by="support-1",
            decision=decision,
            reason="đã kiểm tra với cơ quan",
            **more,
        )
        await self.door.resolve(self.name, resolution, request())

    async def order(self, act: StepAct, leg: LegKind | None = None, step: Step | None = None) -> Receipt:
        order = StepOrder(act=act, by="support-1", reason="theo yêu cầu của cơ quan", leg=leg, step=step)
        return await self.door.order_step(self.name, order, request())

    async def hold(self) -> Receipt:
        return await self.door.hold(self.name, HoldOrder(by="support-1", reason="chờ cơ quan xác minh"), request())

    async def release(self) -> Receipt:
        return await self.door.release(self.name, ReleaseOrder(by="support-1", reason="đã xác minh"), request())

    async def replay(self, leg: LegKind) -> Receipt:
        return await self.door.replay(
            self.name, LegReplay(leg=leg, by="support-1", reason="đã sửa ở cơ quan"), request()
        )

    # ---- reading

    @property
    def state(self) -> DossierState:
        return self.town.journal.state

    async def until(self, wanted: Any, patience: float = 15) -> DossierState:
        return await self.town.journal.until(wanted, patience)

    async def end(self) -> DossierState:
        """The state in which the dossier closed."""
        try:
            async with asyncio.timeout(20):
                await self.handle.result()
        except TimeoutError:
            raise AssertionError(f"never ended: {self.state}") from None
        return self.state

    async def history(self) -> WorkflowHistory:
        return await self.handle.fetch_history()


def open_tasks(state: DossierState, kind: TaskKind) -> list[TaskView]:
    return [task for task in state.tasks if task.kind is kind and task.state is TaskState.OPEN]


def leg(state: DossierState, kind: LegKind) -> LegView:
    return next(each for each in state.legs if each.kind is kind)
