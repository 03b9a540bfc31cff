"""A replay of many while worker and engine are killed in the middle: counts add up, and nothing is done twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cli.bench import outage
from cli.bench.grounds import Grounds, grounds
from cli.bench.office import Office
from cli.stack import Role, Stack
from contracts.causes import Cause
from contracts.dossier import LegKind, LegState
from tests.drills.test_kills import up

PATIENCE_S = 240.0
FILED_AT_ONCE = 16
KILLS = (("workers",), ("engine",), ("workers", "engine"), ("engine",))
"""Each of the two twice, while the replay is in its middle."""
SOON = {"agency_timeout": 2.0, "agency_attempt": 6.0, "retry_cap": 2.0}
REJECTED = {"cause": Cause.REQUEST_REJECTED.value, "agency": outage.AGENCY}
REASON = "Cơ quan cư trú đã sửa danh mục đơn vị"


@pytest.mark.timeout(300)
async def test_killed_in_the_middle_its_counts_add_up_and_nothing_is_done_twice(
    full: bool, tell: Callable[[str], None]
) -> None:
    count, rate = (1000, 5.0) if full else (24, 2.0)  # the last four take longer than it is to be up again
    async with grounds(patience=PATIENCE_S, **({} if full else SOON)) as ground:
        stack, office = ground.stack, Office(ground.stack)
        async with office.at_work():
            await parked(office, count)
            replay = await started(stack, rate)
            seen = await killed_in_the_middle(ground, replay, count)
            report = await ended(stack, replay)
            await office.all_closed(3600.0 if full else PATIENCE_S)
        assert report["counts"] == {
            "selected": count, "verified": count, "failed": 0, "skipped": 0, "remaining": 0, "in_hand": 0
        }  # fmt: skip
        assert await effects(stack, office) == {1: count}
        assert await acts(stack, office, replay) == {1: count}
    tell(f"{count} in one replay, killed after {seen} of them had ended: {report['counts']}")


async def parked(office: Office, count: int) -> None:
    """So many births whose residence leg the agency rejected, until the watchdog shows each."""
    stack, free = office.stack, asyncio.Semaphore(FILED_AT_ONCE)
    await stack.agency("PUT", "residence/control/faults", {"reject_rate": 1})

    async def one() -> None:
        async with free:
            await office.file()

    await asyncio.gather(*(one() for _ in range(count)))
    await outage.in_state(stack, LegKind.RESIDENCE, LegState.PARKED, count)
    await stack.agency("DELETE", "residence/control/faults")
    await until_stuck(office)


async def until_stuck(office: Office) -> None:
    """Until each is on the list, and once: for a moment an overdue leg may stand there beside its incident."""
    async with asyncio.timeout(PATIENCE_S):
        while await rejected(office.stack) != Counter(office.courses.keys()):
            await asyncio.sleep(0.5)


async def rejected(stack: Stack) -> Counter[str]:
    """The dossiers on the list of what is stuck that `started` selects."""
    page = await stack.read("/v1/stuck", Role.SUPPORT, **REJECTED, limit=outage.PAGE)
    found = Counter(each["dossier"] for each in page["items"])
    while page["next"]:
        page = await stack.read("/v1/stuck", Role.SUPPORT, **REJECTED, limit=outage.PAGE, cursor=page["next"])
        found.update(each["dossier"] for each in page["items"])
    return found


async def started(stack: Stack, rate: float) -> str:
    body = {"selection": REJECTED, "act": "again", "reason": REASON, "rate": rate}
    draft = await stack.send("/v1/replays", Role.SUPPORT, body)
    approval = {"selection_hash": draft["selection_hash"], "reason": REASON}
    view = await stack.send(f"/v1/replays/{draft['id']}/approval", Role.APPROVER, approval)
    assert view["state"] in {"approved", "running"}
    return str(draft["id"])


async def adding_up(stack: Stack, replay: str) -> dict[str, Any]:
    """The replay as it is seen, its counts adding up whenever one looks."""
    view: dict[str, Any] = await stack.read(f"/v1/replays/{replay}", Role.SUPPORT)
    counts = view["counts"]
    assert counts["selected"] == sum(counts[each] for each in ("verified", "failed", "skipped", "remaining"))
    return view


async def killed_in_the_middle(ground: Grounds, replay: str, count: int) -> list[int]:
    """Blow after blow, each when a fifth more has ended; how many had by then."""
    seen = []
    for number, parts in enumerate(KILLS, 1):
        async with asyncio.timeout(3600.0):
            while (view := await adding_up(ground.stack, replay))["counts"]["remaining"] > count * (5 - number) // 5:
                await asyncio.sleep(0.1)
        seen.append(count - view["counts"]["remaining"])
        before = {part: ground.pid(part) for part in parts}
        ground.kill(*parts)
        async with asyncio.timeout(PATIENCE_S):
            while any(ground.pid(part) == pid for part, pid in before.items()):
                await asyncio.sleep(0.1)
            await up(ground.settings)
    assert max(seen) < count, "every blow fell before the end"
    return seen


async def ended(stack: Stack, replay: str) -> dict[str, Any]:
    async with asyncio.timeout(3600.0):
        while (view := await adding_up(stack, replay))["state"] != "done":
            await asyncio.sleep(0.2)
    return view


async def effects(stack: Stack, office: Office) -> Counter[int]:
    """How many dossiers have how many effects at the agency."""
    return Counter((await outage.effects(stack, office)).values())


async def acts(stack: Stack, office: Office, replay: str) -> Counter[int]:
    """How many dossiers have how many acts of this replay."""
    found: Counter[int] = Counter()
    for code in office.courses:
        of = (await stack.read(f"/v1/dossiers/{code}/acts", Role.SUPPORT))["items"]
        found[sum(each["replay"] == replay for each in of)] += 1
    return found
