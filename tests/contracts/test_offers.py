"""What support is offered at a place, and what of it takes two people."""

from datetime import UTC, datetime

import pytest

from contracts.acts import Target
from contracts.causes import CAUSES, GUARDED, Act, second_person
from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, LegView, Stage
from contracts.offers import offered, place_of

CODE = "G22.99.08-261122-000001"
DECIDED = {"amount", "articles", "recipient", "claim", "survivors", "decision_number"}


def an_open_dossier(kind: LegKind, *keys: str, state: LegState = LegState.GRANTED) -> DossierState:
    leg = LegView(kind=kind, agency="residence", state=state, keys=tuple(f"{CODE}:{key}" for key in keys))
    return DossierState(
        code=CODE,
        group=Group.DEATH,
        stage=Stage.IN_PROGRESS,
        channel=Channel.ONLINE,
        office="00070",
        filed_at=datetime(2026, 11, 22, tzinfo=UTC),
        legs=(leg,),
    )


@pytest.mark.parametrize(
    ("kind", "keys", "again"),
    [
        (LegKind.RESIDENCE, ("register_residence:1",), True),
        (LegKind.HEALTH_CARD_LOCK, ("lock_card:1", "lock_card:2"), True),
        (LegKind.FUNERAL, ("decide_funeral:1",), True),
        (LegKind.SURVIVOR, ("decide_survivor:s1:1", "decide_survivor:s2:1"), True),
        (LegKind.CIVIL_STATUS, ("register:1",), False),
        (LegKind.PERSONAL_ID, ("issue_id:1",), False),
        (LegKind.RESIDENCE_REMOVAL, ("restore_residence:1",), False),
        (LegKind.FUNERAL, ("recover_funeral:1",), False),
        (LegKind.FUNERAL, ("decide_funeral:to-12000000:1",), False),
        (LegKind.FUNERAL, (), False),
    ],
)
def test_a_leg_is_offered_once_more_where_its_dossier_can_begin_it_anew(
    kind: LegKind, keys: tuple[str, ...], again: bool
) -> None:
    for state, ended in ((LegState.GRANTED, True), (LegState.REFUSED, True), (LegState.SENT, False)):
        place = place_of(an_open_dossier(kind, *keys, state=state), Target(leg=kind))
        assert (Act.REPLAY in offered(place)) is (again and ended)


def test_what_decides_on_money_or_a_wallet_takes_two_people_or_is_never_corrected() -> None:
    permitted = {name for row in CAUSES.values() for name in row.fields}
    assert permitted >= GUARDED
    assert not permitted & DECIDED


@pytest.mark.parametrize(
    ("act", "changed", "two"),
    [
        (Act.RETRY_WITH, {"guardian_name"}, False),
        (Act.RETRY_WITH, {"guardian_name", "owner_personal_id"}, True),
        (Act.RETRY_WITH, {"payment"}, True),
        (Act.RECORD_RESULT, set(), True),
        (Act.REPLAY, set(), True),
        (Act.AGAIN, {"payment"}, False),
    ],
)
def test_who_has_to_agree_follows_from_the_act_and_from_what_it_corrects(
    act: Act, changed: set[str], two: bool
) -> None:
    assert second_person(act, changed) is two
