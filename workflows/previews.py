"""Previews: how cases stand at their agencies, asked through the agencies' own queues, with little patience."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from activities.standing import StandingActivities
from contracts import queues
from contracts.base import Message
from contracts.standings import StandingAnswer, StandingQuestion

PATIENCE = timedelta(seconds=4)
"""Somebody looks at a page meanwhile; an agency that is away, or whose queue is held, has not answered."""


class PreviewRequest(Message):
    """What is asked, of whichever agencies."""

    questions: tuple[StandingQuestion, ...]


class PreviewAnswer(Message):
    """In the questions' order; none where no answer came in time."""

    answers: tuple[StandingAnswer | None, ...]


@workflow.defn
class Preview:
    """A workflow of its own, so that looking costs no dossier anything."""

    @workflow.run
    async def run(self, request: PreviewRequest) -> PreviewAnswer:
        """Ask everybody at once."""
        return PreviewAnswer(answers=tuple(await asyncio.gather(*(self._answer(each) for each in request.questions))))

    async def _answer(self, question: StandingQuestion) -> StandingAnswer | None:
        try:
            return await workflow.execute_activity_method(
                StandingActivities.ask_standing,
                question,
                task_queue=queues.of(question.agency),
                schedule_to_close_timeout=PATIENCE,
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=0.5)),
            )
        except ActivityError:
            return None
