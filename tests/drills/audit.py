"""The audit after a drill: over HTTP alone, dossiers and agencies say the same, once each and in order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cli.bench.grounds import Grounds
from cli.stack import Role, Stack
from cli.trouble import Problem
from tests.drills.judging import TELLING, Evidence, troubles

LEDGERS = ("civil-status", "population", "residence", "social-insurance", "vneid", *TELLING)
AT_ONCE = 16
LOOK_EVERY_S = 0.3
PATIENCE_S = 120.0
"""A partner that would not take a message is asked again after 2, 4, 8 … s."""
PAGE = 200
SHOWN = 20
V = TypeVar("V")


@dataclass(frozen=True)
class Audit:
    """What was counted while all was found in order; `effects`: agencies' own, without what they were told."""

    dossiers: int
    effects: int
    statuses: int
    notices: int

    def __str__(self) -> str:
        return f"{self.dossiers} dossiers, {self.effects} effects, {self.statuses} statuses, {self.notices} notices"


async def audit(
    ground: Grounds,
    codes: Collection[str],
    *,
    stages: Mapping[str, str] | None = None,
    may_refuse: Collection[str] = (),
    alone: bool = False,
    patience: float = PATIENCE_S,
) -> Audit:
    """Raise AssertionError, naming what is wrong, unless these dossiers ended well and agencies agree.

    `stages`: how those end that do not end `returned`. `may_refuse`: legs that an agency may have refused. `alone`:
    nothing else was ever filed on this ground, so no agency may know of any other dossier; otherwise others must at
    least be dossiers of ours. `patience`: so long couriers may still be on their way.
    """
    stack, mine = ground.stack, set(codes)
    views = await _each(mine, lambda code: _found(stack, code))
    lost = sorted(code for code, view in views.items() if view is None)
    assert not lost, f"{len(lost)} dossiers are gone: {lost[:SHOWN]}"
    seen = {code: view for code, view in views.items() if view is not None}
    journals = await _each(mine, lambda code: _journal(stack, code))
    ledgers = await _told_in_full(stack, seen, journals, patience)
    evidence = Evidence(seen, journals, ledgers)
    wrong = [*troubles(evidence, stages or {}, may_refuse), *await _strangers(stack, evidence, alone=alone)]
    assert not wrong, "\n".join([f"{len(wrong)} troubles", *wrong[:SHOWN]])
    return _counted(evidence)


async def _each(codes: Iterable[str], read: Callable[[str], Awaitable[V]]) -> dict[str, V]:
    hands = asyncio.Semaphore(AT_ONCE)

    async def one(code: str) -> tuple[str, V]:
        async with hands:
            return code, await read(code)

    return dict(await asyncio.gather(*(one(code) for code in codes)))


async def _found(stack: Stack, code: str) -> dict[str, Any] | None:
    try:
        view: dict[str, Any] = await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
    except Problem as problem:
        if problem.name != "dossier-unknown":
            raise
        return None
    return view


async def _journal(stack: Stack, code: str) -> list[dict[str, Any]]:
    page = await stack.read(f"/v1/dossiers/{code}/journal", Role.SUPPORT)
    entries: list[dict[str, Any]] = page["items"]
    return entries


async def _ledger(stack: Stack, agency: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await stack.agency("GET", f"{agency}/control/ledger")
    return rows


async def _told_in_full(
    stack: Stack, views: Mapping[str, Any], journals: Mapping[str, Any], patience: float
) -> dict[str, list[dict[str, Any]]]:
    """Every ledger, once partners have heard all and nothing of these dossiers waits for another attempt."""
    deadline = time.monotonic() + patience
    while True:
        told = await _each(TELLING, lambda agency: _ledger(stack, agency))
        waiting = Evidence(views, journals, told).untold() + await _undelivered(stack, views)
        if not waiting:
            others = await _each(set(LEDGERS) - set(TELLING), lambda agency: _ledger(stack, agency))
            return {**others, **told}
        assert time.monotonic() < deadline, "\n".join([f"{len(waiting)} messages wait", *waiting[:SHOWN]])
        await asyncio.sleep(LOOK_EVERY_S)


async def _undelivered(stack: Stack, views: Mapping[str, Any]) -> list[str]:
    """What a partner would not take; a full page may hide more."""
    page = await stack.read("/v1/undelivered", Role.SUPPORT, limit=str(PAGE))
    mine = [item for item in page["items"] if item["dossier"] in views]
    hidden = ["the list of what is undelivered has more than a page"] if len(page["items"]) == PAGE else []
    return [f"{each['dossier']}: {each['partner']} {each['number']} {each['problem']}" for each in mine] + hidden


async def _strangers(stack: Stack, evidence: Evidence, *, alone: bool) -> list[str]:
    """Effects on dossiers that nobody filed."""
    strangers = evidence.rows.keys() - evidence.views.keys()
    if strangers and not alone:
        strangers -= {code for code, view in (await _each(strangers, lambda c: _found(stack, c))).items() if view}
    return [f"{code}: not filed, but known to {sorted({a for a, _ in evidence.rows[code]})}" for code in strangers]


def _counted(evidence: Evidence) -> Audit:
    mine = [row["effect"] for code in evidence.views for _, row in evidence.rows.get(code, [])]
    statuses, told = mine.count("status"), mine.count("notice")
    return Audit(len(evidence.views), len(mine) - statuses - told, statuses, told)
