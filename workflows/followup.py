"""A dossier that follows another one: nobody files it, nobody reviews it, its grounds stand in its opening."""

from contracts.dossier import Finding, Stage
from contracts.journal import EventKind
from workflows.benefits import BenefitLegs


class FollowUp(BenefitLegs):
    """What reversals and differences share."""

    async def check(self) -> tuple[Finding, ...]:
        """Examined by whoever ordered it."""
        return ()

    def begin(self, **grounds: str) -> None:
        """The order stands in for the review."""
        self.enter(Stage.IN_PROGRESS)
        self.note(EventKind.ACCEPTED, None, None, follows=self.follows, **grounds)
