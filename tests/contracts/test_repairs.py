"""What mends a difference: acts where the dossier is under way, reopening where it has ended, else the agency alone."""

from datetime import UTC, datetime

import pytest

from contracts.causes import Act
from contracts.dossier import (
    Channel,
    DocumentKind,
    DocumentState,
    DocumentView,
    DossierState,
    Group,
    LegKind,
    LegState,
    LegView,
    Stage,
)
from contracts.repairs import Repair, Way, repair
from contracts.standings import Standing

FIRST, SECOND, THIRD = (f"G22.99.08-261122-00000{number}" for number in (1, 2, 3))


def a_leg(code: str, kind: LegKind, step: str, state: LegState, agency: str = "residence") -> LegView:
    return LegView(kind=kind, agency=agency, state=state, keys=(f"{code}:{step}:1",))


def a_dossier(
    code: str = FIRST, state: LegState = LegState.GRANTED, stage: Stage = Stage.RETURNED, follows: str | None = None
) -> DossierState:
    line = {"register_number": "12", "book": "01", "page": 3, "registered_on": "2026-11-22"}
    civil = a_leg(code, LegKind.CIVIL_STATUS, "register", LegState.GRANTED, "civil-status")
    legs = (civil.model_copy(update={"result": line}), a_leg(code, LegKind.RESIDENCE, "register_residence", state))
    paper = DocumentView(
        id="d-1", kind=DocumentKind.BIRTH_CERTIFICATE, version=1, sha256="0" * 64, state=DocumentState.PUBLISHED
    )
    return DossierState(
        code=code,
        group=Group.BIRTH,
        stage=stage,
        channel=Channel.ONLINE,
        office="00070",
        filed_at=datetime(2026, 11, 22, tzinfo=UTC),
        legs=legs[1:] if follows else legs,
        documents=() if follows else (paper,),
        follows=follows,
    )


def residence(code: str = FIRST) -> str:
    return f"{code}:register_residence:1"


def test_a_dossier_under_way_is_mended_by_acts_at_its_leg() -> None:
    waits = a_dossier(state=LegState.PENDING, stage=Stage.IN_PROGRESS)
    found = repair(residence(), Standing.GRANTED, waits, [waits])
    assert found == Repair(Way.ACTS, FIRST, LegKind.RESIDENCE, (Act.ASK, Act.AGAIN, Act.RECORD_RESULT))
    ended = a_dossier(stage=Stage.IN_PROGRESS)
    assert repair(residence(), Standing.UNKNOWN, ended, [ended]).acts == (Act.ASK, Act.REPLAY)


@pytest.mark.parametrize(
    ("key", "theirs", "way"),
    [
        (residence(), Standing.UNKNOWN, Way.REOPEN),
        (residence(), Standing.REFUSED, Way.REOPEN),
        (residence(), Standing.GRANTED, Way.AGENCY),
        (residence(), Standing.PENDING, Way.AGENCY),
        (f"{FIRST}:register:1", Standing.UNKNOWN, Way.AGENCY),
        (f"{FIRST}:status:3:1", Standing.UNKNOWN, Way.AGENCY),
    ],
)
def test_one_that_has_ended_is_opened_again_where_no_second_effect_can_come_of_it(
    key: str, theirs: Standing, way: Way
) -> None:
    closed = a_dossier()
    assert repair(key, theirs, closed, [closed]).way is way


@pytest.mark.parametrize(
    ("state", "stage", "way"),
    [
        (LegState.PENDING, Stage.IN_PROGRESS, Way.IN_HAND),
        (LegState.GRANTED, Stage.RETURNED, Way.MENDED),
        (LegState.REFUSED, Stage.RETURNED, Way.REOPEN),
    ],
)
def test_what_is_done_once_more_is_not_offered_again_unless_it_was_refused(
    state: LegState, stage: Stage, way: Way
) -> None:
    first, second = a_dossier(), a_dossier(SECOND, state, stage, follows=FIRST)
    found = repair(residence(), Standing.UNKNOWN, first, [first, second])
    assert (found.way, found.dossier) == (way, FIRST if way is Way.REOPEN else SECOND)


def test_what_was_lost_of_a_dossier_that_follows_is_done_once_more_of_the_first_one() -> None:
    first, second = a_dossier(), a_dossier(SECOND, follows=FIRST)
    found = repair(residence(SECOND), Standing.UNKNOWN, second, [first, second])
    assert found == Repair(Way.REOPEN, FIRST, LegKind.RESIDENCE)
    third = a_dossier(THIRD, follows=FIRST)
    assert repair(residence(SECOND), Standing.UNKNOWN, second, [first, second, third]).dossier == THIRD
