"""A document's way from draft to published, step by step: which are done and since when, which comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.dossier import DocumentRef, DocumentState, DocumentView, DossierState
from contracts.journal import EventKind

Entry = dict[str, Any]
WAY = (
    DocumentState.DRAFT,
    DocumentState.REQUESTED,
    DocumentState.SIGNED,
    DocumentState.SEALED,
    DocumentState.PUBLISHED,
)
TOLD_BY = {
    EventKind.DOCUMENT_DRAFTED: DocumentState.DRAFT,
    EventKind.DOCUMENT_SIGNED: DocumentState.SIGNED,
    EventKind.DOCUMENT_SEALED: DocumentState.SEALED,
    EventKind.DOCUMENT_PUBLISHED: DocumentState.PUBLISHED,
    EventKind.DOCUMENT_SUPERSEDED: DocumentState.SUPERSEDED,
}


class Place(StrEnum):
    """How a step stands to where the document is."""

    DONE = "done"
    HERE = "here"
    NEXT = "next"
    LATER = "later"


@dataclass(frozen=True)
class Step:
    """One step; `at`: when it was done, or reached."""

    state: DocumentState
    place: Place
    at: datetime | None


def paths(state: DossierState, entries: Iterable[Entry]) -> list[tuple[DocumentView, tuple[Step, ...]]]:
    """Each version's way, the newest first."""
    told = list(entries)
    newest_first = sorted(state.documents, key=lambda each: -each.version)
    return [(each, _steps(each, state, _reached(each, state, told))) for each in newest_first]


def path(state: DossierState, entries: Iterable[Entry], ref: DocumentRef | None) -> tuple[Step, ...]:
    """The way of a task's document; empty where it has none."""
    return next((steps for each, steps in paths(state, entries) if ref and ref.id in _ids(each)), ())


def _ids(document: DocumentView) -> set[str | None]:
    """What it was called as a draft, when it was signed, and under its seal."""
    return {document.id, document.draft_id, document.under_seal.id if document.under_seal else None}


def _reached(document: DocumentView, state: DossierState, entries: list[Entry]) -> dict[DocumentState, datetime]:
    reached, ids = dict[DocumentState, datetime](), _ids(document)
    asked = {task.id for task in state.tasks if task.document and task.document.id in ids}
    for entry in entries:
        kind, data = EventKind(entry["kind"]), entry["data"]
        if kind in TOLD_BY and data.get("document") in ids:
            reached[TOLD_BY[kind]] = entry["at"]
        elif kind is EventKind.TASK_OPENED and data.get("task") in asked:
            reached[DocumentState.REQUESTED] = entry["at"]
    if drafted := reached.get(DocumentState.DRAFT):  # a draft made anew is asked to be signed in the task of the old
        reached[DocumentState.REQUESTED] = max(drafted, reached.get(DocumentState.REQUESTED, drafted))
    return reached


def _steps(document: DocumentView, state: DossierState, reached: dict[DocumentState, datetime]) -> tuple[Step, ...]:
    if document.state is DocumentState.SUPERSEDED:
        way = [*(each for each in WAY if each in reached), DocumentState.SUPERSEDED]
    elif document.state is DocumentState.PUBLISHED:  # one without a seal has skipped it
        way = [each for each in WAY if each in reached or each is DocumentState.PUBLISHED]
    else:
        way = list(WAY)
    here = way.index(document.state)
    over = state.stage.closed or here == len(way) - 1
    places = [Place.DONE] * here + [Place.HERE, *([] if over else [Place.NEXT, *[Place.LATER] * len(way)])]
    return tuple(Step(each, place, reached.get(each)) for each, place in zip(way, places, strict=False))
