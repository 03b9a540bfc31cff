"""The law of the linked birth group."""

from datetime import datetime, timedelta

from contracts.benefits import Asked
from contracts.dossier import LegKind
from contracts.law import LawQuestion, LawSnapshot, LegLaw
from policy.calendar import legal_day
from policy.clock import Clock
from policy.dated import Dated, Reading
from policy.group import GroupLaw
from policy.pack import BIRTH, CALENDAR, CLOCK, REGIMES
from policy.schema import Duration, LegLimit


class BirthLaw(GroupLaw):
    """Birth registration, personal ID, residence and health card.

    The day of filing governs, also where the cut-off moves the effective day into the next regime: the citizen files
    under the law that is in force while filing.
    """

    @property
    def legs(self) -> frozenset[LegKind]:
        """Every leg that birth.yaml knows."""
        return frozenset(self._pack.birth.legs)

    def read(self, question: LawQuestion) -> LawSnapshot:
        """The law of the day of filing; `NotInForce` before the first regime."""
        governs_on = legal_day(question.filed_at)
        reading = Reading(governs_on)
        birth = self._pack.birth
        regime = reading.take(self._pack.regimes.birth)
        clock = self._clock(reading)
        promised_at, legs = self._dates(reading, clock, question.filed_at, question.asked)
        wait = timedelta(minutes=reading.take(birth.certificate_wait))
        supplement_days = reading.take(birth.supplement_days)
        papers, reasons = reading.take(birth.papers), reading.take(birth.reasons)
        return LawSnapshot(
            regime=regime,
            governs_on=governs_on,
            effective_on=clock.effective_day(question.filed_at),
            pack=self._pack.hash_of(REGIMES, CLOCK, BIRTH, CALENDAR),
            verified=reading.verified and self._announced(promised_at),
            promised_at=promised_at,
            legs=legs,
            certificate_by=legs[0].due_at - wait,
            supplement_days=supplement_days,
            papers=tuple(paper.code for paper in papers),
            reasons=tuple(reason.code for reason in reasons),
            articles=reading.articles,
        )

    def _dates(
        self, reading: Reading, clock: Clock, received: datetime, asked: tuple[Asked, ...]
    ) -> tuple[datetime, tuple[LegLaw, ...]]:
        del asked  # a birth always has the same legs
        birth = self._pack.birth
        total = reading.take(birth.total)
        in_force = {kind: limit for kind, limit in birth.legs.items() if limit.in_force(reading.day)}
        legs = tuple(_leg(kind, reading.take_dated(limit), total, clock, received) for kind, limit in in_force.items())
        return clock.due(received, total), legs


def _leg(kind: LegKind, limit: Dated[LegLimit], total: Duration, clock: Clock, received: datetime) -> LegLaw:
    duration = limit.value if isinstance(limit.value, Duration) else total
    return LegLaw(leg=kind, due_at=clock.due(received, duration), article=limit.article)
