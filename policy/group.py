"""What the laws of both groups share: how they are read, the citizen's time to answer, the dates after a pause."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar

from contracts.benefits import Asked
from contracts.dossier import LegKind
from contracts.law import ClockQuestion, Deadlines, LawQuestion, LawSnapshot, LegLaw, SupplementQuestion
from policy import pack as packs
from policy.calendar import legal_day
from policy.clock import Clock
from policy.dated import Dated, Parameter, Reading
from policy.pack import Pack
from policy.schema import Duration, GroupParameters, LegLimit, OnSupplement, Paper, Regime, Unit


def supplement_due(pack: Pack, question: SupplementQuestion) -> datetime:
    """Closing time of the last day on which the citizen may answer."""
    clock = Clock.read(Reading(legal_day(question.asked_at)), pack.clock, pack.calendar)
    return clock.due(question.asked_at, Duration(n=question.days, unit=Unit.WD))


def leg_law(kind: LegKind, limit: Dated[LegLimit], total: Duration, clock: Clock, received: datetime) -> LegLaw:
    """A leg that has its own limit, or the group's."""
    duration = limit.value if isinstance(limit.value, Duration) else total
    return LegLaw(leg=kind, due_at=clock.due(received, duration), article=limit.article)


class GroupLaw(ABC):
    """The law of one group of procedures, read alike for all; a group gives its rules, its dates and what it adds."""

    files: ClassVar[tuple[str, ...]]
    """What a snapshot of this group rests on."""

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack or packs.current()

    @property
    def legs(self) -> frozenset[LegKind]:
        """Every leg that this group ever had."""
        return frozenset(self._rules.legs)

    def read(self, question: LawQuestion) -> LawSnapshot:
        """The law of the day of filing; `NotInForce` before the first regime."""
        governs_on = legal_day(question.filed_at)
        reading = Reading(governs_on)
        rules = self._rules
        # The order of reading is the order of the articles.
        regime = reading.take(self._regime)
        clock = self._clock(reading)
        promised_at, legs = self._dates(reading, clock, question.filed_at, question.asked)
        certificate_by = self._certificate_by(reading, legs[0].due_at)
        supplement_days = reading.take(rules.supplement_days)
        papers, reasons = reading.take(rules.papers), reading.take(rules.reasons)
        return LawSnapshot(
            regime=regime,
            governs_on=governs_on,
            effective_on=clock.effective_day(question.filed_at),
            pack=self._pack.hash_of(*self.files),
            verified=reading.verified and self._announced(promised_at),
            promised_at=promised_at,
            legs=legs,
            certificate_by=certificate_by,
            supplement_days=supplement_days,
            papers=tuple(paper.code for paper in papers if self._may_be_asked(paper, question.asked)),
            reasons=tuple(reason.code for reason in reasons),
            articles=tuple(dict.fromkeys((*reading.articles, *(leg.article for leg in legs)))),
        )

    # ---- a group's own

    @property
    @abstractmethod
    def _rules(self) -> GroupParameters:
        """The group's own YAML."""

    @property
    @abstractmethod
    def _regime(self) -> Parameter[Regime]:
        """Which regime governs."""

    @abstractmethod
    def _dates(
        self, reading: Reading, clock: Clock, received: datetime, asked: tuple[Asked, ...]
    ) -> tuple[datetime, tuple[LegLaw, ...]]:
        """The group's due instant and each leg's, for what was received at this moment."""

    def _certificate_by(self, reading: Reading, registration_due: datetime) -> datetime:
        """Until when the certificate is to be made."""
        del reading
        return registration_due

    def _may_be_asked(self, paper: Paper, asked: tuple[Asked, ...]) -> bool:
        """Whether this paper has a place in what was filed."""
        del paper, asked
        return True

    # ---- the clock

    def supplement_due(self, question: SupplementQuestion) -> datetime:
        """Until when the citizen may answer."""
        return supplement_due(self._pack, question)

    def resume(self, question: ClockQuestion) -> Deadlines:
        """The dates after the citizen's time is taken out; `question.law` carries them as they stood at the pause."""
        law = question.law
        anew = self._restarted(question)
        clock = self._clock(Reading(law.governs_on))

        def moved(kind: LegKind | None, due: datetime) -> datetime:
            if anew and due > question.paused_at:
                return anew[kind]
            return clock.moved(due, paused_at=question.paused_at, resumed_at=question.resumed_at)

        legs = tuple(leg.model_copy(update={"due_at": moved(leg.leg, leg.due_at)}) for leg in law.legs)
        shift = legs[0].due_at - law.legs[0].due_at
        return Deadlines(promised_at=moved(None, law.promised_at), certificate_by=law.certificate_by + shift, legs=legs)

    def _restarted(self, question: ClockQuestion) -> dict[LegKind | None, datetime]:
        """All dates counted anew from the answer; none where the clock only pauses. None stands for the group."""
        reading = Reading(question.law.governs_on)
        clock = self._clock(reading)
        if clock.on_supplement is OnSupplement.PAUSE:
            return {}
        asked = tuple(Asked(leg=leg.leg, payer=leg.payer) for leg in question.law.legs)
        promised, legs = self._dates(reading, clock, question.resumed_at, asked)
        return {None: promised} | {leg.leg: leg.due_at for leg in legs}

    def _clock(self, reading: Reading) -> Clock:
        return Clock.read(reading, self._pack.clock, self._pack.calendar)

    def _announced(self, due: datetime) -> bool:
        """Whether the days off up to this instant are decreed already."""
        return self._pack.calendar.announced(legal_day(due))
