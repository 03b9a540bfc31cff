"""Logs tell what happened and to which dossier; never who: exception texts and tracebacks are dropped."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from runtime import logs

NAME = "Nguyễn Thị Bí Mật"
CODE = "G22.99.08-261122-000001"


@dataclass
class Written:
    """What a process would write."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    """Both logging worlds as a process has them, and as they were afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    quiet = {name: logging.getLogger(name).level for name in logs._QUIET}
    logs.configure("workers")
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    found = Written()
    handler.setStream(found.stream)
    yield found
    root.handlers, root.level = handlers, level
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def stumble() -> None:
    raise ValueError(NAME)


def fail(log: logging.Logger) -> None:
    try:
        stumble()
    except ValueError:
        log.exception("something failed")


@pytest.mark.parametrize("name", ["some.library", "temporalio.activity", "temporalio.workflow"])
def test_of_an_exception_its_kind_is_logged_and_neither_text_nor_traceback(written: Written, name: str) -> None:
    fail(logging.getLogger(name))
    [line] = written.lines
    assert line["event"] == "something failed [ValueError]"
    assert not {NAME, "Traceback"} & set(json.dumps(line, ensure_ascii=False).split('"'))


def test_our_own_loggers_keep_the_kind_alone_too(written: Written) -> None:
    try:
        stumble()
    except ValueError:
        structlog.get_logger().exception("went_wrong", dossier=CODE)
    [line] = written.lines
    assert (line["event"], line["failure"], line["dossier"]) == ("went_wrong", "ValueError", CODE)
    assert NAME not in written.stream.getvalue()


@pytest.mark.parametrize("name", ["temporalio.activity", "temporalio.workflow", "httpx", "sqlalchemy.engine"])
def test_what_quotes_arguments_is_silent_below_errors(written: Written, name: str) -> None:
    logging.getLogger(name).warning("completing activity as failed: %s", NAME)
    assert not written.lines


def test_a_line_is_json_with_its_event_process_and_identifiers(written: Written) -> None:
    structlog.get_logger().info("dossier_signed", dossier=CODE)
    [line] = written.lines
    assert (line["event"], line["process"], line["level"], line["dossier"]) == (
        "dossier_signed",
        "workers",
        "info",
        CODE,
    )
    assert line["timestamp"].endswith("Z")
