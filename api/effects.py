"""What a dossier has set off at agencies, by the keys under which they were asked: what a reversal takes back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from contracts.agencies import Agency
from contracts.benefit_steps import Claim
from contracts.benefits import Payer
from contracts.death import DeathFiling
from contracts.dossier import DossierState, LegKind, LegState, LegView
from contracts.followups import Effect, Undone

_DONE = frozenset({LegState.GRANTED, LegState.NOT_APPLICABLE})
"""Granted; or asked for before the dossier was stopped, which an agency may grant all the same."""
_UNDER_WAY = frozenset({LegState.SENT, LegState.PENDING, LegState.NEEDS_SUPPLEMENT, LegState.PARKED})
_BENEFITS = frozenset({LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR})
_Asked: TypeAlias = tuple[str, LegView]
"""A leg and whose it is: the first dossier's, or a follower's: a difference, or the leg done once more."""


def of(state: DossierState, followers: Iterable[DossierState], filing: DeathFiling) -> tuple[Effect, ...]:
    """The legs that agencies were asked for, each with everything that was asked; followers count with their leg."""
    later = [
        (each.code, leg) for each in followers for leg in each.legs if leg.keys and leg.state in _DONE | _UNDER_WAY
    ]
    found = []
    for leg in state.legs:
        first = [(state.code, leg)] if leg.keys and leg.state in _DONE else []
        if asked := [*first, *(each for each in later if each[1].kind is leg.kind)]:
            found.append(_effect(state, asked, filing))
    return tuple(found)


def _effect(state: DossierState, asked: Sequence[_Asked], filing: DeathFiling) -> Effect:
    leg = asked[0][1]
    done = tuple(undone for code, each in asked for undone in _undone(code, each, filing))
    return Effect(leg=leg.kind, agency=Agency(leg.agency), office=leg.office or state.office, done=done)


def _undone(code: str, leg: LegView, filing: DeathFiling) -> Iterator[Undone]:
    """Each thing once: of an attempt that was made again, the last one's key."""
    last = {_part(key): key for key in leg.keys}
    for part, key in last.items():
        yield Undone(key=key, claim=_claim(code, leg, part, filing) if leg.kind in _BENEFITS else None)


def _part(key: str) -> str:
    """`code:step:part:group`, or `code:step:group` where a step has one effect (contracts.agencies.Case)."""
    _, _, *part, _ = key.split(":")
    return ":".join(part)


def _claim(code: str, leg: LegView, part: str, filing: DeathFiling) -> Claim:
    deceased, benefits = filing.declaration.deceased, filing.declaration.benefits
    assert benefits is not None, "whoever was asked to pay was asked for a benefit"  # noqa: S101
    survivor = leg.kind is LegKind.SURVIVOR
    return Claim.model_validate(
        {
            "dossier": code,
            "kind": leg.kind,
            "payer": Payer(leg.payer or ""),
            "deceased": deceased.personal_id,
            "beneficiary": benefits.survivors[int(part[1:]) - 1].personal_id if survivor else None,
            "part": "" if survivor else part,
        }
    )
