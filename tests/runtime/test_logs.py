"""Logs tell what happened and to which dossier; never who: exception texts and tracebacks are dropped."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime import logs

NAME = "Nguyễn Thị Bí Mật"


@pytest.fixture
def configured() -> Iterator[None]:
    """Both logging worlds as a process has them, and as they were afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    quiet = {name: logging.getLogger(name).level for name in logs._QUIET}
    logs.configure("workers")
    yield
    root.handlers, root.level = handlers, level
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def raised(log: logging.Logger, level: int) -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        log.log(level, "something failed", exc_info=True)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.usefixtures("configured")
def test_of_an_exception_its_kind_is_logged_and_neither_text_nor_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    raised(logging.getLogger("some.library"), logging.ERROR)
    raised(logging.getLogger("temporalio.activity"), logging.ERROR)
    told = lines(capsys)
    assert [line["event"] for line in told] == ["something failed [ValueError]"] * 2
    assert NAME not in json.dumps(told, ensure_ascii=False)
    assert "Traceback" not in json.dumps(told)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("name", ["temporalio.activity", "temporalio.workflow", "httpx", "sqlalchemy.engine"])
def test_what_quotes_arguments_is_silent_below_errors(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(name).warning("completing activity as failed: %s", NAME)
    assert not lines(capsys)


@pytest.mark.usefixtures("configured")
def test_a_line_is_json_with_its_event_process_and_identifiers(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("dossier_signed", dossier="G22.99.08-261122-000001")
    [line] = lines(capsys)
    assert line["event"] == "dossier_signed"
    assert (line["process"], line["level"]) == ("workers", "info")
    assert line["dossier"] == "G22.99.08-261122-000001"
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.usefixtures("configured")
def test_our_own_loggers_drop_exceptions_too(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        structlog.get_logger().exception("went_wrong")
    assert NAME not in capsys.readouterr().err
