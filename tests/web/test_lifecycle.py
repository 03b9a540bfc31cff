"""A document's way in words: which steps are done and since when, where it is, what comes next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.web.lifecycle import Place, path, paths
from contracts.dossier import DocumentRef, DocumentState, DossierState, Stage
from contracts.journal import EventKind

AT, HOUR = datetime(2026, 11, 22, 8, tzinfo=UTC), timedelta(hours=1)
CODE, HASH = "G22.99.08-261122-000001", "0" * 64
TASK = f"{CODE}.signature.birth_certificate.1"
DRAFT, REQUESTED, SIGNED, SEALED, PUBLISHED = list(DocumentState)[:5]
DONE, HERE, NEXT, LATER = Place.DONE, Place.HERE, Place.NEXT, Place.LATER
SIGNED_AT, SEALED_AT = AT + HOUR, AT + 2 * HOUR


def told(hours: int, kind: EventKind, **data: Any) -> dict[str, Any]:
    return {"at": AT + hours * HOUR, "kind": str(kind), "leg": None, "actor": None, "data": data}


JOURNAL = [
    told(-1, EventKind.DOCUMENT_DRAFTED, document="older", version=1),
    told(0, EventKind.DOCUMENT_DRAFTED, document="draft", version=1),
    told(0, EventKind.TASK_OPENED, task=TASK, task_kind="signature"),
    told(1, EventKind.DOCUMENT_SIGNED, document="below", version=1),
    told(2, EventKind.DOCUMENT_SEALED, document="paper", version=1),
    told(2, EventKind.DOCUMENT_PUBLISHED, document="paper", version=1),
    told(5, EventKind.DOCUMENT_SUPERSEDED, document="paper", version=1),
]


def dossier(how: DocumentState, name: str = "draft", stage: Stage = Stage.IN_PROGRESS, **more: Any) -> DossierState:
    document = {"id": name, "kind": "birth_certificate", "version": 1, "sha256": HASH, "state": how, **more}
    asked = {"id": "draft", "version": 1, "sha256": HASH}
    task = {"id": TASK, "kind": "signature", "office": "00070", "due_at": AT, "opened_at": AT, "document": asked}
    return DossierState.model_validate(
        {"code": CODE, "group": "birth", "channel": "online", "office": "00070", "filed_at": AT, "stage": stage}
        | {"documents": [document], "tasks": [task]}
    )


UNDER: dict[str, Any] = {
    "draft_id": "draft",
    "signed": True,
    "under_seal": {"id": "below", "version": 1, "sha256": HASH},
}


@pytest.mark.parametrize(
    ("state", "until", "places", "times"),
    [
        (dossier(REQUESTED), 3, [DONE, HERE, NEXT, LATER, LATER], [AT, AT, None, None, None]),
        (
            dossier(SIGNED, "below", draft_id="draft", signed=True),
            4,
            [DONE, DONE, HERE, NEXT, LATER],
            [AT, AT, SIGNED_AT, None, None],
        ),
        (dossier(SEALED, "paper", **UNDER), 5, [DONE, DONE, DONE, HERE, NEXT], [AT, AT, SIGNED_AT, SEALED_AT, None]),
        (
            dossier(PUBLISHED, "paper", **UNDER),
            6,
            [DONE, DONE, DONE, DONE, HERE],
            [AT, AT, SIGNED_AT, SEALED_AT, SEALED_AT],
        ),
    ],
)
def test_each_step_has_its_place_and_what_is_done_its_time(
    state: DossierState, until: int, places: list[Place], times: list[datetime | None]
):
    [(_, steps)] = paths(state, JOURNAL[:until])
    assert [each.state for each in steps] == [DRAFT, REQUESTED, SIGNED, SEALED, PUBLISHED]
    assert [each.place for each in steps] == places
    assert [each.at for each in steps] == times


def test_a_replaced_document_ends_with_its_replacement():
    [(_, steps)] = paths(dossier(DocumentState.SUPERSEDED, "paper", **UNDER), JOURNAL)
    assert (steps[-1].state, steps[-1].place, steps[-1].at) == (DocumentState.SUPERSEDED, HERE, AT + 5 * HOUR)
    assert [each.place for each in steps[:-1]] == [DONE] * 5


def test_what_was_published_before_there_were_seals_has_no_such_step():
    entries = [*JOURNAL[:4], told(1, EventKind.DOCUMENT_PUBLISHED, document="below", version=1)]
    [(_, steps)] = paths(dossier(PUBLISHED, "below", draft_id="draft", signed=True), entries)
    assert [each.state for each in steps] == [DRAFT, REQUESTED, SIGNED, PUBLISHED]


def test_in_a_dossier_that_has_ended_nothing_comes_next():
    [(_, steps)] = paths(dossier(REQUESTED, stage=Stage.WITHDRAWN), JOURNAL[:3])
    assert [each.place for each in steps] == [DONE, HERE]


def test_a_task_shows_the_way_of_its_own_document():
    state = dossier(SIGNED, "below", draft_id="draft", signed=True)
    assert path(state, JOURNAL[:4], DocumentRef(id="draft", version=1, sha256=HASH))[2].place is HERE
    assert path(state, JOURNAL[:4], DocumentRef(id="other", version=1, sha256=HASH)) == ()
    assert path(state, JOURNAL[:4], None) == ()
