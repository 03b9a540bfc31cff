"""The door to the engine: typed, bounded in time, the only place that names workflows to the outside.

Every call either has an effect that reads show, or raises one of contracts/refusals.py; `OutcomeUnknown` may be
repeated with the same key without harm.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from temporalio import workflow
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts import queues
from contracts.agencies import Agency
from contracts.base import Message
from contracts.documents import SignerPrepared
from contracts.dossier import Group
from contracts.followups import Order
from contracts.incidents import Resolution
from contracts.orders import HoldOrder, LegReplay, ReleaseOrder, StepOrder
from contracts.refusals import DoorError, DossierClosed, DossierUnknown, Landing, OutcomeUnknown, Refusal, TooBusy
from contracts.replays import ReplayOrder, ReplayRequest
from contracts.standings import StandingAnswer, StandingQuestion
from contracts.tasks import (
    CallbackAnswer,
    Choice,
    NewSigner,
    OfficeMove,
    Opening,
    OpeningView,
    Receipt,
    Review,
    Signature,
    Supplement,
    Withdrawal,
)
from workflows.courier import Courier, courier_id
from workflows.decisions import Deciding
from workflows.dossier import Dossier
from workflows.previews import Preview, PreviewAnswer, PreviewRequest
from workflows.procedures import PROCEDURES, defined_name
from workflows.progress import Progress
from workflows.replays import ReplayRun, replay_id
from workflows.reversible import Reversible

__all__ = [
    "DoorError",
    "DossierClosed",
    "DossierUnknown",
    "Landing",
    "Orchestrator",
    "OutcomeUnknown",
    "Reference",
    "Refusal",
    "TooBusy",
    "update_id",
]
CLOSED = ("already completed", "aborted by closing workflow")
"""How the engine says that a dossier has ended: before the call, or while the call waited for its turn."""
Q = TypeVar("Q", bound=Message)
R = TypeVar("R")


class Reference:
    """Names a dossier to the engine."""

    def __init__(self, group: Group, code: str) -> None:
        self.workflow_id = f"{group}/{code}"


def update_id(client: str, operation: str, key: str) -> str:
    """One id per (client, operation, idempotency key): the engine answers a repeat from what it stored."""
    return hashlib.sha256(f"{client}\0{operation}\0{key}".encode()).hexdigest()[:32]


class Orchestrator(Progress):
    """Opens dossiers and brings them what people, portals and agencies say."""

    def __init__(self, client: Client, timeout: float = 5.0) -> None:
        self._client = client
        self._timeout = timeout

    async def open(self, opening: Opening, request: str) -> OpeningView | None:
        """Start the dossier, or find it started; none when it has already ended."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            defined_name(PROCEDURES[type(opening)]),
            opening,
            id=Reference(opening.group, opening.code).workflow_id,
            task_queue=queues.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        try:
            async with self._bounded():
                view: OpeningView = await self._client.execute_update_with_start_workflow(
                    Dossier.open, id=request, start_workflow_operation=start, rpc_timeout=self._patience()
                )
                return view
        except (WorkflowAlreadyStartedError, DossierClosed):
            return None
        finally:
            with suppress(Exception, asyncio.CancelledError):  # read, or the loop reports it as never retrieved
                async with asyncio.timeout(0):
                    await start.workflow_handle()

    async def review(self, dossier: Reference, review: Review, request: str) -> Receipt:
        """A clerk's decision."""
        return await self._update(dossier, Dossier.review, review, request)

    async def sign(self, dossier: Reference, signature: Signature, request: str) -> Receipt:
        """The signature of the person on duty."""
        return await self._update(dossier, Dossier.sign, signature, request)

    async def decide(self, dossier: Reference, choice: Choice, request: str) -> Receipt:
        """The office's decision on what the law leaves open."""
        return await self._update(dossier, Deciding.decide, choice, request)

    async def reverse(self, dossier: Reference, order: Order, request: str) -> Receipt:
        """An office's order: the dossier stops where it stands."""
        return await self._update(dossier, Reversible.reverse, order, request)

    async def prepare_signer(self, dossier: Reference, signer: NewSigner, request: str) -> SignerPrepared:
        """Make a draft ready for one more person on duty."""
        return await self._update(dossier, Dossier.prepare_signer, signer, request)

    async def answer_supplement(self, dossier: Reference, answer: Supplement, request: str) -> Receipt:
        """The citizen's answer."""
        return await self._update(dossier, Dossier.answer_supplement, answer, request)

    async def withdraw(self, dossier: Reference, withdrawal: Withdrawal, request: str) -> Receipt:
        """The citizen withdraws."""
        return await self._update(dossier, Dossier.withdraw, withdrawal, request)

    async def move_office(self, dossier: Reference, move: OfficeMove, request: str) -> Receipt:
        """The dossier goes on at the office that its own was merged into."""
        return await self._update(dossier, Dossier.move_office, move, request)

    async def resolve(self, dossier: Reference, resolution: Resolution, request: str) -> None:
        """An operator's decision on an incident."""
        await self._update(dossier, Dossier.resolve_incident, resolution, request)

    async def parked_request(self, dossier: Reference, incident: str) -> dict[str, Any] | None:
        """What a parked step had asked; none where its incident is not open."""
        handle: WorkflowHandle[Any, Any] = self._client.get_workflow_handle(dossier.workflow_id)
        async with self._bounded():
            return await handle.query(Dossier.parked_request, incident, rpc_timeout=self._patience())
        raise AssertionError("the door either answers or raises")

    async def order_step(self, dossier: Reference, order: StepOrder, request: str) -> Receipt:
        """Ask again now, or stop a step that is under way."""
        return await self._update(dossier, Dossier.order_step, order, request)

    async def hold(self, dossier: Reference, order: HoldOrder, request: str) -> Receipt:
        """Let nothing more go out to any agency."""
        return await self._update(dossier, Dossier.hold, order, request)

    async def release(self, dossier: Reference, order: ReleaseOrder, request: str) -> Receipt:
        """Let what was held go on."""
        return await self._update(dossier, Dossier.release, order, request)

    async def replay(self, dossier: Reference, order: LegReplay, request: str) -> Receipt:
        """Do a leg that has ended once more."""
        return await self._update(dossier, Dossier.replay, order, request)

    async def start_replay(self, request: ReplayRequest) -> None:
        """Let a replay of many run, or find it started; at most once for each."""
        with suppress(WorkflowAlreadyStartedError):
            async with self._bounded():
                await self._client.start_workflow(
                    ReplayRun.run,
                    request,
                    id=replay_id(request.replay),
                    task_queue=queues.WORKFLOWS,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                )

    async def order_replay(self, replay: str, order: ReplayOrder) -> None:
        """Pause, resume, stop a replay of many, or set its rate."""
        handle: WorkflowHandle[Any, Any] = self._client.get_workflow_handle(replay_id(replay))
        async with self._bounded():
            await handle.execute_update(ReplayRun.order, order, id=order.id, rpc_timeout=self._patience())

    async def receive(self, dossier: Reference, callback: CallbackAnswer) -> Landing:
        """Bring an agency's late answer to its dossier; raises only while the engine cannot take it."""
        try:
            receipt = await self._update(
                dossier, Dossier.receive_answer, callback, f"cb-{callback.agency}-{callback.message_id}"
            )
        except DossierClosed:
            return Landing.DUPLICATE
        except DossierUnknown:
            return Landing.UNMATCHED
        except Refusal as err:
            return Landing.DUPLICATE if err.kind == "AnswerKnown" else Landing.REFUSED
        return Landing.DELIVERED if receipt is Receipt.TAKEN else Landing.DUPLICATE

    async def ask_agencies(self, questions: tuple[StandingQuestion, ...]) -> tuple[StandingAnswer | None, ...]:
        """How cases stand at their agencies; none for each of which no answer came in time."""
        preview = f"preview/{uuid4()}"
        async with self._bounded():
            told: PreviewAnswer = await self._client.execute_workflow(
                Preview.run, PreviewRequest(questions=questions), id=preview, task_queue=queues.WORKFLOWS
            )
            return told.answers
        raise AssertionError("the door either answers or raises")

    async def engine_answers(self) -> bool:
        """Is the engine there?"""
        try:
            async with self._bounded():
                return await self._client.service_client.check_health(timeout=self._patience())
        except DoorError:
            return False
        return False

    async def worker_answers(self) -> bool:
        """Does a worker of the current version handle workflows? A courier, which always runs, is asked."""
        courier = self._client.get_workflow_handle(courier_id(Agency.NOTIFICATION))
        try:
            async with self._bounded():
                return await courier.query(Courier.alive, rpc_timeout=self._patience())
        except (DoorError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return False
        return False

    async def _update(
        self, dossier: Reference, update: workflow.UpdateMethodMultiParam[[Any, Q], R], message: Q, request: str
    ) -> R:
        handle: WorkflowHandle[Any, Any] = self._client.get_workflow_handle(dossier.workflow_id)
        async with self._bounded():
            return await handle.execute_update(update, message, id=request, rpc_timeout=self._patience())
        raise AssertionError("the door either answers or raises")

    def _patience(self) -> timedelta:
        return timedelta(seconds=self._timeout)

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        """Turn the engine's ways of not answering into ours; never wait longer than was promised."""
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as err:
            raise OutcomeUnknown("the engine did not answer in time") from err
        except WorkflowUpdateFailedError as err:
            raise _refusal(err) from err
        except RPCError as err:
            raise _rpc(err) from err
        except RuntimeError as err:
            if "connect" not in str(err):  # the lazy client's first call while the engine is away
                raise
            raise OutcomeUnknown("the engine is away") from err


def _refusal(err: WorkflowUpdateFailedError) -> DoorError:
    cause = err.cause
    if isinstance(cause, ApplicationError):
        if cause.type == "AcceptedUpdateCompletedWorkflow":
            return DossierClosed("the dossier has ended")
        return Refusal(cause.type or "Refused", cause.message, tuple(cause.details))
    if isinstance(cause, ActivityError):  # stored with the update: the same key would meet it again
        detail = "the step behind failed; nothing was signed, try again with a new key"
        return Refusal(
            "SignatureRefused", "the signature was refused", ({"problem": "signing-unreadable", "detail": detail},)
        )
    return OutcomeUnknown("the update was interrupted")


def _rpc(err: RPCError) -> DoorError:
    if err.status is RPCStatusCode.NOT_FOUND:
        closed = any(words in err.message for words in CLOSED)
        return DossierClosed("the dossier has ended") if closed else DossierUnknown("no such dossier")
    if err.status is RPCStatusCode.RESOURCE_EXHAUSTED:
        return TooBusy("too many calls on this dossier")
    return OutcomeUnknown("the engine did not take the call")
