"""`lienthong bench outage`: one agency is away while hundreds of dossiers arrive at its step; then it comes back.

On its return so many calls a second go out to it, and it rejects some of the cases; a replay of many over those that
parked pauses itself, reports them, and brings them through once the agency takes them.
"""

import asyncio
import csv
import io
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from cli.bench.grounds import Grounds, grounds
from cli.bench.office import Office
from cli.stack import Role, Stack
from cli.trouble import Trouble
from contracts.causes import Act, Cause
from contracts.dossier import LegKind, LegState, Stage
from contracts.replays import OrderKind, ReplayState

AGENCY, LEG, EFFECT = "residence", LegKind.RESIDENCE, "register_residence"
COUNT, REJECTED, LIMIT = 820, 40, 10.0
FILED_AT_ONCE, READ_AT_ONCE = 16, 16
PATIENCE_S = 1800.0
LOOK_EVERY_S = 0.5
PAGE = "200"
REASON = "Cơ quan cư trú trở lại sau sự cố"
Tell = Callable[[str], None]
Clocks = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """One replay of many as it stood at the end, and how often it paused itself."""

    counts: dict[str, int]
    pauses: Counter[str]
    at_first_pause: dict[str, int] | None
    listed: int
    """Rows of its list of failures."""


@dataclass(frozen=True)
class Figures:
    """What an outage did, and did not do."""

    count: int
    arrived_s: float
    health_cards: int
    """Granted while the agency was away."""
    overdue: int
    """Dossiers whose leg was shown as overdue while it was."""
    drained_s: float
    """From its return until each of them was granted, or rejected."""
    moved_clocks: int
    """Dossiers of which a legal date moved."""
    rejected: Report
    mended: Report
    effects: Counter[int]
    """How many dossiers have how many effects at the agency."""
    returned: int


async def run(count: int, rejected: int, limit: float, tell: Tell) -> Figures:
    """The outage on a stack of its own."""
    async with grounds() as ground:
        return await outage(ground, count, rejected, limit, tell)


async def outage(ground: Grounds, count: int, rejected: int, limit: float, tell: Tell) -> Figures:
    """The same on grounds that are running, of which no dossier is open."""
    stack, office = ground.stack, Office(ground.stack)
    async with office.at_work():
        async with _away(stack):
            arrived = await _arrive(office, count)
            cards = await in_state(stack, LegKind.HEALTH_CARD, LegState.GRANTED, count)
            clocks = await _clocks(stack, office)
            overdue = await _overdue(stack, office)
            tell(f"{count} arrived at a step whose agency is away, in {arrived:.0f} s; {cards} health cards meanwhile")
            named = sorted(office.courses)[:: max(1, count // rejected)][:rejected]
            await _reject(stack, named)
            await stack.put(f"/v1/agencies/{AGENCY}/switch", Role.SUPPORT, {"rate": limit, "reason": REASON})
            back = time.monotonic()
        await _drained(stack, office, count - rejected, rejected)
        drained = time.monotonic() - back
        tell(f"back at {limit:g} calls a second: {count - rejected} done, {rejected} parked after {drained:.0f} s")
        failed = await _replayed(stack, named)
        tell(_told("rejected again", failed))
        await _reject(stack, [])
        mended = await _replayed(stack, named)
        tell(_told("taken by then", mended))
        await office.all_closed(PATIENCE_S)
        moved = _moved(clocks, await _clocks(stack, office))
        done = Counter((await effects(stack, office)).values())
    returned = sum(course.stage is Stage.RETURNED for course in office.courses.values())
    figures = Figures(count, arrived, cards, overdue, drained, moved, failed, mended, done, returned)
    tell(_shown(figures))
    return figures


# ---- the outage


@asynccontextmanager
async def _away(stack: Stack) -> AsyncIterator[None]:
    await stack.agency("PUT", f"{AGENCY}/control/faults", {"down": True})
    try:
        yield
    finally:
        await stack.agency("DELETE", f"{AGENCY}/control/faults")


async def _arrive(office: Office, count: int) -> float:
    """File them, until each waits for the agency and has everything that others give; seconds that took."""
    free, began = asyncio.Semaphore(FILED_AT_ONCE), time.monotonic()

    async def one() -> None:
        async with free:
            await office.file()

    await asyncio.gather(*(one() for _ in range(count)))
    await in_state(office.stack, LEG, LegState.SENT, count)
    return time.monotonic() - began


async def in_state(stack: Stack, leg: LegKind, state: LegState, wanted: int) -> int:
    """Wait until so many dossiers have a leg in a state, by reading the list through."""
    found = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (found := await _listed(stack, leg=leg.value, leg_state=state.value)) < wanted:  # noqa: ASYNC110  # the list is all that shows it
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError as err:
        raise Trouble(f"{found} of {wanted} dossiers have their {leg} {state}") from err
    return found


async def _listed(stack: Stack, **wanted: str) -> int:
    page = await stack.read("/v1/dossiers", Role.SUPPORT, limit=PAGE, **wanted)
    found = len(page["items"])
    while page["next"]:
        page = await stack.read("/v1/dossiers", Role.SUPPORT, limit=PAGE, cursor=page["next"], **wanted)
        found += len(page["items"])
    return found


async def _reject(stack: Stack, codes: Sequence[str]) -> None:
    await stack.agency("PUT", f"{AGENCY}/control/rejections", {"dossiers": list(codes)})


async def _drained(stack: Stack, office: Office, through: int, parked: int) -> None:
    def ended() -> int:
        return sum(course.closed is not None for course in office.courses.values())

    await office.until(lambda: ended() >= through, PATIENCE_S)
    await in_state(stack, LEG, LegState.PARKED, parked)


# ---- what is to stay as it was


async def _views(stack: Stack, office: Office) -> list[dict[str, Any]]:
    free = asyncio.Semaphore(READ_AT_ONCE)

    async def one(code: str) -> dict[str, Any]:
        async with free:
            view: dict[str, Any] = await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
            return view

    return list(await asyncio.gather(*(one(code) for code in office.courses)))


async def _clocks(stack: Stack, office: Office) -> Clocks:
    """Every legal date, by dossier."""
    views = await _views(stack, office)
    return {view["code"]: (view["promised_at"], {leg["kind"]: leg["due_at"] for leg in view["legs"]}) for view in views}


def _moved(before: Clocks, after: Clocks) -> int:
    return sum(before[code] != after[code] for code in before)


async def _overdue(stack: Stack, office: Office) -> int:
    """Wait until each leg that is not answered is shown as overdue."""
    found = 0
    async with asyncio.timeout(PATIENCE_S):
        while found < len(office.courses):
            views = await _views(stack, office)
            found = sum(leg["overdue"] for view in views for leg in view["legs"] if leg["kind"] == LEG)
            await asyncio.sleep(LOOK_EVERY_S)
    return found


async def effects(stack: Stack, office: Office) -> Counter[str]:
    """How often the agency did its part, by dossier."""
    rows = await stack.agency("GET", f"{AGENCY}/control/ledger")
    found = Counter(dict.fromkeys(office.courses, 0))
    found.update(row["dossier"] for row in rows if row["effect"] == EFFECT and row["dossier"] in office.courses)
    return found


# ---- the replay of many


async def _replayed(stack: Stack, codes: Sequence[str]) -> Report:
    """One act on all of them, as support and approver do it; resumed whenever it pauses itself."""
    await _stuck(stack, len(codes))
    selection = {"cause": Cause.REQUEST_REJECTED, "agency": AGENCY}
    draft = await stack.send(
        "/v1/replays", Role.SUPPORT, {"selection": selection, "act": Act.AGAIN, "reason": REASON, "rate": 10}
    )
    path = f"/v1/replays/{draft['id']}"
    approval = {"selection_hash": draft["selection_hash"], "reason": REASON}
    await stack.send(f"{path}/approval", Role.APPROVER, approval)
    pauses, first = Counter[str](), None
    async with asyncio.timeout(PATIENCE_S):
        while (seen := await stack.read(path, Role.SUPPORT))["state"] != ReplayState.DONE:
            if seen["state"] == ReplayState.PAUSED and not seen["counts"]["in_hand"]:
                pauses[seen["paused_because"]] += 1
                first = first or seen["counts"]
                await stack.send(f"{path}/orders", Role.SUPPORT, {"order": OrderKind.RESUME, "reason": REASON})
            await asyncio.sleep(LOOK_EVERY_S)
    table = (await stack.fetch(f"{path}/failed.csv", Role.SUPPORT)).decode()
    return Report(seen["counts"], pauses, first, len(list(csv.DictReader(io.StringIO(table)))))


async def _stuck(stack: Stack, wanted: int) -> None:
    """Wait until the watchdog shows each of them as it is parked now."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            parked = await _incidents(stack, "/v1/incidents")
            if len(parked) >= wanted and parked == await _incidents(stack, "/v1/stuck"):
                return
            await asyncio.sleep(LOOK_EVERY_S)


async def _incidents(stack: Stack, path: str) -> set[str]:
    page = await stack.read(path, Role.SUPPORT, agency=AGENCY, limit=PAGE)
    return {each.get("incident") or each["id"] for each in page["items"]}


# ---- telling


def _told(name: str, report: Report) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in report.counts.items() if name != "in_hand")
    first = f", first with {report.at_first_pause['failed']} failed" if report.at_first_pause else ""
    paused = f"paused itself {sum(report.pauses.values())} times ({dict(report.pauses)}{first})"
    return f"replay of those that parked, {name}: {counts}; {paused}; {report.listed} in the list of failures"


def _shown(figures: Figures) -> str:
    done = figures.effects[1]
    more, none = sum(count for times, count in figures.effects.items() if times > 1), figures.effects[0]
    return (
        f"{figures.returned} of {figures.count} returned; effects: {done} once, {more} more than once, {none} never; "
        f"{figures.overdue} shown as overdue meanwhile, {figures.moved_clocks} legal dates moved"
    )
