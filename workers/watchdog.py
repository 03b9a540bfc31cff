"""The watchdog: notices what does not go on, says why, and sees when it has gone on."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from contracts.causes import Cause
from contracts.dossier import DossierState, Group, LegKind
from records.feed import Standings
from records.keys import KeyUnknown
from records.queries import Queries
from records.support.heard import Hearing
from records.support.noticing import Noticed, Place
from records.support.sources import SOURCES, Moments, Source
from records.support.stuck import StuckCases
from workers import causes
from workers.rooms import Rooms

TURNS_EVERY_S = 5.0
FAILING = "TemporalReportedProblems IS NOT NULL AND ExecutionStatus = 'Running'"
FORGOTTEN_AFTER = timedelta(seconds=60)
"""Longer than any step of our own takes: whoever is quiet for so long, and nobody knows why, was forgotten."""
WINDOW = timedelta(hours=1)
"""What a new process looks back on; dossiers move only while workers run, and each of them watches."""
PAGE = 200
AGAIN_A_ROUND = 200
BATCH = 500
PAYERS = {LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR}
log = structlog.get_logger()


def wall_clock() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


@dataclass
class Quiet:
    """How far dossiers were looked at in which nothing has happened for so long."""

    age: timedelta
    after: int | None = None


class Watchdog:
    """Everything it does is safe to do twice, and by several processes: what it misses now the next round finds."""

    def __init__(
        self,
        client: Client,
        cases: StuckCases,
        hearing: Hearing,
        queries: Queries,
        standings: Standings,
        *,
        every: float,
        expected: float,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._client = client
        self._cases = cases
        self._hearing = hearing
        self._queries = queries
        self._standings = standings
        self._every = every
        self._expected = timedelta(seconds=expected)
        self._now = now
        self._heard: int | None = None
        self._turns_at = 0.0
        self._failing: frozenset[str] = frozenset()
        self._quiet = (Quiet(self._expected), Quiet(FORGOTTEN_AFTER))
        self._marks: list[tuple[datetime, int]] = []

    @classmethod
    def of(cls, rooms: Rooms, client: Client) -> "Watchdog":
        """With the rooms of this process."""
        return cls(
            client,
            StuckCases(rooms.database, rooms.keys),
            Hearing(rooms.database, rooms.keys),
            rooms.queries(),
            Standings(rooms.database),
            every=rooms.settings.watchdog_every,
            expected=rooms.settings.expected_answer,
        )

    async def run(self) -> None:
        """Round after round, for as long as the process runs; never more than a quarter of the time at work."""
        while True:
            began = time.monotonic()
            await self.round()
            await asyncio.sleep(max(self._every, min(3 * (time.monotonic() - began), 2 * self._every)))

    async def round(self) -> None:
        """Look at everything once; what cannot be read now is read the next time."""
        works = [lambda source=source: self.look(source) for source in SOURCES]
        for work in (*works, self.listen, self.look_at_quiet, self.look_at_turns):
            try:
                await work()
            except (SQLAlchemyError, RPCError) as err:
                log.info("watchdog_waits", trouble=type(err).__name__)

    # ---- what the database shows

    async def look(self, source: Source) -> None:
        """Enter what a source shows for the first time, and let go what it shows no more."""
        now = self._now()
        fresh, gone = await self._cases.compared(source, Moments(now, self._expected))
        await self._cases.leave(gone, now)
        for start in range(0, len(fresh), BATCH):
            noticed = await self._judged(source, fresh[start : start + BATCH])
            await self._cases.notice(noticed, self._now())
        if fresh or gone:
            log.info("stuck_seen", source=source, came=len(fresh), went=len(gone))

    async def _judged(self, source: Source, places: Sequence[Place]) -> list[Noticed]:
        paused = await self._cases.paused(self._now())
        if source not in {Source.LEG, Source.INCIDENT}:
            return [causes.paused(causes.of_other(each), paused) for each in places]
        heard = await self._hearing.last({each.dossier for each in places if each.dossier})
        last = {each.id: causes.last_of(each, heard.get(each.dossier or "", [])) for each in places}
        words = await self._hearing.words(each for each in last.values() if each and each.status is not None)
        if source is Source.INCIDENT:
            return [causes.of_incident(each, last[each.id], words) for each in places]
        payers = [await self._payer(each) if each.leg in PAYERS and not last[each.id] else None for each in places]
        found = zip(places, payers, strict=True)
        return [causes.paused(causes.of_leg(each, last[each.id], words, payer), paused) for each, payer in found]

    async def _payer(self, place: Place) -> str | None:
        """Whose leg it is, as the dossier knows."""
        try:
            state = await self._queries.view(place.dossier or "", self._now())
        except KeyUnknown:
            return None
        return next((leg.agency for leg in state.legs if leg.kind == place.leg), None) if state else None

    # ---- what agencies said since

    async def listen(self) -> None:
        """Judge anew what somebody answered, and what waits for an agency that was paused or let go."""
        newest = await self._hearing.newest()
        after = newest if self._heard is None else self._heard
        touched = await self._hearing.touched(after, newest) if after < newest else set()
        paused = await self._cases.paused(self._now())
        touched |= {each for each in await self._cases.misjudged(paused, causes.WAITING_FOR_IT, BATCH) if each}
        for start in range(0, len(touched), BATCH):
            await self._judge_again(sorted(touched)[start : start + BATCH])
        self._heard = newest

    async def _judge_again(self, dossiers: Sequence[str]) -> None:
        moments = Moments(self._now(), self._expected)
        for source in (Source.LEG, Source.OUTBOX, Source.INCIDENT):
            known = {each.place.id: each for each in await self._cases.known(source, dossiers=dossiers)}
            if not known:
                continue
            shown = [each for each in await self._cases.shown(source, moments, dossiers) if each.id in known]
            judged = await self._judged(source, shown)
            changed = [each for each in judged if each.told() != known[each.place.id].told()]
            await self._cases.change(changed, moments.now)
        quiet = {each.place.dossier for each in await self._cases.known(Source.QUIET, dossiers=dossiers)}
        await self._judge_quiet([each for each in quiet if each])

    # ---- dossiers in which nothing happens

    async def look_at_quiet(self) -> None:
        """Whoever was quiet for a while is looked at once; known ones again, a few each round."""
        now = self._now()
        self._marks.append((now, await self._standings.newest()))
        for quiet in self._quiet:
            if quiet.after is None:
                quiet.after = await self._standings.before(WINDOW)
            until = max((number for at, number in self._marks if at <= now - quiet.age), default=quiet.after)
            while page := await self._standings.written(quiet.after, until, PAGE):
                codes = [each.dossier for each in page]
                await self._judge_quiet(codes, long=quiet.age >= FORGOTTEN_AFTER)
                quiet.after = page[-1].number
            quiet.after = max(quiet.after, until)
        oldest = now - max(quiet.age for quiet in self._quiet)
        self._marks = [each for each in self._marks if each[0] > oldest]
        known = await self._cases.known(Source.QUIET, oldest=AGAIN_A_ROUND)
        await self._judge_quiet(sorted({each.place.dossier for each in known if each.place.dossier}))

    async def _judge_quiet(self, dossiers: Sequence[str], *, long: bool = False) -> None:
        if not dossiers:
            return
        now, known = self._now(), await self._cases.known(Source.QUIET, dossiers=dossiers)
        paused = await self._cases.paused(now)
        heard = await self._hearing.last(dossiers)
        words = await self._hearing.words(each for said in heard.values() for each in causes.legless(said))
        open_ = {each.place.id: each for each in known}
        forgotten = {each.place.dossier for each in known if each.cause is Cause.NEVER_FORWARDED}
        shown: dict[str, Noticed] = {}
        for code in dossiers:
            state = await self._state(code)
            if state is None or code in self._failing:
                continue
            place = Place(f"quiet.{code}", Source.QUIET, now, code, state.group, state.office)
            found = causes.of_quiet(place, state, heard.get(code, []), words, long=long or code in forgotten)
            shown |= {each.place.id: causes.paused(each, paused) for each in found}
        await self._cases.leave([each for each in open_ if each not in shown], now)
        fresh = [each for key, each in shown.items() if key not in open_]
        await self._cases.notice(await self._since_last_entry(fresh, now) if fresh else [], now)
        same = [each for key, each in shown.items() if key in open_]
        await self._cases.change(same, now)  # also where nothing changed: looked at last

    async def _since_last_entry(self, noticed: Sequence[Noticed], now: datetime) -> list[Noticed]:
        """Due when so long had passed as the step, or any step of our own, takes."""
        latest = await self._standings.latest({each.place.dossier for each in noticed if each.place.dossier})
        found = []
        for each in noticed:
            patience = FORGOTTEN_AFTER if each.cause is Cause.NEVER_FORWARDED else self._expected
            due_at = min(latest.get(each.place.dossier or "", now) + patience, now)
            found.append(replace(each, place=replace(each.place, due_at=due_at)))
        return found

    async def _state(self, code: str) -> DossierState | None:
        try:
            return await self._queries.view(code, self._now())
        except KeyUnknown:
            return None

    # ---- workflows that fail

    async def look_at_turns(self) -> None:
        """The engine knows of workflows whose own code fails."""
        if time.monotonic() - self._turns_at < TURNS_EVERY_S:
            return
        failing = {}
        async for each in self._client.list_workflows(FAILING):
            group, _, code = each.id.partition("/")
            if code and group in set(Group):
                failing[code] = each.start_time
        self._turns_at, now = time.monotonic(), self._now()
        self._failing = frozenset(failing)
        known = {each.place.dossier: each.place.id for each in await self._cases.known(Source.TURN)}
        await self._cases.leave([place for code, place in known.items() if code not in failing], now)
        fresh = [Place(f"turn.{code}", Source.TURN, now, code) for code in failing if code not in known]
        placed = await self._cases.placed(fresh)
        await self._cases.notice([Noticed(each, Cause.TURN_FAILED) for each in placed], now)
