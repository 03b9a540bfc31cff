"""Seals wait for the signer of a batch, and for nobody else; nobody waits for ever."""

import asyncio

import pytest

from workers import precedence
from workers.precedence import Precedence


@pytest.fixture
def pens(monkeypatch: pytest.MonkeyPatch) -> Precedence:
    monkeypatch.setattr(precedence, "PAUSE_S", 0.1)
    monkeypatch.setattr(precedence, "AT_MOST_S", 0.6)
    monkeypatch.setattr(precedence, "LOOK_S", 0.01)
    return Precedence()


async def test_a_seal_waits_until_its_signer_pauses(pens: Precedence) -> None:
    order = []

    async def sealed() -> None:
        await pens.turn("chair")
        order.append("sealed")

    with pens.signing("chair"):
        order.append("signed")
    seal = asyncio.create_task(sealed())
    for _ in range(2):
        await asyncio.sleep(0.02)
        with pens.signing("chair"):
            await asyncio.sleep(0.02)
            order.append("signed")
    await seal
    assert order == ["signed", "signed", "signed", "sealed"]


async def test_other_signers_are_not_waited_for(pens: Precedence) -> None:
    with pens.signing("vice-chair"):
        async with asyncio.timeout(0.1):
            await pens.turn("chair")


async def test_whoever_signs_without_end_is_sealed_after_all(pens: Precedence) -> None:
    with pens.signing("chair"):
        async with asyncio.timeout(5):
            await pens.turn("chair")


async def test_a_signature_that_failed_holds_nobody_up(pens: Precedence) -> None:
    with pytest.raises(ValueError, match="refused"), pens.signing("chair"):
        raise ValueError("refused")
    async with asyncio.timeout(5):
        await pens.turn("chair")
