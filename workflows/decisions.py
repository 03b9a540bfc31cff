"""Decision tasks: a person chooses what the law leaves open, or says where money that came back is to go."""

from temporalio import workflow

from contracts.agencies import Agency
from contracts.base import Instant
from contracts.dossier import LegKind, ReadingView, TaskKind, TaskState, TaskView
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.tasks import Choice, Opening, Receipt
from workflows.dossier import Dossier
from workflows.incidents import refuse
from workflows.review import require_open

PAY_AGAIN, GIVE_UP = "pay-again", "give-up"


class Deciding(Dossier):
    """Puts a question before the office and waits for its answer; nothing else waits for it."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._chosen: dict[str, Choice] = {}

    async def choose(
        self, leg: LegKind, subject: str, why: str, readings: tuple[ReadingView, ...], due_at: Instant
    ) -> Choice | None:
        """Return what the office decided; none where the leg is withdrawn meanwhile.

        `subject` tells apart several questions of one leg.
        """
        task = f"{self.opening.code}.decision.{leg}.{subject}"
        self.open_task(
            TaskView(
                id=task,
                kind=TaskKind.DECISION,
                office=self.office,
                due_at=due_at,
                opened_at=workflow.now(),
                choices={"decisions": tuple(reading.choice for reading in readings)},
                leg=leg,
                why=why,
                readings=readings,
            )
        )
        await workflow.wait_condition(lambda: task in self._chosen or self.legs[leg].state.ended)
        if task not in self._chosen:
            self.close_task(task, TaskState.CANCELLED)
        return self._chosen.get(task)

    @workflow.update
    async def decide(self, choice: Choice) -> Receipt:
        """Take the decision; the leg that asked goes on by itself."""
        task = self.tasks[choice.task]
        self._chosen[choice.task] = choice
        self.close_task(choice.task, actor=choice.by)
        self.note(
            EventKind.DECISION_TAKEN,
            leg=task.leg,
            actor=choice.by,
            task=choice.task,
            decision=choice.choice,
            reason=choice.reason,
        )
        await self.turn_written()
        return Receipt.TAKEN

    @decide.validator
    def _check_choice(self, choice: Choice) -> None:
        task = require_open(self.tasks.get(choice.task), TaskKind.DECISION)
        if choice.choice not in task.choices["decisions"]:
            refuse("ChoiceUnknown", "the decision is not among the choices", {"loc": ["choice"]})
        if choice.payment is not None and choice.choice != PAY_AGAIN:
            refuse("PaymentNotNeeded", "only money that is sent again needs a way to pay", {"loc": ["payment"]})
