"""The interceptor that turns an activity which "will never work" into an incident.

It is workflow code: removing it, or changing the order of its commands, needs `workflow.patched`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from contracts.agencies import Case, Granted
from contracts.base import Message
from contracts.incidents import IncidentCode, Remedy, Resolution
from contracts.steps import RESULTS
from workflows.calls import Interrupted, answered
from workflows.incidents import GivenUp, case_of, recorded_as
from workflows.orders import Orders, Stopped, Watch

UNREADABLE_ATTEMPTS = 3
"""A malformed answer is asked for again twice, then parks."""
CODE_OF_ERROR = {
    "AgencyProtocolError": IncidentCode.ANSWER_UNREADABLE,
    "RequestRejected": IncidentCode.REQUEST_REJECTED,
    "SuspectedDuplicate": IncidentCode.SUSPECTED_DUPLICATE,
    "SealRefused": IncidentCode.SEAL_REFUSED,
    "DocumentNotRendered": IncidentCode.DOCUMENT_NOT_RENDERED,
}


Start = Callable[[StartActivityInput], workflow.ActivityHandle[Any]]


class Parking(Orders):
    """Guards every activity that belongs to a step of a dossier."""

    def guarded(
        self, call: StartActivityInput, start: Start, first: workflow.ActivityHandle[Any]
    ) -> workflow.ActivityHandle[Any]:
        """The same handle, but one that parks where the activity would fail."""
        if not _case(call.args):
            return first
        return cast("workflow.ActivityHandle[Any]", asyncio.create_task(self._guard(call, start, first)))

    def guarded_later(self, call: StartActivityInput, start: Start) -> workflow.ActivityHandle[Any] | None:
        """Of a dossier that is held: a handle whose activity starts when it is let go; none where nothing is held."""
        if not (self.held and _case(call.args)):
            return None
        return cast("workflow.ActivityHandle[Any]", asyncio.create_task(self._when_released(call, start)))

    async def _when_released(self, call: StartActivityInput, start: Start) -> Any:  # noqa: ANN401  # the activity's own
        await workflow.wait_condition(lambda: not self.held)
        return await self._guard(call, start, start(call))

    async def _guard(self, call: StartActivityInput, start: Start, handle: workflow.ActivityHandle[Any]) -> Any:  # noqa: ANN401  # the activity's own
        # The SDK must not hear of it: one that fails after it was told to abandon stops the workflow for good.
        abandoned = call.cancellation_type is workflow.ActivityCancellationType.ABANDON
        if abandoned:  # an enquiry: whoever waits for it obeys the orders
            return await self._mended(call, start, handle, None)
        with self.watched(case_of(call.args[0]).step) as watch:
            return await self._mended(call, start, handle, watch)

    async def _mended(
        self, call: StartActivityInput, start: Start, handle: workflow.ActivityHandle[Any], watch: Watch | None
    ) -> Any:  # noqa: ANN401  # the activity's own
        unreadable = 0
        while True:
            try:
                return await answered(handle, watch.given if watch else None, recall=watch is not None)
            except Interrupted:
                assert watch is not None, "nobody else interrupts"  # noqa: S101
                code = await self._ordered(watch)
                if code is None:
                    handle = start(call)
                    continue
            except ActivityError as err:
                if is_cancelled_exception(err):
                    raise
                code = _code(err)
            unreadable += code is IncidentCode.ANSWER_UNREADABLE
            if code is IncidentCode.ANSWER_UNREADABLE and unreadable < UNREADABLE_ATTEMPTS:
                await asyncio.sleep(min(unreadable, self.pace.retry_cap))
            else:
                resolution = await self.park(call.args[0], code, result_type(call), max(1, unreadable))
                if resolution.decision is Remedy.GIVE_UP:
                    raise GivenUp
                if resolution.decision is Remedy.RECORD_RESULT:
                    return recorded(call, resolution)
                call.args = [self.ask_again(call.args[0], code, resolution)]
                unreadable = 0
            if self.held:
                await self.obey(None)
            handle = start(call)

    async def _ordered(self, watch: Watch) -> IncidentCode | None:
        """What support ordered: none is to ask again, once the dossier is no longer held."""
        try:
            await self.obey(watch.take())
        except Stopped:
            return IncidentCode.STOPPED
        return None


class ParkingInterceptor(Interceptor):
    """Brings each activity of a dossier to the dossier's own guard.

    The worker loads this class outside the sandbox, workflows inside: it must not compare classes with theirs.
    """

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002  # the SDK's name
        """Where the SDK finds our outbound half."""
        del input
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  # the SDK's name
        dossier = workflow.instance()
        guarded = getattr(dossier, "guarded", None)
        later = dossier.guarded_later(input, self.next.start_activity) if guarded else None
        if later is not None:
            return cast("workflow.ActivityHandle[Any]", later)
        first = self.next.start_activity(input)  # scheduled now, in program order
        return guarded(input, self.next.start_activity, first) if guarded else first


def _case(args: Sequence[Any]) -> Case | None:
    return getattr(args[0], "case", None) if args else None


def _code(err: ActivityError) -> IncidentCode:
    cause = err.cause
    kind = cause.type if isinstance(cause, ApplicationError) else None
    return CODE_OF_ERROR.get(kind or "", IncidentCode.STEP_FAILED)


def result_type(input: StartActivityInput) -> type[Message] | None:  # noqa: A002
    """What an operator may record in place of the activity's answer."""
    case = _case(input.args)
    if case and case.step in RESULTS:
        return RESULTS[case.step]
    kind = input.ret_type
    return kind if isinstance(kind, type) and issubclass(kind, Message) else None


def recorded(input: StartActivityInput, resolution: Resolution) -> Any:  # noqa: A002, ANN401  # the step's own type
    """The result that was obtained outside, as the step would have answered."""
    kind = result_type(input)
    assert kind is not None, "the validator refuses results where there are none"  # noqa: S101
    result = recorded_as(kind, resolution)
    case = _case(input.args)
    return Granted(result=result) if case and case.step in RESULTS else result
