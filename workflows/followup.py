"""A dossier that follows another one: nobody files it, nobody reviews it, its grounds stand in its opening."""

from contracts.agencies import Agency
from contracts.dossier import Finding, LegKind, Stage
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.tasks import Opening
from workflows.benefits import BenefitLegs


class FollowUp(BenefitLegs):
    """What reversals, differences and reopenings share."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._revocable = False

    def _unsent(self) -> tuple[LegKind, ...]:
        """Nobody filed it: nobody withdraws anything of it."""
        return ()

    async def check(self) -> tuple[Finding, ...]:
        """Examined by whoever ordered it."""
        return ()

    def begin(self, **grounds: str) -> None:
        """The order stands in for the review."""
        self.enter(Stage.IN_PROGRESS)
        self.note(EventKind.ACCEPTED, None, None, follows=self.follows, **grounds)
