"""What a reversal takes back: everything that was asked for, by the keys that agencies know it by."""

from typing import Any

from api import effects
from contracts.agencies import Agency
from contracts.benefit_steps import Claim
from contracts.benefits import Payer
from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, LegView, Stage
from contracts.followups import Effect
from tests.policy.deaths import BENEFITS, SURVIVOR
from tests.records.samples import NOW, OFFICE, a_death

CODE, LATER = "G22.99.08-261123-000001", "G22.99.08-261124-000002"
DECEASED, WIDOW, SON = "004041000123", "004145000321", "004070000555"
FILING = a_death(benefits=BENEFITS | {"survivors": [SURVIVOR, SURVIVOR | {"personal_id": SON}]})
REGISTRATION = LegView(
    kind=LegKind.DEATH_REGISTRATION,
    agency="civil-status",
    state=LegState.GRANTED,
    keys=(f"{CODE}:register_death:1", f"{CODE}:register_death:2"),
)


def a_benefit(kind: LegKind, *keys: str, **changes: Any) -> LegView:
    fields = {"agency": "labour", "payer": "merit", "state": LegState.GRANTED, "office": "01288", "keys": keys}
    return LegView(kind=kind, **fields | changes)


def a_state(*legs: LegView, code: str = CODE) -> DossierState:
    return DossierState(
        code=code,
        group=Group.DEATH,
        stage=Stage.STOPPED,
        channel=Channel.ONLINE,
        office=OFFICE,
        filed_at=NOW,
        legs=legs,
    )


def found(*legs: LegView, later: tuple[LegView, ...] = ()) -> dict[LegKind, Effect]:
    differences = [a_state(*later, code=LATER)] if later else []
    return {each.leg: each for each in effects.of(a_state(REGISTRATION, *legs), differences, FILING)}


def test_of_a_step_that_was_tried_again_the_last_attempt_is_undone() -> None:
    [registered] = found().values()
    assert (registered.agency, registered.office) == (Agency.CIVIL_STATUS, OFFICE)
    assert [(each.key, each.claim) for each in registered.done] == [(f"{CODE}:register_death:2", None)]


def test_each_survivors_benefit_is_undone_under_its_own_claim() -> None:
    keys = [f"{CODE}:decide_survivor:s2:1", f"{CODE}:decide_survivor:s1:1", f"{CODE}:decide_survivor:s2:2"]
    survivors = found(a_benefit(LegKind.SURVIVOR, *keys))[LegKind.SURVIVOR]
    claims = [(each.key, each.claim.beneficiary, each.claim.part) for each in survivors.done]
    assert claims == [(keys[2], SON, ""), (keys[1], WIDOW, "")]
    assert survivors.office == "01288"


def test_what_was_asked_for_when_the_dossier_stopped_is_undone_and_what_was_refused_is_not() -> None:
    stopped = a_benefit(LegKind.FUNERAL, f"{CODE}:decide_funeral:1", state=LegState.NOT_APPLICABLE, office=None)
    refused = a_benefit(LegKind.ONE_OFF, f"{CODE}:decide_one_off:1", state=LegState.REFUSED)
    unasked = LegView(kind=LegKind.RESIDENCE_REMOVAL, agency="residence", state=LegState.NOT_APPLICABLE)
    taken_back = found(stopped, refused, unasked)
    assert set(taken_back) == {LegKind.DEATH_REGISTRATION, LegKind.FUNERAL}
    [funeral] = taken_back[LegKind.FUNERAL].done
    assert funeral.claim == Claim(dossier=CODE, kind=LegKind.FUNERAL, payer=Payer.MERIT, deceased=DECEASED)
    assert taken_back[LegKind.FUNERAL].office == OFFICE


def test_a_difference_is_taken_back_with_what_it_completes() -> None:
    first = a_benefit(LegKind.FUNERAL, f"{CODE}:decide_funeral:1")
    for state, count in ((LegState.GRANTED, 2), (LegState.PENDING, 2), (LegState.REFUSED, 1)):
        later = a_benefit(LegKind.FUNERAL, f"{LATER}:decide_funeral:to-10800000:1", state=state)
        done = found(first, later=(later,))[LegKind.FUNERAL].done
        assert len(done) == count
    told = found(first, later=(later.model_copy(update={"state": LegState.GRANTED}),))[LegKind.FUNERAL].done[1]
    assert (told.claim.dossier, told.claim.part) == (LATER, "to-10800000")


def test_a_leg_that_was_refused_at_first_is_undone_where_it_was_done_once_more() -> None:
    refused = LegView(kind=LegKind.RESIDENCE_REMOVAL, agency="residence", state=LegState.REFUSED, keys=(f"{CODE}:x:1",))
    again = refused.model_copy(update={"state": LegState.GRANTED, "keys": (f"{LATER}:remove_residence:1",)})
    assert LegKind.RESIDENCE_REMOVAL not in found(refused)
    effect = found(refused, later=(again,))[LegKind.RESIDENCE_REMOVAL]
    assert [each.key for each in effect.done] == [f"{LATER}:remove_residence:1"]
