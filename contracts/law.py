"""The law as a dossier keeps it: read once for the date that governs it, then a snapshot in its history (≤ 2 kB)."""

from contracts.base import Code, Day, Instant, Message
from contracts.benefits import Asked, Payer
from contracts.dossier import Group, LegKind


class LawQuestion(Message):
    """Which law governs a filing of this group received at this moment?

    `asked`: the benefits that a death filing asks for; every other leg is known by its group.
    """

    group: Group
    filed_at: Instant
    asked: tuple[Asked, ...] = ()


class LegLaw(Message):
    """When a leg must have ended, and which article says so. `payer`: of a benefit, where it was settled."""

    leg: LegKind
    due_at: Instant
    article: str
    payer: Payer | None = None


class LawSnapshot(Message):
    """Values, articles and the pack's hash as they were on the day that governs.

    `effective_on`: the working day from which limits count (after the cut-off: the next one). `certificate_by`: until
    then the certificate waits for the personal ID; a death extract waits for nothing and is due then. `papers` and
    `reasons`: what a clerk may ask for and reject for.
    """

    regime: str
    governs_on: Day
    effective_on: Day
    pack: str
    verified: bool
    promised_at: Instant
    legs: tuple[LegLaw, ...]
    certificate_by: Instant
    supplement_days: int
    papers: tuple[Code, ...]
    reasons: tuple[Code, ...]
    articles: tuple[str, ...]


class SupplementQuestion(Message):
    """Until when may the citizen answer a request made at this moment?"""

    days: int
    asked_at: Instant


class ClockQuestion(Message):
    """The citizen answered: by how much do the dossier's dates move?"""

    law: LawSnapshot
    paused_at: Instant
    resumed_at: Instant


class Deadlines(Message):
    """Dates after a pause; `legs` in the snapshot's order."""

    promised_at: Instant
    certificate_by: Instant
    legs: tuple[LegLaw, ...]
