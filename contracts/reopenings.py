"""What of a closed dossier can be done once more, from its state and that of the dossiers that follow it."""

from collections.abc import Collection

from contracts.acts import ActView
from contracts.agencies import CertificateRef, RegisterLine
from contracts.causes import Act
from contracts.dossier import DocumentState, DossierState, Group, LegKind, LegState
from contracts.followups import REPEATABLE
from contracts.offers import OVER

LEGS = "legs"
"""What the wish names them by."""
REGISTRATION = {Group.BIRTH: LegKind.CIVIL_STATUS, Group.DEATH: LegKind.DEATH_REGISTRATION}


def repeatable(state: DossierState, followers: Collection[DossierState]) -> tuple[LegKind, ...]:
    """Legs that were asked for and have ended; none where nothing was registered or signed, or all was taken back."""
    struck = any(leg.kind is REGISTRATION[state.group] for each in followers for leg in each.legs)
    if not state.stage.closed or state.follows or struck or not (certificate(state) and registered(state)):
        return ()
    under_way = {leg.kind for each in followers if not each.stage.closed for leg in each.legs}
    return tuple(
        leg.kind for leg in state.legs if leg.kind in REPEATABLE - under_way and leg.state in OVER and leg.keys
    )


def asked_again(act: ActView) -> tuple[LegKind, ...]:
    """Which legs a reopening is to do once more; none of any other act."""
    named = (act.told.input or {}).get(LEGS, ()) if act.act is Act.REPLAY else ()
    return tuple(LegKind(each) for each in named)


def certificate(state: DossierState) -> CertificateRef | None:
    """The document in force."""
    published = [each for each in state.documents if each.state is DocumentState.PUBLISHED]
    newest = max(published, key=lambda each: each.version, default=None)
    return CertificateRef(document=newest.id, version=newest.version, sha256=newest.sha256) if newest else None


def registered(state: DossierState) -> RegisterLine | None:
    """The register's line."""
    told = _granted(state, REGISTRATION[state.group])
    return RegisterLine.model_validate({name: told[name] for name in RegisterLine.model_fields}) if told else None


def personal_id(state: DossierState) -> str | None:
    """The child's number, once it has one."""
    told = _granted(state, LegKind.PERSONAL_ID)
    return str(told["personal_id"]) if told else None


def _granted(state: DossierState, kind: LegKind) -> dict[str, str | int | None] | None:
    found = (leg for leg in state.legs if leg.kind is kind and leg.state is LegState.GRANTED)
    return next((leg.result for leg in found), None)
