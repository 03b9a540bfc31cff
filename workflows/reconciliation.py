"""Reconciliation: one agency's day laid beside ours; whatever seems to differ is asked about by its key once more."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, timedelta, timezone

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError

from activities.reconciliation import ReconciliationActivities
from activities.standing import StandingActivities
from contracts import queues
from contracts.agencies import Agency
from contracts.reconciliations import (
    Holding,
    Looked,
    OpenQuestion,
    OurPlace,
    OurQuestion,
    ReconciliationProblem,
    ReconciliationRequest,
    Run,
    RunEnd,
    TheirPage,
)
from contracts.standings import DayQuestion, StandingAnswers, StandingQuestion, StandingQuestions
from workflows.calls import BEHIND

VIET_NAM = timezone(timedelta(hours=7))
DUE = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
BATCH, AT_ONCE, PAGE = 10, 4, 200
"""Questions that make one turn at the agency's queue, and turns at once: dossiers go before them."""
GIVEN_UP_AFTER = timedelta(hours=20)
"""An agency that was away for so long: the next day's run looks at what is open."""
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=15))
_KEPT = workflow.ActivityConfig(
    task_queue=queues.RECONCILIATION, start_to_close_timeout=timedelta(minutes=1), retry_policy=_RETRIES
)


def _at(agency: Agency) -> workflow.ActivityConfig:
    """Questions: behind everything that a dossier asks, repeated for as long as the agency is away."""
    return workflow.ActivityConfig(
        task_queue=queues.of(agency),
        start_to_close_timeout=timedelta(minutes=2),
        schedule_to_close_timeout=GIVEN_UP_AFTER,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=timedelta(seconds=15),
            non_retryable_error_types=["RequestRejected"],
        ),
        priority=Priority(priority_key=BEHIND),
    )


@workflow.defn
class Reconciliation:
    """Keys seen are kept here, differences in the database: 10,000 cases are some 200 events."""

    @workflow.init
    def __init__(self, request: ReconciliationRequest) -> None:
        self._run = Run(
            id=workflow.info().workflow_id,
            agency=request.agency,
            day=request.day or day_before(),
            settles=request.settles,
        )
        self._seen = set[str]()
        self._ours = self._theirs = self._agreeing = 0

    @workflow.run
    async def run(self, request: ReconciliationRequest) -> None:
        """Their day, then ours, then what was open before."""
        problem = None
        await workflow.execute_activity_method(ReconciliationActivities.begin_reconciliation, self._run, **_KEPT)
        try:
            await self._through_theirs()
            await self._through_ours()
            await self._through_open()
        except ActivityError:
            problem = ReconciliationProblem.AGENCY_SILENT
        end = RunEnd(run=self._run, ours=self._ours, theirs=self._theirs, agreeing=self._agreeing, problem=problem)
        await workflow.execute_activity_method(ReconciliationActivities.end_reconciliation, end, **_KEPT)

    async def _through_theirs(self) -> None:
        """Extra and different."""
        question = DayQuestion(agency=self._run.agency, day=self._run.day)
        while True:
            page = await workflow.execute_activity_method(
                StandingActivities.list_day, question, **_at(self._run.agency)
            )
            self._theirs += len(page.lines)
            self._seen |= {line.key for line in page.lines}
            matched = await workflow.execute_activity_method(
                ReconciliationActivities.match_page, TheirPage(run=self._run, lines=page.lines), **_KEPT
            )
            self._ours += matched.ours
            self._agreeing += matched.agreeing + await self._look(matched.suspects)
            if page.cursor is None:
                return
            question = question.model_copy(update={"cursor": page.cursor})

    async def _through_ours(self) -> None:
        """Missing: what the agency did not list it may have decided on another day."""
        after: OurPlace | None = OurPlace()
        while after is not None:
            question = OurQuestion(run=self._run, after=after)
            told = await workflow.execute_activity_method(ReconciliationActivities.list_granted, question, **_KEPT)
            new = {each.key: each for each in told.granted if each.key not in self._seen}
            self._seen |= new.keys()
            self._ours += len(new)
            self._agreeing += await self._look(tuple(new.values()))
            after = told.after

    async def _through_open(self) -> None:
        """What differed before, on whichever day: settled where it agrees by now."""
        after: str | None = ""
        while after is not None:
            question = OpenQuestion(run=self._run, after=after, limit=PAGE)
            told = await workflow.execute_activity_method(ReconciliationActivities.list_open, question, **_KEPT)
            await self._look(told.holdings)
            after = told.after

    async def _look(self, holdings: Sequence[Holding]) -> int:
        """Ask the agency by key, after our side was read: what moved meanwhile differs from nothing."""
        agreeing = 0
        for some in _parts(holdings, BATCH * AT_ONCE):
            told = await asyncio.gather(*(self._asked(part) for part in _parts(some, BATCH)))
            answers = tuple(answer for each in told for answer in each.answers)
            looked = Looked(run=self._run, holdings=tuple(some), answers=answers)
            judged = await workflow.execute_activity_method(ReconciliationActivities.judge_holdings, looked, **_KEPT)
            agreeing += judged.count
        return agreeing

    async def _asked(self, holdings: Sequence[Holding]) -> StandingAnswers:
        agency = self._run.agency
        questions = tuple(StandingQuestion(agency=agency, dossier=each.dossier, key=each.key) for each in holdings)
        return await workflow.execute_activity_method(
            StandingActivities.ask_standings, StandingQuestions(questions=questions), **_at(agency)
        )


def day_before() -> date:
    """The legal day before the one on which the run was due, however late it began."""
    due = workflow.info().typed_search_attributes.get(DUE) or workflow.now()
    return due.astimezone(VIET_NAM).date() - timedelta(days=1)


def _parts(holdings: Sequence[Holding], size: int) -> Iterator[Sequence[Holding]]:
    for first in range(0, len(holdings), size):
        yield holdings[first : first + size]
