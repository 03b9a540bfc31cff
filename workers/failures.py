"""What failing activities leave in the logs: type and place, never the text, which could quote a person."""

import traceback
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from contracts.failures import Failure

log = structlog.get_logger()
ATTEMPTS = 5
"""So often a bug may show itself before the step parks for support; a database that is away is no bug."""


def has_case(args: Sequence[Any]) -> bool:
    """Only steps of a dossier can park."""
    return bool(args) and getattr(args[0], "case", None) is not None


class FailureLog(Interceptor):
    """Expected failures at info, anything else as an error: that is a bug, and the step waits for its mending."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        """Look at every attempt."""
        return _Watched(next)


class _Watched(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401  # the SDK's signature
        try:
            return await self.next.execute_activity(input)
        except ApplicationError:
            raise  # said on purpose: not answered yet
        except Exception as err:
            info = activity.info()
            told = {"activity": info.activity_type, "workflow": info.workflow_id, "attempt": info.attempt}
            causes = _causes(err)
            if all(isinstance(each, Failure | OperationalError | InterfaceError) for each in causes):
                log.info("activity_failed", failure=type(causes[0]).__name__, **told)
            else:
                frame = traceback.extract_tb(err.__traceback__)[-1]
                place = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
                log.error("activity_bug", failure=type(err).__name__, place=place, **told)  # noqa: TRY400  # no traceback: it quotes values
                if info.attempt >= ATTEMPTS and has_case(input.args):
                    raise ApplicationError("the step failed", type="StepFailed", non_retryable=True) from err
            raise


def _causes(err: Exception) -> list[Exception]:
    """What went wrong: of tasks that ran together each one's own."""
    if isinstance(err, ExceptionGroup):
        return [cause for each in err.exceptions for cause in _causes(each)]
    return [err]
