"""One act of support on one dossier: what somebody wants done, what it would do, and how far it is."""

from enum import StrEnum
from typing import Any

from contracts.agencies import Agency, Step
from contracts.base import DossierCode, Instant, Line, Message, Sha256
from contracts.causes import Act, Cause
from contracts.dossier import LegKind, ProblemItem
from contracts.standings import Standing


class ActState(StrEnum):
    """From the wish to the proof."""

    WAITING = "waiting"
    """For a second person."""
    APPROVED = "approved"
    DOING = "doing"
    DONE = "done"
    """Carried out; whether the agency agrees is still to be seen."""
    VERIFIED = "verified"
    REOPENED = "reopened"
    """Carried out, and the agency does not agree, or nothing final came in time."""
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    """The dossier refused it: nothing was done."""


class ActProblem(StrEnum):
    """Why an act was reopened, or failed for a reason of its own; else a refusal of the dossier's."""

    PARKED_AGAIN = "parked-again"
    REFUSED_AGAIN = "refused-again"
    """The partner would still not take what was brought."""
    NOT_FINAL = "not-final"
    VIEWS_DIFFER = "views-differ"
    RESULT_DIFFERS = "result-differs"
    """The agency gave another result than the one recorded."""
    CHANGED = "changed"
    """It is not what was asked for and approved: it was altered where it is kept."""
    AGENCY_SILENT = "agency-silent"
    NOTHING_UNDER_WAY = "nothing-under-way"
    NOTHING_WAITS = "nothing-waits"
    DOSSIER_CLOSED = "dossier-closed"
    NOT_REOPENABLE = "not-reopenable"


class Evidence(Message):
    """The paper on which somebody recorded a result: kept with the dossier under `upload`."""

    upload: str
    name: Line
    sha256: Sha256


class Target(Message):
    """Where the act is to be done: at a leg, a step, or an incident; nowhere: the whole dossier.

    `agency`: of a redelivery, whose statuses, notices or callbacks; none: everybody's.
    """

    leg: LegKind | None = None
    step: Step | None = None
    incident: str | None = None
    agency: Agency | None = None


class ActAsked(Message):
    """Everything that a second person approves, and why it is wanted."""

    dossier: DossierCode
    act: Act
    target: Target = Target()
    reason: Line
    input: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    evidence: Evidence | None = None


class Meaning(StrEnum):
    """What becomes of a call, by how the case stands at the agency now."""

    SENT = "sent"
    """It knows nothing of it yet."""
    FOUND = "found"
    """It has done it: asking finds what was done."""
    ASKED_AGAIN = "asked-again"
    """It has the case in hand."""
    REFUSED = "refused"
    """It has refused it: asking finds the refusal."""
    LOOKED_UP = "looked-up"
    """A look-up has no effect."""
    SILENT = "agency-silent"
    ONLY_ASKED = "only-asked"
    """Nothing goes out but the question how it stands."""


MEANINGS = {
    Standing.UNKNOWN: Meaning.SENT,
    Standing.PENDING: Meaning.ASKED_AGAIN,
    Standing.GRANTED: Meaning.FOUND,
    Standing.REFUSED: Meaning.REFUSED,
}


class Call(Message):
    """One request to an agency. `before`: how it stands under the key used last, where a new key goes out.

    A call that does not go out (`goes_out` false) tells what the agency has, which the act leaves alone.
    """

    agency: Agency
    step: Step
    key: str | None = None
    goes_out: bool = True
    standing: Standing | None = None
    meaning: Meaning | None = None
    before: Standing | None = None


class ActPreview(Message):
    """What would happen, before anything does.

    `notices`: what the citizen will be written; `suppressed`: what they were written before, and are not again.
    `undo`: the act that takes it back; none where nothing does, or nothing is changed.
    `guarded`: of `fields`, those that two people correct.
    """

    dossier: DossierCode
    act: Act
    target: Target
    cause: Cause | None
    offered: tuple[Act, ...]
    possible: bool
    why_not: str | None = None
    fields: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    notices: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
    second_person: bool
    evidence: bool
    undo: Act | None = None


class Correction(Message):
    """A field that support changed."""

    field: str
    before: Any = None
    after: Any = None


class ActTold(Message):
    """What people wrote and saw of an act: sealed with the dossier's key.

    `standings`: of an enquiry, what the agencies said; of a redelivery, under which keys messages went out. `waits`:
    of a redelivery, what it is to bring.
    `opened`: of legs of a closed dossier, the one in which they are done once more.
    `aimed`: the incident that opened when a step was stopped for it; nobody named it.
    """

    agency: Agency | None = None
    reason: Line
    corrections: tuple[Correction, ...] = ()
    result: dict[str, Any] | None = None
    evidence: Evidence | None = None
    calls: tuple[Call, ...] = ()
    decision_reason: Line | None = None
    standings: tuple[Call, ...] = ()
    waits: tuple[str, ...] = ()
    opened: DossierCode | None = None
    aimed: str | None = None
    errors: tuple[ProblemItem, ...] = ()

    @property
    def input(self) -> dict[str, Any] | None:
        """The corrections as the dossier takes them."""
        return {each.field: each.after for each in self.corrections} or None


class ActView(Message):
    """An act as people see it; `asked_hash`: what an approval names."""

    id: str
    dossier: DossierCode
    act: Act
    leg: LegKind | None = None
    step: Step | None = None
    incident: str | None = None
    cause: Cause | None = None
    state: ActState
    by: str
    asked_at: Instant
    asked_hash: Sha256
    expires_at: Instant | None = None
    approved_by: str | None = None
    approved_at: Instant | None = None
    done_at: Instant | None = None
    verify_by: Instant | None = None
    verified_at: Instant | None = None
    problem: str | None = None
    replay: str | None = None
    told: ActTold
