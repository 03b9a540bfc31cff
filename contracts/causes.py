"""Why a case is stuck: one word a cause, whose it is, and what may be done about it; pages have the words."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from contracts.incidents import IncidentCode


class Cause(StrEnum):
    """What a support person is told; incidents keep their own names."""

    # asked, and nothing, or nothing final, has come
    AGENCY_AWAY = "agency-away"
    """No answer at all, or only trouble of its own (5xx)."""
    AGENCY_PAUSED = "agency-paused"
    """We send nothing: its maintenance switch is on."""
    AGENCY_SLOW = "agency-slow"
    """It has the case, and its answer is overdue."""
    NOT_YET_UPDATED = "not-yet-updated"
    """It says that its own side is not there yet: asking again helps, some time."""
    # asked, and turned down
    ANSWER_UNREADABLE = IncidentCode.ANSWER_UNREADABLE.value
    REQUEST_REJECTED = IncidentCode.REQUEST_REJECTED.value
    CASE_UNKNOWN = "case-unknown"
    UNIT_UNKNOWN = "unit-unknown"
    """The office is not in its table, or stands there twice."""
    RECEIVER_MISSING = "receiver-missing"
    """Nobody there is set up to receive, or the procedure is not."""
    SUSPECTED_DUPLICATE = IncidentCode.SUSPECTED_DUPLICATE.value
    ID_REFUSED = IncidentCode.ID_REFUSED.value
    ID_MISMATCH = IncidentCode.ID_MISMATCH.value
    HAND_OVER_REFUSED = IncidentCode.HAND_OVER_REFUSED.value
    AMOUNT_DIFFERS = IncidentCode.AMOUNT_DIFFERS.value
    # our own
    DOCUMENT_NOT_RENDERED = IncidentCode.DOCUMENT_NOT_RENDERED.value
    SEAL_REFUSED = "seal-refused"
    STEP_FAILED = IncidentCode.STEP_FAILED.value
    STOPPED = IncidentCode.STOPPED.value
    TURN_FAILED = "turn-failed"
    """The workflow itself fails: a mistake in the program, which a mended version heals."""
    NEVER_STARTED = "never-started"
    """A filing that was accepted and never became a running dossier."""
    NEVER_FORWARDED = "never-forwarded"
    """A leg that nobody was asked for although everything it stands on is there."""
    HELD_LONG = "held-long"
    # people
    TASK_LATE = "task-late"
    # what others say or will not hear
    CALLBACK_UNMATCHED = "callback-unmatched"
    CALLBACK_CONTRADICTS = "callback-contradicts"
    PARTNER_REFUSES = "partner-refuses"
    VIEWS_DIFFER = "views-differ"


class Owner(StrEnum):
    """Whose move it is."""

    AGENCY = "agency"
    OFFICE = "office"
    SUPPORT = "support"
    DEVELOPER = "developer"


class Act(StrEnum):
    """What support can do about one case; the values are the API's and never change."""

    ASK = "ask"
    """Ask the agency how the case stands; changes nothing."""
    AGAIN = "again"
    """Ask now what would be asked later; for a parked step: `retry`."""
    RETRY_WITH = "retry_with"
    RECORD_RESULT = "record_result"
    GIVE_UP = "give_up"
    HOLD = "hold"
    RELEASE = "release"
    REPLAY = "replay"
    """A leg that has ended, once more, under new keys; in a dossier that follows it where it is closed."""
    REDELIVER = "redeliver"
    """A status or notice, or a callback: bring it now."""


FOUR_EYES = frozenset({Act.RECORD_RESULT, Act.REPLAY})
"""A second person approves these, and anything done to many dossiers at once."""
GUARDED = frozenset({"benefits", "payment", "deceased", "died_at", "died_on", "owner_personal_id"})
"""Fields that say how much is paid, to whom and where, or in whose wallet a document ends: two people correct them.

What was decided already (amount, articles, recipient, claim, survivors) nobody corrects: no cause permits it.
"""
_ASKED = (Act.ASK, Act.AGAIN, Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD)
_PARKED = (Act.ASK, Act.AGAIN, Act.RETRY_WITH, Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD)


@dataclass(frozen=True)
class CauseRow:
    """`acts`: the next best one first; empty where only waiting, or somebody else, helps.

    `fields`: which fields of the step's request may be corrected; none where correcting cannot be the cure.
    `transient`: it goes away by itself once the other side is well.
    """

    owner: Owner
    acts: tuple[Act, ...]
    fields: tuple[str, ...] = ()
    transient: bool = False


_UNITS = ("office", "place", "household", "last_residence", "residence", "facility")
_PERSONS = (
    *("child", "mother", "father", "deceased", "guardian_name", "guardian_personal_id", "household_head"),
    *("mother_personal_id", "father_personal_id", "requester_name", "requester_personal_id", "requester_relation"),
    *("owner_personal_id", "personal_id", "benefits", "payment"),
)
_NOTICES = ("birth_notice_code", "notice_code", "notice_number", "death_notice_number", "died_at", "died_on")

CAUSES: dict[Cause, CauseRow] = {
    Cause.AGENCY_AWAY: CauseRow(Owner.AGENCY, _ASKED, transient=True),
    Cause.AGENCY_PAUSED: CauseRow(Owner.SUPPORT, (Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD), transient=True),
    Cause.AGENCY_SLOW: CauseRow(Owner.AGENCY, _ASKED, transient=True),
    Cause.NOT_YET_UPDATED: CauseRow(Owner.AGENCY, _ASKED, transient=True),
    Cause.ANSWER_UNREADABLE: CauseRow(Owner.AGENCY, (Act.ASK, Act.AGAIN, Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD)),
    Cause.REQUEST_REJECTED: CauseRow(
        Owner.SUPPORT,
        (Act.RETRY_WITH, *(each for each in _PARKED if each is not Act.RETRY_WITH)),
        (*_UNITS, *_PERSONS, *_NOTICES),
    ),
    Cause.CASE_UNKNOWN: CauseRow(Owner.AGENCY, _PARKED, _NOTICES),
    Cause.UNIT_UNKNOWN: CauseRow(Owner.AGENCY, _PARKED, _UNITS),
    Cause.RECEIVER_MISSING: CauseRow(Owner.AGENCY, _PARKED, _UNITS),
    Cause.SUSPECTED_DUPLICATE: CauseRow(Owner.AGENCY, _PARKED, _PERSONS),
    Cause.ID_REFUSED: CauseRow(Owner.AGENCY, _PARKED, _PERSONS),
    Cause.ID_MISMATCH: CauseRow(Owner.AGENCY, (Act.ASK, Act.AGAIN, Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD)),
    Cause.HAND_OVER_REFUSED: CauseRow(Owner.AGENCY, _PARKED, (*_UNITS, "owner_personal_id")),
    Cause.AMOUNT_DIFFERS: CauseRow(Owner.AGENCY, (Act.ASK, Act.AGAIN, Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD)),
    Cause.DOCUMENT_NOT_RENDERED: CauseRow(Owner.SUPPORT, (Act.RETRY_WITH, Act.AGAIN, Act.HOLD), _PERSONS),
    Cause.SEAL_REFUSED: CauseRow(Owner.OFFICE, (Act.AGAIN, Act.HOLD)),
    Cause.STEP_FAILED: CauseRow(Owner.DEVELOPER, (Act.AGAIN, Act.RECORD_RESULT, Act.GIVE_UP, Act.HOLD)),
    Cause.STOPPED: CauseRow(Owner.SUPPORT, _PARKED, (*_UNITS, *_PERSONS, *_NOTICES)),
    Cause.TURN_FAILED: CauseRow(Owner.DEVELOPER, ()),
    Cause.NEVER_STARTED: CauseRow(Owner.DEVELOPER, (), transient=True),
    Cause.NEVER_FORWARDED: CauseRow(Owner.DEVELOPER, (Act.HOLD,)),
    Cause.HELD_LONG: CauseRow(Owner.SUPPORT, (Act.RELEASE,)),
    Cause.TASK_LATE: CauseRow(Owner.OFFICE, ()),
    Cause.CALLBACK_UNMATCHED: CauseRow(Owner.AGENCY, ()),
    Cause.CALLBACK_CONTRADICTS: CauseRow(Owner.AGENCY, (Act.ASK,)),
    Cause.PARTNER_REFUSES: CauseRow(Owner.AGENCY, (Act.REDELIVER,)),
    Cause.VIEWS_DIFFER: CauseRow(Owner.SUPPORT, (Act.ASK, Act.AGAIN, Act.REPLAY, Act.RECORD_RESULT)),
}
"""Which of them an agency's own words mean stands in adapters/replies."""


def second_person(act: Act, changed: Collection[str] = ()) -> bool:
    """Whether somebody else has to approve it; `changed`: the fields that it corrects."""
    return act in FOUR_EYES or (act is Act.RETRY_WITH and not GUARDED.isdisjoint(changed))


def cause_of(incident: str) -> Cause:
    """An incident's own cause, where nothing more is known of the agency's words."""
    return Cause(incident)
