"""How a difference between our records and an agency's is mended: from its standings and the dossiers' states alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.acts import Target
from contracts.causes import Act, Cause
from contracts.dossier import DossierState, LegKind
from contracts.offers import offered, place_of, step_of
from contracts.reconciliations import LACKING, once_more
from contracts.reopenings import repeatable
from contracts.standings import Standing
from contracts.steps import LEG_OF_STEP

HELPFUL = frozenset({Act.ASK, Act.AGAIN, Act.REPLAY, Act.RECORD_RESULT})


class Way(StrEnum):
    """Who can mend it, and how."""

    ACTS = "acts"
    """Support, on the dossier that is under way."""
    REOPEN = "reopen"
    """Support: the dossier has ended, and its leg is done once more."""
    IN_HAND = "in-hand"
    """The leg is being done once more."""
    MENDED = "mended"
    """It was done once more: the next comparison sees whether the agency agrees."""
    AGENCY = "agency"
    """The agency alone: what we could send makes a second effect, or changes nothing there."""


@dataclass(frozen=True)
class Repair:
    """`dossier`: where; none where we know of none. `acts`: what can be done at the leg, the next best first."""

    way: Way
    dossier: str | None = None
    leg: LegKind | None = None
    acts: tuple[Act, ...] = ()


def repair(key: str, theirs: Standing, state: DossierState, family: Sequence[DossierState]) -> Repair:
    """`family`: the first dossier and those that follow it, the oldest first; `state` is one of them."""
    leg = LEG_OF_STEP.get(step_of(key))
    if leg is None:
        return Repair(Way.AGENCY, state.code)
    if not state.stage.closed:
        acts = tuple(act for act in offered(place_of(state, Target(leg=leg)), Cause.VIEWS_DIFFER) if act in HELPFUL)
        return Repair(Way.ACTS, state.code, leg, acts)
    place = [each.code for each in family].index(state.code)
    if heir := once_more(key, family[place + 1 :]):
        return Repair(Way.MENDED if heir.ours is Standing.GRANTED else Way.IN_HAND, heir.dossier, leg)
    first, *followers = family
    if theirs in LACKING and leg in repeatable(first, followers):
        return Repair(Way.REOPEN, first.code, leg)
    return Repair(Way.AGENCY, state.code, leg)
