"""How one sees from outside that a part is ready."""

import asyncio
from http import HTTPStatus

import httpx

from cli.supervisor.parts import Probe

WAIT_S = 2.0


def answers(url: str) -> Probe:
    """It answers 200 there."""

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=WAIT_S, trust_env=False) as http:
                return (await http.get(url)).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False

    return ready


def succeeds(*command: str) -> Probe:
    """The command ends well."""

    async def ready() -> bool:
        nowhere = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        return await process.wait() == 0

    return ready
