"""What the laws of both groups share: the clock, the citizen's time to answer, the dates after a pause."""

from abc import ABC, abstractmethod
from datetime import datetime

from contracts.benefits import Asked
from contracts.dossier import LegKind
from contracts.law import ClockQuestion, Deadlines, LawQuestion, LawSnapshot, LegLaw, SupplementQuestion
from policy import pack as packs
from policy.calendar import legal_day
from policy.clock import Clock
from policy.dated import Reading
from policy.pack import Pack
from policy.schema import Duration, OnSupplement, Unit


def supplement_due(pack: Pack, question: SupplementQuestion) -> datetime:
    """Closing time of the last day on which the citizen may answer."""
    clock = Clock.read(Reading(legal_day(question.asked_at)), pack.clock, pack.calendar)
    return clock.due(question.asked_at, Duration(n=question.days, unit=Unit.WD))


class GroupLaw(ABC):
    """The law of one group of procedures."""

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack or packs.current()

    @property
    @abstractmethod
    def legs(self) -> frozenset[LegKind]:
        """Every leg that this group ever had."""

    @abstractmethod
    def read(self, question: LawQuestion) -> LawSnapshot:
        """The law that governs a filing."""

    @abstractmethod
    def _dates(
        self, reading: Reading, clock: Clock, received: datetime, asked: tuple[Asked, ...]
    ) -> tuple[datetime, tuple[LegLaw, ...]]:
        """The group's due instant and each leg's, for what was received at this moment."""

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
