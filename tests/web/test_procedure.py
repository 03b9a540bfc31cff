"""A dossier's place in its procedure: each step's mark, from the dossier's state alone."""

from datetime import UTC, datetime

import pytest

from api.console.procedure import Mark, procedure
from contracts.dossier import (
    Channel,
    DocumentKind,
    DocumentState,
    DocumentView,
    DossierState,
    Group,
    IncidentView,
    LegKind,
    LegState,
    LegView,
    Stage,
    TaskKind,
    TaskState,
    TaskView,
)

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CODE = "G22.99.08-261122-000001"
BIRTH = (LegKind.CIVIL_STATUS, LegKind.PERSONAL_ID, LegKind.RESIDENCE, LegKind.HEALTH_CARD)
REVIEWED = TaskView(
    id=f"{CODE}.review.1", kind=TaskKind.REVIEW, state=TaskState.DONE, office="00070", due_at=AT, opened_at=AT
)


def state(*states: LegState, **more: object) -> DossierState:
    legs = tuple(LegView(kind=kind, agency="x", state=each) for kind, each in zip(BIRTH, states, strict=False))
    told = {"code": CODE, "group": Group.BIRTH, "channel": Channel.ONLINE, "office": "00070", "filed_at": AT}
    return DossierState.model_validate({**told, "legs": legs, "tasks": (REVIEWED,), **more})


def certificate(how: DocumentState) -> DocumentView:
    return DocumentView(id="d", kind=DocumentKind.BIRTH_CERTIFICATE, version=1, sha256="0" * 64, state=how)


def incident(step: str) -> IncidentView:
    return IncidentView(id=f"{CODE}.{step}.1", step=step, code="step-failed", opened_at=AT)


GRANTED, SENT, WAITING = LegState.GRANTED, LegState.SENT, LegState.WAITING
DONE, HERE, LATER, PARKED, SKIPPED = Mark.DONE, Mark.HERE, Mark.WAITING, Mark.PARKED, Mark.SKIPPED


@pytest.mark.parametrize(
    ("dossier", "marks"),
    [
        (
            state(WAITING, WAITING, WAITING, WAITING, tasks=()),
            [DONE, HERE, LATER, LATER, LATER, LATER, LATER, LATER],
        ),
        (
            state(WAITING, WAITING, tasks=(), incidents=(incident("birth_notice"),)),
            [DONE, PARKED, LATER, LATER, LATER, LATER],
        ),
        (
            state(GRANTED, SENT, WAITING, WAITING, stage=Stage.IN_PROGRESS),
            [DONE, DONE, DONE, HERE, LATER, LATER, LATER, LATER],
        ),
        (
            state(
                GRANTED, GRANTED, WAITING, documents=(certificate(DocumentState.REQUESTED),), stage=Stage.IN_PROGRESS
            ),
            [DONE, DONE, DONE, DONE, HERE, LATER, LATER],
        ),
        (
            state(GRANTED, incidents=(incident("seal"),), stage=Stage.IN_PROGRESS),
            [DONE, DONE, DONE, PARKED, LATER],
        ),
        (
            state(
                *(GRANTED, GRANTED, LegState.PARKED, LegState.REFUSED),
                documents=(certificate(DocumentState.PUBLISHED),),
                stage=Stage.IN_PROGRESS,
            ),
            [DONE, DONE, DONE, DONE, DONE, PARKED, Mark.REFUSED, LATER],
        ),
        (
            state(GRANTED, documents=(certificate(DocumentState.PUBLISHED),), stage=Stage.DONE),
            [DONE, DONE, DONE, DONE, HERE],
        ),
        (
            state(GRANTED, incidents=(incident("hand_over"),), stage=Stage.DONE),
            [DONE, DONE, DONE, LATER, PARKED],
        ),
        (
            state(GRANTED, documents=(certificate(DocumentState.PUBLISHED),), stage=Stage.RETURNED),
            [DONE, DONE, DONE, DONE, DONE],
        ),
        (
            state(LegState.REFUSED, LegState.NOT_APPLICABLE, stage=Stage.REJECTED),
            [DONE, DONE, Mark.REFUSED, SKIPPED, SKIPPED, SKIPPED],
        ),
    ],
)
def test_each_step_has_its_mark(dossier: DossierState, marks: list[Mark]):
    assert [node.mark for node in procedure(dossier)] == marks


def test_legs_that_do_not_wait_on_each_other_stand_side_by_side():
    nodes = procedure(state(GRANTED, GRANTED, SENT, SENT, stage=Stage.IN_PROGRESS))
    assert [node.what for node in nodes if node.beside] == ["residence", "health_card"]


def test_what_an_office_ordered_has_neither_review_nor_signature():
    nodes = procedure(state(SENT, channel=Channel.OFFICE, tasks=(), stage=Stage.IN_PROGRESS))
    assert [node.what for node in nodes] == ["filed", "civil_status", "hand_over"]
