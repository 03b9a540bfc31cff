"""Documents chosen to be signed together, on their way through the pages: each form carries all of them."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from api.answers import SignatureReceipt
from api.bodies import BATCH_MOST
from api.deps import Front
from api.gate import Caller
from api.problems import Problem
from api.tasks import shown, task_of
from api.web.telling import person
from api.web.words import Words
from contracts.dossier import DocumentKind, DossierState, TaskKind, TaskState, TaskView
from contracts.filings import Filing
from records.queries import TaskRow

_WRITTEN = re.compile(r"([^/]{1,100})/([0-9a-f]{64})?/(unseen|right|out)")
_BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""


class Mark(StrEnum):
    """What the signer said of a document when it was shown."""

    UNSEEN = "unseen"
    RIGHT = "right"
    OUT = "out"


@dataclass(frozen=True)
class Chosen:
    """One of them; `sha256` is that of the bytes that were shown, and nothing else is signed."""

    task: str
    sha256: str = ""
    mark: Mark = Mark.UNSEEN

    def __str__(self) -> str:
        """As a form carries it."""
        return f"{self.task}/{self.sha256}/{self.mark}"


def read(written: Sequence[str]) -> list[Chosen]:
    """What a form carried; raises a 422 problem."""
    found = [_WRITTEN.fullmatch(each) for each in written]
    if len(found) > BATCH_MOST or not all(found):
        raise Problem(422, "invalid", "the form is not one of ours")
    return [Chosen(each[1], each[2] or "", Mark(each[3])) for each in found if each]


class Standing(StrEnum):
    """How a document stands now."""

    WAITS = "waits"
    SIGNED = "signed"
    BLOCKED_NOW = "blocked_now"
    """It waits, but its office cannot sign."""
    CHANGED = "changed"


@dataclass(frozen=True)
class ToSign:
    """A document that waits, or waited, for its signature, with what is told of it."""

    row: TaskRow
    state: DossierState
    task: TaskView
    kind: DocumentKind
    filing: Filing | None

    @property
    def name(self) -> str:
        """Whom it is about."""
        return person(self.filing)

    @property
    def sha256(self) -> str:
        """Of the bytes that wait."""
        return self.task.document.sha256 if self.task.document else ""

    @property
    def waits(self) -> bool:
        """Is it still to be signed?"""
        return self.task.state is TaskState.OPEN

    @property
    def blocked(self) -> bool:
        """Does it wait at an office that cannot sign now?"""
        return self.task.state is TaskState.BLOCKED

    def standing(self, chosen: Chosen, signer: str) -> Standing:
        """How it stands for this signer, who was shown these bytes."""
        draft = self.task.document.id if self.task.document else None
        if any(each.draft_id == draft and each.signed_by == signer for each in self.state.documents):
            return Standing.SIGNED
        if self.sha256 != chosen.sha256 or not (self.waits or self.blocked):
            return Standing.CHANGED
        return Standing.BLOCKED_NOW if self.blocked else Standing.WAITS


async def to_sign(front: Front, caller: Caller, task: str) -> ToSign:
    """The document of a signature task; raises a 404 or 403 problem where it is none of the caller's."""
    row, state = await task_of(front, caller, task)
    return await document_of(front, row, state)


async def document_of(front: Front, row: TaskRow, state: DossierState) -> ToSign:
    """The same, of a task that was just read."""
    task = shown(state, row)
    if task.kind is not TaskKind.SIGNATURE or task.document is None:
        raise Problem(404, "task-unknown", "there is no such document to sign")
    draft = task.document.id
    kind = next(each.kind for each in state.documents if draft in {each.id, each.draft_id})
    return ToSign(row, state, task, kind, await front.claims.filing(row.dossier))


def receipts_file(documents: Sequence[ToSign], receipts: Sequence[SignatureReceipt], w: Words) -> str:
    """The receipts as a file that the page itself holds (RFC 2397); it names dossiers, not people."""
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow([w(f"batch.{name}") for name in ("dossier", "kind", "version", "status", "document", "hash", "why")])
    for each, receipt in zip(documents, receipts, strict=True):
        document = receipt.document or each.task.document
        assert document is not None, "a signature task has its document"  # noqa: S101
        signed = (document.id, document.sha256) if receipt.document else ("", "")
        why = w.code("problem", problem_name(receipt)) if receipt.problem else ""
        table.writerow([each.state.code, w.of(each.kind), document.version, w(f"batch.{receipt.status}"), *signed, why])
    return f"data:text/csv;charset=utf-8,{quote(_BYTE_ORDER_MARK + lines.getvalue())}"


def problem_name(receipt: SignatureReceipt) -> str:
    """Why a document was refused, by name."""
    return receipt.problem.type.rpartition(":")[2] if receipt.problem else ""
