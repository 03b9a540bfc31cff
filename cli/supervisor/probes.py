"""How one sees from outside that a part is ready."""

import asyncio
from contextlib import closing
from urllib.parse import urlsplit

from cli.supervisor.parts import Probe

WAIT_S = 2.0


def answers(url: str) -> Probe:
    """It answers 200 there. By hand, since a client library's set-up would cost more than what it asks."""
    where = urlsplit(url)
    host, port = where.hostname or "127.0.0.1", where.port or 80
    request = f"GET {where.path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()

    async def ready() -> bool:
        try:
            async with asyncio.timeout(WAIT_S):
                reader, writer = await asyncio.open_connection(host, port)
                with closing(writer):  # also where no answer comes in time
                    writer.write(request)
                    status = await reader.readline()
        except (OSError, TimeoutError):
            return False
        return b" 200 " in status

    return ready


def succeeds(address: str, *command: str) -> Probe:
    """Something listens at the address, and the command ends well."""
    host, _, port = address.rpartition(":")

    async def ready() -> bool:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return False
        writer.close()
        nowhere = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        return await process.wait() == 0

    return ready
