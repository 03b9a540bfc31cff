"""Which workflow follows which opening: a further procedure is one more row."""

from contracts.followups import DifferenceOpening, ReopeningOpening, ReversalOpening
from contracts.tasks import BirthOpening, DeathOpening, Opening
from workflows.birth import BirthDossier
from workflows.death import DeathDossier
from workflows.difference import DeathDifference
from workflows.dossier import Dossier
from workflows.reopening import DossierReopening
from workflows.reversal import DeathReversal

PROCEDURES: dict[type[Opening], type[Dossier]] = {
    BirthOpening: BirthDossier,
    DeathOpening: DeathDossier,
    ReversalOpening: DeathReversal,
    DifferenceOpening: DeathDifference,
    ReopeningOpening: DossierReopening,
}


def defined_name(procedure: type[Dossier]) -> str:
    """Under which name the engine knows it."""
    return procedure.__name__
