"""Enquiries: the server repeats one activity until the agency has answered; nothing is added to the history."""

from datetime import timedelta
from typing import TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from contracts.agencies import Granted, Pending, PendingCase, Refused
from contracts.base import Message

T = TypeVar("T", bound=Message)


def answered(answer: Granted[T] | Refused | Pending, pending: PendingCase) -> Granted[T] | Refused:
    """Hand the final answer on, or ask the server to come back later: the delay doubles up to its cap."""
    if not isinstance(answer, Pending):
        return answer
    doublings = min(activity.info().attempt, 20)
    delay = min(pending.cap_s, pending.delay_s * 2**doublings)
    raise ApplicationError(
        "not answered yet",
        type="NotAnsweredYet",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(seconds=delay),
    )
