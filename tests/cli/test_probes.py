"""How one sees from outside that a part is ready."""

import asyncio

import pytest

from cli.supervisor import probes


async def test_a_part_that_takes_a_question_and_says_nothing_is_not_ready_and_keeps_no_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probes, "WAIT_S", 0.05)
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert not await probes.answers(f"http://127.0.0.1:{port}/healthz")()
        async with asyncio.timeout(5):
            await hung_up.wait()
