"""Ports for a stack of its own."""

import random
import socket
from contextlib import suppress

PORTS = (20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Below those that the system gives to whoever connects: nobody takes one while its process starts again."""
    found = set[int]()
    while len(found) < count:
        port = random.randrange(*PORTS)  # noqa: S311  # no secret
        with socket.socket() as line, suppress(OSError):
            line.bind(("127.0.0.1", port))
            found.add(port)
    return list(found)
