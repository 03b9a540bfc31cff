"""Rows as COPY reads them in binary, made by hand: what the driver does for each value costs as much as sealing it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def column(value: object) -> bytes:
    """A value with its length; the columns are texts, bytes, 4-byte numbers, booleans and instants."""
    match value:
        case bytes():
            packed = value
        case str():
            packed = value.encode()
        case datetime():
            packed = ((value - EPOCH) // MICROSECOND).to_bytes(8, signed=True)
        case bool():
            packed = bytes([value])
        case int():
            packed = value.to_bytes(4, signed=True)
        case None:
            return NULL
        case _:
            msg = f"no column holds a {type(value).__name__}"
            raise TypeError(msg)
    return len(packed).to_bytes(4) + packed


def of_bytes(value: bytes) -> bytes:
    """`column`, for what is known to be bytes."""
    return len(value).to_bytes(4) + value


def head(columns: int) -> bytes:
    """What a row begins with."""
    return columns.to_bytes(2)


def whole(rows: Iterable[bytes]) -> bytes:
    """Everything that one COPY reads."""
    return b"".join((BEGIN, *rows, END))
