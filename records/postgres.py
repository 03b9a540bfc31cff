"""PostgreSQL's connections: none waits longer for a server that says nothing than its transaction may take."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

RV = TypeVar("RV")
_LOOKS_EVERY_S = 0.1


class _Turn(threading.local):
    ends: float | None = None


_TURN = _Turn()


@contextmanager
def until(ends: float) -> Iterator[None]:
    """On this thread, no connection is waited for beyond this moment of the monotonic clock."""
    _TURN.ends = ends
    try:
        yield
    finally:
        _TURN.ends = None


class Line(psycopg.Connection[Any]):
    """A connection that is closed when the time is over; a server that hangs would keep its thread for ever."""

    def wait(self, gen: PQGen[RV], interval: float = _LOOKS_EVERY_S, timeout: float | None = None) -> RV:
        """As the driver does, in what is left of the time."""
        ends = _TURN.ends
        if timeout is not None or ends is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, max(0.0, ends - monotonic()))
        except psycopg.OperationalError:
            if monotonic() >= ends:
                self.pgconn.finish()  # half an answer may be on its way: nothing can be asked here any more
            raise


def connect(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> Line:
    """Connects for SQLAlchemy, in what is left of the time; the driver grants two seconds at least."""
    if _TURN.ends is not None:
        options = options | {"connect_timeout": ceil(max(0.0, _TURN.ends - monotonic())) or 1}
    return Line.connect(*args, **options)


def bounds(patience: float) -> str:
    """What the server is told: not to work, nor to hold locks, for a client that has frozen or is out of reach."""
    limit = ceil(patience * 1000)
    return f"-c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit}"
