"""Logs: static events, identifiers as fields, one JSON line each; no exception text where it could hold a person."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_QUIET = (
    "temporalio.activity",
    "temporalio.workflow",
    "httpx",
    "httpcore",
    "sqlalchemy.engine",
    "alembic",
)
"""Loggers that print messages or tracebacks of failing calls: those may quote arguments."""


class _NoTraceback(logging.Filter):
    """Keep the event and the exception's type, drop its text and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            kind = record.exc_info[0]
            record.exc_info = None
            record.exc_text = None
            name = kind.__name__ if kind else "error"
            told = record.msg if isinstance(record.msg, dict) else None  # structlog's own records carry a dict
            record.msg = {**told, "failure": name} if told is not None else f"{record.msg} [{name}]"
        return True


def _no_replay(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  # structlog's own type
    event.pop("exc_info", None)
    return event


def configure(process: str, level: str = "INFO") -> None:
    """Set both logging worlds up, once per process, in its main."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _no_replay,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer())
    )
    handler.addFilter(_NoTraceback())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.contextvars.bind_contextvars(process=process)
