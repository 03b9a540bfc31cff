"""Only the ways of signing that somebody has are offered to them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.desk.readiness import Ways, ways
from api.gate import Caller
from records.registers import Signer

OFFICE, ME = "00070", Caller("desk", "me", frozenset({"tasks:act"}), frozenset({"00070"}))
MINE, TOKEN_ALONE = Signer("me", OFFICE, "chair", "c1"), Signer("me", OFFICE, "chair", None)
OTHER, CLERK = Signer("other", OFFICE, "chair", "c2"), Signer("me", OFFICE, "clerk", "c1")


def front(signers: tuple[Signer, ...], known: tuple[str, ...]) -> Any:
    """Registers with these people on duty, and certificates of mine for these ways."""

    async def on_duty(office: str, at: datetime) -> tuple[Signer, ...]:
        return signers if office == OFFICE and at else ()

    async def of(person: str, method: str) -> tuple[bytes, ...]:
        return (b"der",) if person == "me" and method in known else ()

    registers = {"duty": SimpleNamespace(on_duty=on_duty), "certificates": SimpleNamespace(of=of)}
    return cast("Any", SimpleNamespace(**registers, now=lambda: datetime.now(UTC)))


@pytest.mark.parametrize(
    ("signers", "known", "found"),
    [
        ((), ("remote", "token"), Ways("nobody")),
        ((CLERK,), ("remote", "token"), Ways("nobody")),
        ((OTHER,), ("remote", "token"), Ways("other")),
        ((OTHER, MINE), (), Ways("none")),
        ((MINE,), ("remote",), Ways(remote=True)),
        ((MINE,), ("token",), Ways(token=True)),
        ((MINE,), ("remote", "token"), Ways(remote=True, token=True)),
        ((TOKEN_ALONE,), ("remote", "token"), Ways(token=True)),
        ((TOKEN_ALONE,), ("remote",), Ways("none")),
    ],
)
async def test_who_can_sign_and_how(signers: tuple[Signer, ...], known: tuple[str, ...], found: Ways):
    assert await ways(front(signers, known), ME, OFFICE) == found
