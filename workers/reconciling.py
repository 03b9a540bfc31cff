"""Comparing with agencies: our side of a run, the daily schedules, and the runs that somebody asked for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.reconciliation import ReconciliationActivities
from contracts import queues
from contracts.agencies import Agency
from contracts.reconciliations import (
    LAGGING,
    Agreeing,
    Holding,
    Looked,
    Matched,
    OpenAnswer,
    OpenQuestion,
    OurAnswer,
    OurQuestion,
    ReconciliationRequest,
    Run,
    RunEnd,
    TheirPage,
    difference,
)
from contracts.standings import Standing, StandingAnswer
from records.support.holdings import Holdings
from records.support.reconciliations import Differing, ReconciliationRow, Reconciliations
from runtime.settings import Settings
from workers.arrears import wall_clock
from workers.rooms import Rooms
from workflows.reconciliation import Reconciliation

PAUSE_S = 1.0
VIET_NAM_IS_AHEAD = 7
CATCH_UP = timedelta(days=3)
"""Days that an installation which was off for a while still compares."""
log = structlog.get_logger()


class Comparing:
    """Our side is read before the agency is asked: a difference is one only where ours did not move meanwhile."""

    def __init__(self, holdings: Holdings, kept: Reconciliations, now: Callable[[], datetime] = wall_clock) -> None:
        self._holdings = holdings
        self._kept = kept
        self._now = now

    async def begin(self, run: Run) -> None:
        """Show it, unless it was asked for and is shown already."""
        await self._kept.begin(run.id, run.agency, run.day, self._now())

    async def match(self, page: TheirPage) -> Matched:
        """What agrees is counted, what does not is suspected."""
        named = [(line.dossier, line.key) for line in page.lines]
        ours = await self._holdings.of(page.run.agency, named)
        suspects = tuple(
            Holding(dossier=line.dossier, key=line.key, ours=held)
            for line in page.lines
            if (held := ours[line.dossier, line.key]) and difference(held, line.standing)
        )
        known = sum(held not in {None, Standing.UNKNOWN} for held in ours.values())
        agreeing = sum(ours[line.dossier, line.key] is line.standing for line in page.lines)
        return Matched(ours=known, agreeing=agreeing, suspects=suspects)

    async def granted(self, question: OurQuestion) -> OurAnswer:
        """Our own day."""
        return await self._holdings.granted(question.run.agency, question.run.day, question.after)

    async def still_open(self, question: OpenQuestion) -> OpenAnswer:
        """What differed before, with what we hold now."""
        run = question.run
        named = await self._kept.to_look_at(run.id, run.agency, question.after, question.limit)
        ours = await self._holdings.of(run.agency, named)
        holdings = tuple(
            Holding(dossier=code, key=key, ours=held) for code, key in named if (held := ours[code, key]) is not None
        )
        mended = tuple(await self._holdings.mended([name for name, held in ours.items() if held is None]))
        after = named[-1][1] if len(named) == question.limit else None
        return OpenAnswer(holdings=(*holdings, *mended), after=after)

    async def judge(self, looked: Looked) -> Agreeing:
        """Keep what differs for sure, settle what agrees; what is on its way is neither."""
        run, told = looked.run, {answer.key: answer for answer in looked.answers}
        ours = await self._holdings.of(run.agency, [(each.dossier, each.key) for each in looked.holdings])
        still = [each for each in looked.holdings if ours[each.dossier, each.key] is each.ours]
        differing, agreeing = [], list[Holding]()
        for each in still:
            answer = told[each.key]
            kind = difference(each.ours, answer.standing)
            if kind is None:
                agreeing.append(each)
            elif not self._on_its_way(each, answer, run):
                differing.append(Differing(each.dossier, each.key, kind, each.ours, answer.standing))
        keys = [key for each in agreeing for key in (each.key, *each.instead_of)]
        await self._kept.keep(run.id, run.agency, differing, keys, self._now())
        return Agreeing(count=len(agreeing))

    def _on_its_way(self, holding: Holding, answer: StandingAnswer, run: Run) -> bool:
        if holding.ours not in LAGGING or answer.since is None:
            return False
        return answer.since > self._now() - timedelta(seconds=run.settles)

    async def end(self, end: RunEnd) -> None:
        """Keep the sums."""
        await self._kept.end(end, self._now())
        sums = {"ours": end.ours, "theirs": end.theirs, "agreeing": end.agreeing}
        log.info("reconciled", agency=end.run.agency, day=str(end.run.day), problem=end.problem, **sums)


def reconciliation_activities(rooms: Rooms) -> list[Callable[..., object]]:
    """What serves the reconciliations' queue."""
    room = Comparing(Holdings(rooms.database, rooms.keys), Reconciliations(rooms.database))
    served = ReconciliationActivities(room)
    return [
        served.begin_reconciliation,
        served.match_page,
        served.list_granted,
        served.list_open,
        served.judge_holdings,
        served.end_reconciliation,
    ]


class ReconciliationRelay:
    """Starts the runs that were asked for; those of a schedule it finds started."""

    def __init__(self, client: Client, kept: Reconciliations, settles: float) -> None:
        self._client = client
        self._kept = kept
        self._settles = settles
        self._started = set[str]()

    @classmethod
    def of(cls, rooms: Rooms, client: Client) -> "ReconciliationRelay":
        """In a process's rooms."""
        return cls(client, Reconciliations(rooms.database), rooms.settings.reconciliation_settles)

    async def run(self) -> None:
        """Pass after pass, for as long as the process runs."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, RPCError) as err:
                log.info("reconciliations_wait", trouble=type(err).__name__)
            await asyncio.sleep(PAUSE_S)

    async def sweep(self) -> None:
        """Start each once."""
        waiting = await self._kept.under_way()
        for each in waiting:
            if each.id not in self._started:
                await self._start(each)
        self._started = {each.id for each in waiting}

    async def _start(self, asked: ReconciliationRow) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                Reconciliation.run,
                ReconciliationRequest(agency=asked.agency, day=asked.day, settles=self._settles),
                id=asked.id,
                task_queue=queues.WORKFLOWS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )


async def keep_schedules(client: Client, settings: Settings) -> None:
    """One schedule an agency, at the hour that is set now; days that were missed are compared later."""
    for agency in queues.AGENCIES:
        name, schedule = f"reconciliation/{agency}", _daily(agency, settings)
        try:
            await client.create_schedule(name, schedule)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(name).update(partial(_renewed, schedule))


def _renewed(schedule: Schedule, _: ScheduleUpdateInput) -> ScheduleUpdate:
    return ScheduleUpdate(schedule)


def _daily(agency: Agency, settings: Settings) -> Schedule:
    at = ScheduleRange((settings.reconciliation_hour - VIET_NAM_IS_AHEAD) % 24)
    return Schedule(
        action=ScheduleActionStartWorkflow(
            Reconciliation.run,
            ReconciliationRequest(agency=agency, settles=settings.reconciliation_settles),
            id=f"reconciliation/{agency}/daily",
            task_queue=queues.WORKFLOWS,
        ),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[at])]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=CATCH_UP),
    )
