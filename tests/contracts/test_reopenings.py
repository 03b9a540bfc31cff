"""What of a closed dossier can be done once more, from its state alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

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
from contracts.reopenings import certificate, personal_id, registered, repeatable

CODE = "G22.99.08-260703-000001"
LINE: dict[str, Any] = {"register_number": "12/2024", "book": "01-2024", "page": 7, "registered_on": "2024-07-03"}


def a_leg(kind: LegKind, state: LegState = LegState.REFUSED, **more: Any) -> LegView:
    return LegView(**{"kind": kind, "agency": "residence", "state": state, "keys": (f"{CODE}:{kind}:1",)} | more)


def a_document(version: int = 1, state: DocumentState = DocumentState.PUBLISHED) -> DocumentView:
    kind = DocumentKind.BIRTH_CERTIFICATE
    return DocumentView(id=f"c.v{version}", kind=kind, version=version, sha256=f"{version}" * 64, state=state)


BORN = a_leg(LegKind.CIVIL_STATUS, LegState.GRANTED, result=LINE)
RESIDENCE, CARD = a_leg(LegKind.RESIDENCE), a_leg(LegKind.HEALTH_CARD, LegState.GRANTED)


def a_state(*legs: LegView, **more: Any) -> DossierState:
    told = {
        "code": CODE,
        "group": Group.BIRTH,
        "stage": Stage.RETURNED,
        "channel": Channel.ONLINE,
        "office": "00070",
        "filed_at": datetime(2026, 7, 3, tzinfo=UTC),
        "legs": legs or (BORN, RESIDENCE, CARD),
        "documents": (a_document(),),
    }
    return DossierState.model_validate(told | more)


def test_what_stands_on_the_certificate_and_has_ended_can_be_done_once_more() -> None:
    assert repeatable(a_state(), []) == (LegKind.RESIDENCE, LegKind.HEALTH_CARD)


@pytest.mark.parametrize(
    "state",
    [
        a_state(stage=Stage.IN_PROGRESS),
        a_state(follows="G22.99.08-260703-000002"),
        a_state(documents=()),
        a_state(documents=(a_document(state=DocumentState.DRAFT),)),
        a_state(RESIDENCE),
        a_state(a_leg(LegKind.CIVIL_STATUS), RESIDENCE),
        a_state(BORN, a_leg(LegKind.RESIDENCE, LegState.WITHDRAWN)),
        a_state(BORN, a_leg(LegKind.RESIDENCE, keys=())),
        a_state(BORN, a_leg(LegKind.PERSONAL_ID)),
    ],
    ids=["open", "follower", "unsigned", "draft", "no-line", "refused", "withdrawn", "never-asked", "given-once"],
)
def test_else_nothing_can(state: DossierState) -> None:
    assert repeatable(state, []) == ()


def test_what_a_follower_has_in_hand_is_left_to_it() -> None:
    under_way = a_state(a_leg(LegKind.RESIDENCE, LegState.SENT), stage=Stage.IN_PROGRESS, follows=CODE)
    assert repeatable(a_state(), [under_way]) == (LegKind.HEALTH_CARD,)
    assert repeatable(a_state(), [under_way.model_copy(update={"stage": Stage.RETURNED})]) == (
        LegKind.RESIDENCE,
        LegKind.HEALTH_CARD,
    )


def test_nothing_stands_on_a_registration_that_was_struck() -> None:
    assert repeatable(a_state(), [a_state(BORN, follows=CODE)]) == ()


def test_the_facts_are_those_of_the_record() -> None:
    numbered = a_leg(LegKind.PERSONAL_ID, LegState.GRANTED, result={"personal_id": "001226000123"})
    state = a_state(BORN, numbered, documents=(a_document(1, DocumentState.SUPERSEDED), a_document(2)))
    paper, line = certificate(state), registered(state)
    assert paper is not None
    assert line is not None
    assert (paper.document, paper.version, line.page, personal_id(state)) == ("c.v2", 2, 7, "001226000123")
    assert personal_id(a_state()) is None
