"""What a leg tells of each key it was asked under, and which pairs of standings differ."""

from datetime import UTC, datetime

import pytest

from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, LegView, Stage
from contracts.reconciliations import DiscrepancyKind, Holding, difference, handed_over, held_by_leg, once_more
from contracts.standings import Standing

CODE = "G22.99.08-261122-000001"
ONE, TWO = f"{CODE}:register_residence:1", f"{CODE}:register_residence:2"
DECIDE, PAY, PAY_AGAIN = f"{CODE}:decide_funeral:1", f"{CODE}:pay_funeral:1", f"{CODE}:pay_funeral:2"
FIRST, SECOND = f"{CODE}:pay_survivor:s1:1", f"{CODE}:pay_survivor:s2:1"
G, R, P, U = Standing.GRANTED, Standing.REFUSED, Standing.PENDING, Standing.UNKNOWN


def a_state(state: LegState, *keys: str, stage: Stage = Stage.IN_PROGRESS) -> DossierState:
    return DossierState(
        code=CODE,
        group=Group.BIRTH,
        stage=stage,
        channel=Channel.ONLINE,
        office="00070",
        filed_at=datetime(2026, 11, 22, tzinfo=UTC),
        legs=(LegView(kind=LegKind.RESIDENCE, agency="residence", state=state, keys=keys),),
    )


@pytest.mark.parametrize(
    ("state", "keys", "expected"),
    [
        (LegState.GRANTED, (ONE,), {ONE: G}),
        (LegState.REFUSED, (ONE,), {ONE: R}),
        (LegState.WITHDRAWN, (ONE,), {ONE: R}),
        (LegState.SENT, (ONE,), {ONE: P}),
        (LegState.PENDING, (ONE,), {ONE: P}),
        (LegState.PARKED, (ONE,), {ONE: None}),
        (LegState.GRANTED, (ONE, TWO), {ONE: None, TWO: G}),
        (LegState.PENDING, (ONE, TWO), {ONE: None, TWO: P}),
        (LegState.REFUSED, (ONE, TWO), {ONE: R, TWO: R}),
        (LegState.GRANTED, (DECIDE, PAY), {DECIDE: G, PAY: G}),
        (LegState.PENDING, (DECIDE, PAY), {DECIDE: G, PAY: P}),
        (LegState.REFUSED, (DECIDE, PAY), {DECIDE: None, PAY: R}),
        (LegState.GRANTED, (DECIDE, PAY, PAY_AGAIN), {DECIDE: G, PAY: None, PAY_AGAIN: G}),
        (LegState.GRANTED, (FIRST, SECOND), {FIRST: None, SECOND: None}),
        (LegState.REFUSED, (FIRST, SECOND), {FIRST: R, SECOND: R}),
    ],
)
def test_a_leg_tells_what_became_of_each_of_its_keys(
    state: LegState, keys: tuple[str, ...], expected: dict[str, Standing | None]
) -> None:
    assert {key: held_by_leg(a_state(state, *keys), key) for key in keys} == expected


def test_a_key_under_which_no_leg_was_asked_is_not_told() -> None:
    with pytest.raises(KeyError):
        held_by_leg(a_state(LegState.GRANTED, ONE), TWO)


def test_what_is_handed_over_is_sure_once_the_dossier_is_returned() -> None:
    assert handed_over(a_state(LegState.GRANTED, ONE)) is None
    assert handed_over(a_state(LegState.GRANTED, ONE, stage=Stage.RETURNED)) is G


LATER, LAST = "G22.99.08-261123-000002", "G22.99.08-261123-000003"


def a_follower(code: str, state: LegState, *keys: str) -> DossierState:
    return a_state(state, *(f"{code}:{key}" for key in keys)).model_copy(update={"code": code, "follows": CODE})


@pytest.mark.parametrize(
    ("followers", "expected"),
    [
        ([], None),
        ([(LegState.WAITING,)], ("", P)),
        ([(LegState.PENDING, "register_residence:1")], ("register_residence:1", P)),
        ([(LegState.GRANTED, "register_residence:1")], ("register_residence:1", G)),
        ([(LegState.GRANTED, "register_residence:1", "register_residence:2")], ("register_residence:2", G)),
        ([(LegState.REFUSED, "register_residence:1")], None),
        ([(LegState.NOT_APPLICABLE,)], None),
        ([(LegState.GRANTED, "restore_residence:1")], None),
    ],
    ids=str,
)
def test_what_was_done_once_more_and_granted_takes_the_place_of_a_key(
    followers: list[tuple[LegState, str]], expected: tuple[str, Standing] | None
) -> None:
    later = [a_follower(LATER, *each) for each in followers]
    found = once_more(ONE, later)
    if expected is None:
        assert found is None
    else:
        key, ours = expected
        assert found == Holding(dossier=LATER, key=f"{LATER}:{key}" if key else "", ours=ours)


def test_the_newest_that_was_granted_counts_and_one_that_was_refused_does_not() -> None:
    granted = a_follower(LATER, LegState.GRANTED, "register_residence:1")
    for state, expected in ((LegState.REFUSED, LATER), (LegState.GRANTED, LAST), (LegState.SENT, LAST)):
        found = once_more(ONE, [granted, a_follower(LAST, state, "register_residence:1")])
        assert found is not None
        assert found.dossier == expected


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (G, {U: DiscrepancyKind.MISSING, P: DiscrepancyKind.DIFFERENT, R: DiscrepancyKind.DIFFERENT, G: None}),
        (R, {U: None, P: None, R: None, G: DiscrepancyKind.DIFFERENT}),
        (P, {U: None, P: None, R: DiscrepancyKind.DIFFERENT, G: DiscrepancyKind.EXTRA}),
        (U, {U: None, P: None, R: None, G: DiscrepancyKind.EXTRA}),
        (None, dict.fromkeys(Standing)),
    ],
)
def test_only_what_contradicts_ours_differs(
    ours: Standing | None, expected: dict[Standing, DiscrepancyKind | None]
) -> None:
    assert {theirs: difference(ours, theirs) for theirs in Standing} == expected
