"""Time-outs, retries and queues of every call, by name."""

import asyncio
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

from contracts import queues
from contracts.agencies import Agency
from contracts.failures import PARKING_ERRORS
from contracts.tasks import Pace

_FINAL = [error.__name__ for error in PARKING_ERRORS]
OVERDUE, USUAL, BEHIND = 1, 3, 4
"""What is late goes first on an agency's queue; what nobody waits for at a desk goes last."""
_HERE = timedelta(seconds=2)
"""How long a turn tries in its own worker before it hands a write to a queue."""

_HERE_RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=0.2), maximum_attempts=4, non_retryable_error_types=_FINAL
)
"""0.2 + 0.4 + 0.8 s: counted, for the engine does not hold retries of a local activity to its time-out."""

R = TypeVar("R")


def agency(who: Agency, pace: Pace, *, late: bool = False) -> workflow.ActivityConfig:
    """A call to an agency: short attempts, repeated without end; what repeating cannot mend comes back at once."""
    return workflow.ActivityConfig(
        task_queue=queues.of(who),
        start_to_close_timeout=timedelta(seconds=pace.attempt),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=min(1, pace.retry_cap)),
            backoff_coefficient=2,
            maximum_interval=timedelta(seconds=pace.retry_cap),
            non_retryable_error_types=_FINAL,
        ),
        priority=Priority(priority_key=OVERDUE if late else USUAL),
    )


def enquiry(who: Agency, pace: Pace) -> workflow.ActivityConfig:
    """A question that is repeated until it is answered; once a callback has answered it, nobody listens any more."""
    return {**agency(who, pace), "cancellation_type": workflow.ActivityCancellationType.ABANDON}


def documents(pace: Pace) -> workflow.ActivityConfig:
    """Work of the document room."""
    return workflow.ActivityConfig(
        task_queue=queues.DOCUMENTS,
        start_to_close_timeout=timedelta(seconds=30),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=min(0.5, pace.retry_cap)),
            maximum_interval=timedelta(seconds=pace.retry_cap),
            non_retryable_error_types=_FINAL,
        ),
    )


def signing(pace: Pace) -> workflow.ActivityConfig:
    """A signature, while somebody waits and the pen is taken: given up after a minute, the task stays open."""
    return {**documents(pace), "schedule_to_close_timeout": timedelta(minutes=1)}


def sealing(pace: Pace) -> workflow.ActivityConfig:
    """An office's seal: repeated without end, and never before somebody's signature."""
    return {**documents(pace), "priority": Priority(priority_key=BEHIND)}


STORED = workflow.ActivityConfig(
    task_queue=queues.JOURNAL,
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=15)),
)
"""What goes to the database, when the turn itself could not write it."""


async def here_or_queued(method: Any, request: Any, queued: workflow.ActivityConfig = STORED) -> Any:  # noqa: ANN401  # typed by its callers
    """Run a short activity inside the turn, which costs one event; if that fails, on a queue without end."""
    workflow.instance().turn_began()  # noted before the clock moves on with this step
    here = workflow.start_local_activity_method(
        method,
        request,
        start_to_close_timeout=_HERE,
        schedule_to_close_timeout=_HERE,
        retry_policy=_HERE_RETRIES,
    )
    try:
        return await answered(here)
    except FailureError as err:  # a local activity fails with its bare cause, no `ActivityError` round it
        if is_cancelled_exception(err):  # nobody waits for it any more
            raise
        return await workflow.execute_activity_method(method, request, **queued)


class Interrupted(Exception):
    """Somebody ordered otherwise before the activity had answered."""


async def answered(
    handle: workflow.ActivityHandle[Any], ordered: asyncio.Future[Any] | None = None, *, recall: bool = False
) -> Any:  # noqa: ANN401  # the activity's own
    """An activity's answer; whoever is cancelled meanwhile lets it end, and then is, whatever it has answered.

    Left to itself the SDK hands a cancellation to the activity and takes it from the task: an answer that comes in the
    same turn swallows it, and the step goes on as if nobody had stopped it. `recall` asks the activity to stop; a local
    one is short and is not asked, so that nothing it does comes after what follows. `ordered`: then the activity
    is called back, and `Interrupted` raised.
    """
    try:
        waited: list[asyncio.Future[Any]] = [handle, *([ordered] if ordered else [])]
        await workflow.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        if recall:
            handle.cancel()
        await workflow.wait([handle])
        _ = handle.cancelled() or handle.exception()  # heard, so that nobody misses it
        raise
    if not handle.done():
        handle.cancel()
        await workflow.wait([handle])
        _ = handle.cancelled() or handle.exception()
        raise Interrupted
    return handle.result()
