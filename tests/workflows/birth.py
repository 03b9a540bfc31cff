"""One family's birth dossier."""

from datetime import date

from temporalio.client import Client

from cli.families import family
from cli.legal_time import today
from contracts.birth import BirthFiling
from contracts.dossier import Group
from tests.workflows.filed import (
    ASKED_AGAIN_SOON,
    IMPATIENT_FOR_ANSWERS,
    IMPATIENT_FOR_THE_NUMBER,
    NUMBERS,
    OFFICE,
    PATIENT,
    Filed,
    leg,
    open_tasks,
    request,
)
from tests.workflows.town import Town, number_of

__all__ = [
    "ASKED_AGAIN_SOON",
    "IMPATIENT_FOR_ANSWERS",
    "IMPATIENT_FOR_THE_NUMBER",
    "OFFICE",
    "PATIENT",
    "leg",
    "open_tasks",
    "request",
]


def a_filing(seed: int, born: date | None = None) -> BirthFiling:
    """A family that does not exist."""
    told = family("V-B01", OFFICE, born or today(), seed).filing
    return BirthFiling.model_validate({"applicant": told["applicant"], "declaration": told["declaration"]})


class Birth(Filed):
    """A birth on its way."""

    GROUP = Group.BIRTH
    filing: BirthFiling
    town: Town

    def __init__(self, client: Client, towns: dict[str, Town]) -> None:
        number = next(NUMBERS)
        filing = a_filing(number)
        super().__init__(client, towns, filing, Town(filing), number)

    def own_number(self) -> str:
        """A number that can be this child's."""
        return number_of(self.filing.declaration.child, "01")
