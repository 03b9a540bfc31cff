"""A database or partner that is away is no bug, whoever met it; anything else is one, told without its text."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from contracts.failures import AgencyUnavailable
from workers.failures import FailureLog

AWAY = OperationalError("select", {}, Exception("Nguyễn Văn A"))
BUG = KeyError("Nguyễn Văn A")


class Failing(ActivityInboundInterceptor):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        raise self.error


@pytest.mark.parametrize(
    ("error", "event", "failure"),
    [
        (AWAY, "activity_failed", "OperationalError"),
        (AgencyUnavailable("away"), "activity_failed", "AgencyUnavailable"),
        (ExceptionGroup("tasks", [AWAY]), "activity_failed", "OperationalError"),
        (ExceptionGroup("tasks", [AWAY, ExceptionGroup("inner", [AWAY])]), "activity_failed", "OperationalError"),
        (BUG, "activity_bug", "KeyError"),
        (ExceptionGroup("tasks", [AWAY, BUG]), "activity_bug", "ExceptionGroup"),
    ],
)
async def test_only_what_is_not_expected_is_told_as_a_bug(error: Exception, event: str, failure: str) -> None:
    watched = FailureLog().intercept_activity(Failing(error))
    asked = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})
    with capture_logs() as told, pytest.raises(type(error)):
        await ActivityEnvironment().run(watched.execute_activity, asked)
    assert [(line["event"], line["failure"]) for line in told] == [(event, failure)]
    assert "Nguyễn" not in str(told)
