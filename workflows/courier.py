"""One durable courier per recipient: brings what is to be told, in order, for as long as the product runs."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.courier import CourierActivities, Route
from contracts import queues
from contracts.outbox import Recipient

ROUND = timedelta(minutes=10)
"""How long one activity keeps delivering; then the next one begins, in a fresh history."""


def courier_id(partner: Recipient) -> str:
    """The courier's one workflow id."""
    return f"courier/{partner}"


@workflow.defn
class Courier:
    """Costs a dossier's history nothing."""

    @workflow.run
    async def run(self, route: Route) -> None:
        """Deliver, round after round."""
        for _ in range(ROUNDS):
            await workflow.execute_activity_method(
                CourierActivities.deliver,
                route,
                task_queue=queues.of(route.partner),
                start_to_close_timeout=ROUND * 2,
                heartbeat_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=route.retry_cap)
                ),
            )
        workflow.continue_as_new(route)

    @workflow.query
    def alive(self) -> bool:
        """Answers as long as a worker handles workflows."""
        return True


ROUNDS = 50
