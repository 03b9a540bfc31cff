"""Support at its list of stuck cases: sees them in time, acts on each as offered, follows every act to its proof."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.e2e.acting import asked
from tests.stack import Stack

EVERY_S = 0.2
UNDER_WAY = {"approved", "doing", "done"}
WAITS, UNREADABLE = {"agency-away", "not-yet-updated"}, "answer-unreadable"
LATE = {"agency-away", "agency-slow"}
"""A slow machine alone can make a leg late."""


@dataclass(frozen=True)
class Case:
    """What the list is to show; `told`: a partner's statuses or notices, not what it was asked for."""

    dossier: str
    agency: str
    cause: str
    told: bool = False


async def nothing() -> None:
    """What is done before each look, where nothing is to be."""


class Support:
    """Watches some dossiers; `acts`: what was done, by the place where it was."""

    def __init__(self, stack: Stack, *dossiers: str) -> None:
        self._stack = stack
        self._dossiers = set(dossiers)
        self.acts: dict[str, dict[str, Any]] = {}
        self.met: set[tuple[str | None, str]] = set()
        """Every agency and cause that were ever on the list together."""

    async def rows(self) -> list[dict[str, Any]]:
        """The list as it is now, of these dossiers alone."""
        answer = await self._stack.get("/v1/stuck", params={"limit": "200"})
        assert answer.status_code == 200, answer.text
        found = [row for row in answer.json()["items"] if row["dossier"] in self._dossiers]
        self.met |= {(row["agency"], row["cause"]) for row in found}
        return found

    async def sees(self, cases: Iterable[Case], before: Callable[[], Awaitable[None]] = nothing) -> None:
        """Each is there within ten seconds of its due time; what only waits for the agency is acted on at once."""
        missing, rows = set(cases), list[dict[str, Any]]()
        try:
            async with asyncio.timeout(30):
                while missing:
                    await before()
                    rows = await self.rows()
                    found = [row for row in rows if _case(row) in missing]
                    missing -= {_case(row) for row in found}
                    assert all(_seconds(row) <= 10 for row in found), found
                    await asyncio.gather(*(self.act(row) for row in found if _waits(row)))
                    await asyncio.sleep(EVERY_S if missing else 0)
        except TimeoutError:
            raise AssertionError(f"never seen: {missing}, but {[_case(row) for row in rows]}") from None

    async def mends(self, *agencies: str) -> None:
        """Act on what is parked or was refused, now that these are well; then nothing is stuck at them any more."""
        rows: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(40):
                while rows := [row for row in await self.rows() if row["agency"] in agencies]:
                    await asyncio.gather(*(self.act(row) for row in rows if _turned_down(row)))
                    await asyncio.sleep(EVERY_S)
        except TimeoutError:
            raise AssertionError(f"still stuck: {rows}") from None

    async def act(self, row: dict[str, Any], act: str | None = None) -> None:
        """Once at each place, where it is; the list offers it, and the place does."""
        if row["id"] in self.acts:
            return
        act = act or ("redeliver" if row["source"] == "outbox" else "again")
        assert act in row["acts"], row
        answer = await asked(self._stack, row["dossier"], act, **_where(row))
        if act == "redeliver" and answer.status_code == 409:  # its partner has taken it meanwhile, by itself
            assert answer.json()["type"].endswith(":nothing-waits")
            return
        assert answer.status_code == 202, (row, answer.text)
        self.acts[row["id"]] = answer.json()

    async def verified(self) -> None:
        """Every act is proven."""
        async with asyncio.timeout(60):
            for act in self.acts.values():
                while (found := (await self._stack.get(f"/v1/acts/{act['id']}")).json())["state"] in UNDER_WAY:
                    await asyncio.sleep(EVERY_S)
                assert found["state"] == "verified", found


def _case(row: dict[str, Any]) -> Case:
    return Case(row["dossier"], row["agency"], row["cause"], told=row["source"] == "outbox")


def _seconds(row: dict[str, Any]) -> float:
    noticed, due = (datetime.fromisoformat(row[name]) for name in ("noticed_at", "due_at"))
    return (noticed - due).total_seconds()


def _turned_down(row: dict[str, Any]) -> bool:
    """It needs an act, and its agency to be well; all else goes on by itself."""
    return row["incident"] is not None or row["cause"] == "partner-refuses"


def _waits(row: dict[str, Any]) -> bool:
    """It goes on once its agency is well, and can be asked for before."""
    return row["cause"] in WAITS or (row["source"] == "outbox" and row["cause"] == UNREADABLE)


def _where(row: dict[str, Any]) -> dict[str, str]:
    if row["source"] == "outbox":
        return {"agency": row["agency"]}
    return next({name: row[name]} for name in ("incident", "leg", "step") if row[name])


async def once(stack: Stack, agency: str, code: str) -> list[str]:
    """What stands in the agency's ledger, by what it is, whichever attempt brought it: nothing twice."""
    return sorted(_what(row["idempotency_key"]) for row in await stack.ledger(agency, code))


def _what(key: str) -> str:
    _, *parts = key.split(":")
    message = parts[0] in {"status", "notice"}
    return ":".join(parts[:3] if message else parts[:-1])
