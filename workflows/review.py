"""The one-stop clerk's review: accept, ask for a supplement, or reject with a reason."""

from datetime import datetime

from temporalio import workflow

from activities.law import DueDate, LawActivities
from contracts.agencies import Agency
from contracts.base import Instant
from contracts.dossier import Finding, LegKind, Stage, SupplementView, TaskKind, TaskState, TaskView
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.law import ClockQuestion, Deadlines, LawSnapshot, SupplementQuestion
from contracts.tasks import Decision, Opening, Receipt, Review, Supplement
from workflows.calls import here_or_queued
from workflows.incidents import IncidentDesk, refuse
from workflows.record import DossierEnded, settled


def require_open(task: TaskView | None, kind: TaskKind) -> TaskView:
    """The task, if it is one that can be decided; refuses the update otherwise."""
    if task is None or task.kind is not kind:
        refuse("TaskUnknown", "there is no such task")
    if task.state is TaskState.BLOCKED:
        refuse("TaskBlocked", "the task cannot be done yet")
    if task.state is not TaskState.OPEN:
        refuse("TaskClosed", "the task is closed")
    return task


class Reviewing(IncidentDesk):
    """Review tasks, supplement rounds and the clock that stops for the citizen."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._review: Review | None = None
        self._review_count = 0
        self.pauses: list[tuple[Instant, Instant]] = []
        """When the citizen was asked, and had answered."""

    @property
    def round(self) -> str:
        """Tells the look-ups of one examination from those of the next."""
        return str(self._review_count)

    async def accepted(self, leg: LegKind, findings: tuple[Finding, ...]) -> bool:
        """True: a clerk accepted the filing. False: the citizen has supplemented it. Rejected: `DossierEnded`."""
        review = await self._decision(leg, findings)
        match review.decision:
            case Decision.ACCEPT:
                self.enter(Stage.IN_PROGRESS)
                self.note(EventKind.ACCEPTED, actor=review.by)
                return True
            case Decision.REJECT:
                raise DossierEnded(Stage.REJECTED, review.reason or "rejected", review.reason_text)
            case Decision.SUPPLEMENT:
                await self._supplemented(review)
                return False

    async def _decision(self, leg: LegKind, findings: tuple[Finding, ...]) -> Review:
        law = self.the_law()
        due = next(each.due_at for each in law.legs if each.leg is leg)
        self._review_count += 1
        task = f"{self.opening.code}.review.{self._review_count}"
        self._review = None
        self.open_task(
            TaskView(
                id=task,
                kind=TaskKind.REVIEW,
                office=self.office,
                due_at=due,
                opened_at=workflow.now(),
                findings=findings,
                choices={"papers": law.papers, "reasons": law.reasons},
            )
        )
        await workflow.wait_condition(lambda: self._review is not None)
        return self.taken_review()

    def taken_review(self) -> Review:
        """The decision that was just taken."""
        assert self._review is not None, "waited for"  # noqa: S101
        return self._review

    def the_law(self) -> LawSnapshot:
        """The snapshot; every step after the first has one."""
        assert self.law is not None, "read first of all"  # noqa: S101
        return self.law

    @workflow.update
    async def review(self, review: Review) -> Receipt:
        """Store the decision; the procedure goes on by itself."""
        self._review = review
        self.close_task(review.task, actor=review.by)
        if review.decision is Decision.SUPPLEMENT:  # what is asked for shows only when its due date is known
            await workflow.wait_condition(lambda: self.supplement is not None or self.ended is not None)
        await self.turn_written()
        return Receipt.TAKEN

    @review.validator
    def _check_review(self, review: Review) -> None:
        require_open(self.tasks.get(review.task), TaskKind.REVIEW)
        law = self.the_law()
        if review.decision is Decision.REJECT and review.reason not in law.reasons:
            refuse("ReasonUnknown", "the reason is not among the choices", {"loc": ["reason"]})
        if review.decision is Decision.SUPPLEMENT:
            wrong = [i for i, paper in enumerate(review.documents) if paper not in law.papers]
            if wrong or not review.documents:
                refuse("PaperNotAllowed", "only listed papers may be asked for", {"loc": ["documents", *wrong[:1]]})

    async def turn_written(self) -> None:
        """Let the procedure take what the handler stored, then return when that turn can be read."""
        await settled()
        await self.written()

    # ---- supplement rounds

    async def _supplemented(self, review: Review) -> None:
        law, asked_at = self.the_law(), workflow.now()
        due: DueDate = await here_or_queued(
            LawActivities.supplement_due, SupplementQuestion(days=law.supplement_days, asked_at=asked_at)
        )
        self._ask_citizen(review, due.due_at)
        try:
            await workflow.wait_condition(lambda: self.supplement is None, timeout=due.due_at - asked_at)
        except TimeoutError:
            self.supplement = None
            raise DossierEnded(Stage.REJECTED, "supplement-not-answered") from None
        await self._resume_clock(asked_at)

    def _ask_citizen(self, review: Review, due_at: datetime) -> None:
        self.supplement = SupplementView(
            id=f"{self.opening.code}.supplement.{self._review_count}",
            documents=review.documents,
            reason=review.reason_text or review.reason or "supplement",
            due_at=due_at,
        )
        self.enter(Stage.NEEDS_SUPPLEMENT)
        self.note(
            EventKind.SUPPLEMENT_REQUESTED,
            actor=review.by,
            request=self.supplement.id,
            documents=",".join(review.documents),
            reason=self.supplement.reason,
        )
        self.note(EventKind.CLOCK_PAUSED, until=due_at.isoformat())

    @workflow.update
    async def answer_supplement(self, answer: Supplement) -> Receipt:
        """Take the completed filing; a clerk will look at it again."""
        self.change_filing(answer.filing)
        self.supplement = None
        self.enter(Stage.SUBMITTED)
        self.note(EventKind.SUPPLEMENT_ANSWERED, request=answer.request)
        await self.turn_written()
        return Receipt.TAKEN

    @answer_supplement.validator
    def _check_supplement(self, answer: Supplement) -> None:
        if self.supplement is None or self.supplement.id != answer.request:
            refuse("SupplementNotOpen", "no such supplement request is open")
        if type(answer.filing) is not type(self.filing):
            refuse("SupplementNotOpen", "a supplement does not change what the dossier is about")

    async def _resume_clock(self, paused_at: Instant) -> None:
        resumed_at = workflow.now()
        self.pauses.append((paused_at, resumed_at))
        dates: Deadlines = await here_or_queued(
            LawActivities.resume_clock,
            ClockQuestion(law=self.the_law(), paused_at=paused_at, resumed_at=resumed_at),
        )
        self.keep_dates(dates)
        self.note(EventKind.CLOCK_RESUMED, promised_at=dates.promised_at.isoformat())

    def keep_dates(self, dates: Deadlines) -> None:
        """The law's dates for this dossier, moved."""
        self.law = self.the_law().model_copy(
            update={"promised_at": dates.promised_at, "certificate_by": dates.certificate_by, "legs": dates.legs}
        )
        for leg in dates.legs:
            if leg.leg in self.legs:
                self.legs[leg.leg] = self.legs[leg.leg].model_copy(update={"due_at": leg.due_at})
